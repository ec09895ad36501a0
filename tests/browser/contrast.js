// The contrast of every visible text with what lies behind it (WCAG 2.2, relative luminance).
const parse = (text) => {
  const parts = text.match(/[\d.]+/g).map(Number);
  const scale = text.startsWith("color(") ? 1 : 255;
  return [...parts.slice(0, 3).map((v) => v / scale), parts[3] ?? 1];
};
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const ground = (node) => {
  for (let one = node; one; one = one.parentElement) {
    const found = parse(getComputedStyle(one).backgroundColor);
    if (found[3] > 0) return found;
  }
};
const low = [];
let count = 0;
for (const details of document.querySelectorAll("details")) details.open = true;
const walker = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const { parentElement: parent, data } = walker.currentNode;
  if (!data.trim() || !parent.checkVisibility() || parent.closest("script, style, svg, :disabled")) continue;
  const pair = [parse(getComputedStyle(parent).color), ground(parent)].map(luminance).sort();
  const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  count += 1;
  if (contrast < 4.5) low.push(`${data.trim()} ${contrast.toFixed(2)}`);
}
found.low = low;
found.count = count;
found.ground = getComputedStyle(document.body).backgroundColor;
