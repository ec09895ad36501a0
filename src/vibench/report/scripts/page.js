// Light and dark, printing, and the start.
const toggle = document.getElementById("theme");

function showTheme() {
  const dark = theme() === "dark";
  toggle.textContent = dark ? "Light" : "Dark";
  toggle.setAttribute("aria-label", dark ? "Switch to light colours" : "Switch to dark colours");
}

function redraw() {
  showTheme();
  for (const plot of drawn.keys()) draw(plot);
  drawSpectrum();
  if (!motion.playing) rest();
  else viewer.setBackgroundColor(colour("panel"));
}

toggle.addEventListener("click", () => {
  root.dataset.theme = theme() === "dark" ? "light" : "dark";
  redraw();
});
systemDark.addEventListener("change", redraw);

// Paper is light, and folded tables would be lost on it.
let before = null;
window.addEventListener("beforeprint", () => {
  before = root.dataset.theme;
  root.dataset.theme = "light";
  for (const details of document.querySelectorAll("details")) details.open = true;
  redraw();
});
window.addEventListener("afterprint", () => {
  if (before) root.dataset.theme = before;
  else delete root.dataset.theme;
  redraw();
});

// Plots that were drawn while folded take their width when they are seen.
for (const details of document.querySelectorAll("details")) {
  details.addEventListener("toggle", () => {
    if (details.open) details.querySelectorAll(".js-plotly-plot").forEach((plot) => Plotly.Plots.resize(plot));
  });
}

document.getElementById("unfold")?.addEventListener("click", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

// One plot at a time, so that the first screen can be read while the rest are drawn.
function drawInTurn(waiting) {
  const [plot, ...others] = waiting;
  if (!plot) return root.setAttribute("data-drawn", "true");
  draw(plot);
  setTimeout(() => drawInTurn(others), 0);
}

showTheme();
startTables();
setTimeout(() => {
  startExplorer();
  drawInTurn([...document.querySelectorAll(".canvas.small")]);
}, 0);
