// What the tests of the page do with it.
const byId = (name) => document.getElementById(name);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const choose = (name, value) => {
  byId(name).value = value;
  byId(name).dispatchEvent(new Event("change"));
};
const tick = (name) => byId(name).click();
const pressed = () => [...document.querySelectorAll("#modes [aria-pressed=true]")].map((b) => b.textContent);
const positions = () => byId("viewer").atoms.map(({ x, y, z }) => [x, y, z]);
const shownCase = () => [...document.querySelectorAll(".explorer .case")].findIndex((one) => !one.hidden);
// Moves the mouse to a point of the spectra and clicks there.
const clickAt = async (x, y, axis) => {
  const canvas = byId("spectrum");
  canvas.scrollIntoView({ behavior: "instant" });
  await wait(50);
  const { xaxis, [axis]: yaxis } = canvas._fullLayout;
  const { left, top } = canvas.getBoundingClientRect();
  const place = { clientX: left + xaxis._offset + xaxis.d2p(x), clientY: top + yaxis._offset + yaxis.d2p(y) };
  const layer = document.elementFromPoint(place.clientX, place.clientY);
  for (const kind of ["mousemove", "mousedown", "mouseup"]) {
    layer.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true, view: window, ...place }));
    await wait(100);
  }
};
// The clock of the tests runs ahead of frames, so motion is drawn by the clock.
window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 60);
