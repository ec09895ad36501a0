// Normal modes in three dimensions.
const stage = document.getElementById("viewer");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const AMPLITUDE = 0.4; // Å, of the atom that moves most
const ARROW = 1.3; // Å, at the atom that moves most
const PERIOD = 1200; // ms, the same for all modes
const STYLE = { stick: { radius: 0.13 }, sphere: { scale: 0.26 } };

const motion = { moving: null, mode: 0, playing: false, atoms: [], start: 0 };

function readMotion(one) {
  const [masses, frequencies, intensities] = [one.masses, one.frequencies, one.intensities].map(unpack);
  const displacements = unpackCurve(one.displacements);
  const size = 3 * masses.length;
  return {
    ...one,
    masses,
    frequencies,
    intensities,
    positions: unpack(one.positions),
    displacement: (mode) => displacements.subarray(mode * size, (mode + 1) * size),
  };
}

// An imaginary wavenumber is kept as a negative number.
const wavenumberText = (value, digits) => `${Math.abs(value).toFixed(digits)}${value < 0 ? "i" : ""}`;

// The strongest mode within the range that is drawn, else the strongest of all.
function strongestMode({ frequencies, intensities }) {
  const [high, low] = RANGES.All;
  const modes = [...frequencies.keys()].filter((mode) => Number.isFinite(intensities[mode]));
  const inside = modes.filter((mode) => frequencies[mode] >= low && frequencies[mode] <= high);
  const better = (best, mode) => (best < 0 || intensities[mode] > intensities[best] ? mode : best);
  return (inside.length ? inside : modes).reduce(better, -1);
}

function nearestMode(moving, wavenumber) {
  const away = [...moving.frequencies].map((frequency) => Math.abs(frequency - wavenumber));
  return away.indexOf(Math.min(...away));
}

// Kinetic energy of a mode by element: mass times squared displacement.
function energyShares(moving, mode) {
  const shares = new Map();
  const moved = moving.displacement(mode);
  let total = 0;
  moving.elements.forEach((symbol, atom) => {
    const square = [0, 1, 2].reduce((sum, axis) => sum + moved[3 * atom + axis] ** 2, 0);
    shares.set(symbol, (shares.get(symbol) || 0) + moving.masses[atom] * square);
    total += moving.masses[atom] * square;
  });
  return [...shares].map(([symbol, share]) => [symbol, total ? share / total : 0]).sort((a, b) => b[1] - a[1]);
}

function hasWebgl() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

function makeViewer() {
  if (!hasWebgl()) {
    stage.hidden = true;
    document.getElementById("no-webgl").hidden = false;
    document.getElementById("play").disabled = true;
    return null;
  }
  // The wheel scrolls the page; the viewer would keep it for itself.
  stage.parentElement.addEventListener("wheel", (event) => event.stopPropagation(), { capture: true, passive: true });
  const made = $3Dmol.createViewer(stage, { antialias: true });
  // Seen askew, since planes of symmetry often lie in the plane of the axes.
  made.rotate(35, "y");
  made.rotate(25, "x");
  return made;
}

let viewer;

function showMolecule(moving) {
  motion.moving = moving;
  viewer ??= makeViewer();
  if (!viewer) return;
  viewer.removeAllShapes();
  viewer.removeAllModels();
  const lines = moving.elements.map((symbol, i) => [symbol, ...moving.positions.slice(3 * i, 3 * i + 3)].join(" "));
  const model = viewer.addModel(`${lines.length}\n\n${lines.join("\n")}\n`, "xyz");
  model.setStyle({}, STYLE);
  motion.model = model;
  motion.atoms = model.selectedAtoms({});
  stage.atoms = motion.atoms; // read by tests, as Plotly keeps its data at its element
  viewer.zoomTo();
  viewer.zoom(1.5); // 3Dmol leaves room for labels, which there are none of
}

// Draws the molecule displaced by so much of its amplitude; at rest with arrows.
function place(phase) {
  const { moving, mode, atoms } = motion;
  const moved = moving.displacement(mode);
  atoms.forEach((atom, i) => {
    ["x", "y", "z"].forEach((axis, k) => {
      atom[axis] = moving.positions[3 * i + k] + AMPLITUDE * phase * moved[3 * i + k];
    });
  });
  motion.model.setStyle({}, STYLE); // makes 3Dmol draw the atoms anew
}

function drawArrows() {
  const moved = motion.moving.displacement(motion.mode);
  motion.atoms.forEach(({ x, y, z }, i) => {
    const [dx, dy, dz] = moved.subarray(3 * i, 3 * i + 3).map((v) => ARROW * v);
    if (Math.hypot(dx, dy, dz) < 0.1) return;
    const end = { x: x + dx, y: y + dy, z: z + dz };
    viewer.addArrow({ start: { x, y, z }, end, radius: 0.06, mid: 0.75, color: colour("accent") });
  });
}

function rest() {
  if (!viewer || !motion.moving) return;
  viewer.setBackgroundColor(colour("panel"));
  viewer.removeAllShapes();
  place(0);
  drawArrows();
  viewer.render();
}

function step(time) {
  if (!motion.playing) return;
  const { top, bottom } = stage.getBoundingClientRect();
  if (bottom > 0 && top < window.innerHeight) {
    place(Math.sin((2 * Math.PI * (time - motion.start)) / PERIOD));
    viewer.render();
  }
  requestAnimationFrame(step);
}

function setPlaying(playing) {
  const began = playing && viewer && !motion.playing;
  motion.playing = Boolean(playing && viewer);
  const button = document.getElementById("play");
  button.ariaPressed = String(motion.playing);
  button.textContent = motion.playing ? "Pause" : "Play";
  if (!viewer) return;
  if (!motion.playing) return rest();
  viewer.removeAllShapes();
  if (!began) return;
  motion.start = performance.now();
  requestAnimationFrame(step);
}
