// Data of the page, its colours, and how packed arrays are read.
const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
// A finger that drags on a plot wants to scroll the page; the range buttons zoom instead.
const touch = window.matchMedia("(pointer: coarse)").matches;

const theme = () => root.dataset.theme || (systemDark.matches ? "dark" : "light");
const colour = (name) => data.colours[theme()][name];

function transparent(hex, alpha) {
  const parts = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
  return `rgba(${parts.join(",")},${alpha})`;
}

// Plotly reads labels as markup and templates; names of molecules and models are plain text.
const MARKUP = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "%": "&#37;" };
const plain = (text) => text.replace(/[&<>%]/g, (sign) => MARKUP[sign]);

function bytesOf(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new DataView(bytes.buffer);
}

function unpack(text) {
  const view = bytesOf(text);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function unpackCurve({ low, step, data: place }) {
  const view = bytesOf(data.explorer.arrays[place]);
  return Float32Array.from({ length: view.byteLength / 2 }, (_, i) => {
    const code = view.getUint16(2 * i, true);
    return code === 65535 ? NaN : low + code * step;
  });
}

function unpackGrid(grid) {
  if (grid.data !== undefined) return unpack(data.explorer.arrays[grid.data]);
  const step = (grid.last - grid.first) / Math.max(grid.count - 1, 1);
  return Float32Array.from({ length: grid.count }, (_, i) => grid.first + i * step);
}

function element(kind, properties, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}
