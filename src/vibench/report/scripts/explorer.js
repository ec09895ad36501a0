// The figure of spectra with its choosers; what is chosen stands in the address behind "#".
const canvas = document.getElementById("spectrum");
const byId = (name) => document.getElementById(name);
const { cases, motions } = data.explorer;
const view = { place: 0, choices: new Map(), residual: false, regions: true, range: RANGES.All, source: null, mode: null, mark: null };

const card = () => cases[view.place];
const movings = () => motions[card().molecule] || [];
const hasReference = () => card().curves.some((curve) => curve.reference) && card().curves.length > 1;

function drawSpectrum() {
  if (!canvas) return;
  const residual = view.residual && hasReference();
  const items = spectrumItems(card(), residual);
  const defaults = new Map();
  for (const item of items) if (!defaults.has(item.group)) defaults.set(item.group, item);
  const shown = Object.fromEntries([...defaults].map(([group, item]) => [group, view.choices.get(group) ?? item.shown]));
  const buttons = [...defaults].map(([group, item]) =>
    legendButton(item, shown[group], (now) => {
      view.choices.set(group, now);
      drawSpectrum();
      writeAddress();
    }),
  );
  const legend = canvas.closest("figure").querySelector(".legend");
  const focused = [...legend.children].indexOf(document.activeElement);
  legend.replaceChildren(...buttons);
  buttons[focused]?.focus();
  canvas.setAttribute("aria-label", card().description);
  canvas.classList.toggle("tall", residual);
  Plotly.react(canvas, tracesOf(items, shown), spectrumLayout(card(), { ...view, residual }), config);
  if (canvas._fullLayout.height !== canvas.clientHeight) Plotly.Plots.resize(canvas);
}

function fill(select, texts, chosen) {
  select.replaceChildren(...texts.map((text) => element("option", { value: text, selected: text === chosen }, text)));
}

function showCase(place) {
  view.place = place;
  const { molecule, temperature } = card();
  byId("molecule").value = molecule;
  const temperatures = cases.filter((one) => one.molecule === molecule).map((one) => one.temperature);
  fill(byId("temperature"), temperatures, temperature);
  byId("temperature-label").hidden = temperatures.every((text) => !text);
  byId("residual").disabled = !hasReference();
  byId("lines-note").textContent = card().note;
  document.querySelectorAll(".explorer .case").forEach((table, index) => (table.hidden = index !== place));
  showSources();
}

function chooseMolecule(molecule, temperature) {
  const places = [...cases.keys()].filter((place) => cases[place].molecule === molecule);
  if (!places.length) return;
  showCase(places.find((place) => cases[place].temperature === temperature) ?? places[0]);
}

// The panel of motions for the molecule chosen: the source that moved before, else the first.
function showSources() {
  const panel = byId("motion");
  if (!panel) return;
  panel.hidden = !movings().length;
  view.mark = null;
  if (panel.hidden) return setPlaying(false);
  const names = movings().map((one) => one.source);
  if (!names.includes(view.source)) view.source = names[0];
  fill(byId("motion-source"), names, view.source);
  const moving = readMotion(movings().find((one) => one.source === view.source));
  showMolecule(moving);
  showMode(strongestMode(moving));
  view.mode = null; // nothing was chosen yet
  view.mark = null;
  setPlaying(false);
  byId("modes").replaceChildren(...[...moving.frequencies].map((frequency, mode) => modeButton(moving, frequency, mode)));
  pressMode();
}

function modeButton(moving, frequency, mode) {
  const strongest = Math.max(...moving.intensities.filter(Number.isFinite), 1e-9);
  const button = element("button", { type: "button", title: `${moving.intensities[mode].toPrecision(3)} km/mol` });
  button.textContent = wavenumberText(frequency, 0);
  button.style.setProperty("--strength", Math.max(moving.intensities[mode] || 0, 0) / strongest);
  button.addEventListener("click", () => chooseMode(mode));
  return button;
}

function pressMode() {
  [...byId("modes").children].forEach((button, mode) => (button.ariaPressed = String(mode === motion.mode)));
}

function showMode(mode) {
  motion.mode = mode;
  const { moving } = motion;
  const shares = energyShares(moving, mode).map(([symbol, share]) => `${symbol} ${Math.round(100 * share)} %`);
  const facts = {
    Wavenumber: `${wavenumberText(moving.frequencies[mode], 1)} cm⁻¹`,
    Intensity: `${moving.intensities[mode].toPrecision(3)} km/mol`,
    "Share of motion": shares.join(", "),
    ...(moving.failure && { "Read with care": moving.failure }),
  };
  byId("mode-facts").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

function chooseMode(mode) {
  showMode(mode);
  view.mode = mode;
  view.mark = Math.abs(motion.moving.frequencies[mode]);
  pressMode();
  setPlaying(motion.playing || !still.matches);
  drawSpectrum();
  writeAddress();
}

function chooseSource(source) {
  view.source = source;
  showSources();
}

// A click on a band or a line: the nearest mode of the source it belongs to, or of the one in the panel.
function clickPoint({ points: [point] }) {
  if (!movings().length) return;
  const own = movings().filter((one) => one.group === point.data.meta?.group);
  const away = (one) => Math.min(...[...unpack(one.frequencies)].map((frequency) => Math.abs(frequency - point.x)));
  const nearest = own.sort((a, b) => away(a) - away(b))[0];
  if (nearest && nearest.group !== motion.moving.group) chooseSource(nearest.source);
  chooseMode(nearestMode(motion.moving, point.x));
}

function writeAddress() {
  const { molecule, temperature } = card();
  const chosen = new URLSearchParams({ molecule });
  if (temperature) chosen.set("temperature", temperature);
  for (const [group, shown] of view.choices) chosen.append(shown ? "show" : "hide", group);
  if (view.residual) chosen.set("difference", "on");
  if (!view.regions) chosen.set("regions", "off");
  if (view.mode !== null) {
    chosen.set("vibrations", view.source);
    chosen.set("mode", view.mode + 1);
  }
  history.replaceState(null, "", `#${chosen}`);
}

// Returns whether the address names a case.
function readAddress() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  if (!canvas || !cases.some((one) => one.molecule === chosen.get("molecule"))) return false;
  view.choices = new Map([
    ...chosen.getAll("show").map((group) => [group, true]),
    ...chosen.getAll("hide").map((group) => [group, false]),
  ]);
  view.residual = byId("residual").checked = chosen.get("difference") === "on";
  view.regions = byId("regions").checked = chosen.get("regions") !== "off";
  view.source = chosen.get("vibrations");
  chooseMolecule(chosen.get("molecule"), chosen.get("temperature") ?? "");
  const mode = Number(chosen.get("mode")) - 1;
  if (chosen.has("mode") && motion.moving?.frequencies[mode] !== undefined) chooseMode(mode);
  drawSpectrum();
  return true;
}

function goToAddress() {
  if (readAddress()) byId("spectra").scrollIntoView();
}

function on(name, event, change) {
  byId(name)?.addEventListener(event, (happened) => {
    change(happened.target);
    drawSpectrum();
    writeAddress();
  });
}

function startExplorer() {
  if (!canvas) return;
  on("molecule", "change", ({ value }) => chooseMolecule(value, card().temperature));
  on("temperature", "change", ({ value }) => chooseMolecule(card().molecule, value));
  on("residual", "change", ({ checked }) => (view.residual = checked));
  on("regions", "change", ({ checked }) => (view.regions = checked));
  on("motion-source", "change", ({ value }) => chooseSource(value));
  byId("play")?.addEventListener("click", () => setPlaying(!motion.playing));
  for (const [label, range] of Object.entries(RANGES)) {
    const button = element("button", { type: "button", title: `${range[0]} to ${range[1]} cm⁻¹` }, label);
    button.addEventListener("click", () => {
      view.range = [...range];
      Plotly.relayout(canvas, { "xaxis.range": [...range], "yaxis.autorange": true });
    });
    canvas.closest("figure").querySelector(".ranges").append(button);
  }
  window.addEventListener("hashchange", goToAddress);
  if (!readAddress()) {
    showCase(0);
    drawSpectrum();
  } else {
    byId("spectra").scrollIntoView();
  }
  canvas.on("plotly_click", clickPoint);
  // What was zoomed to stays when another molecule is chosen.
  canvas.on("plotly_relayout", () => (view.range = [...canvas.layout.xaxis.range]));
}
