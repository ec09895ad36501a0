// The plots that the page has from the start.
const drawn = new Map();
const SYMBOLS = ["circle-open", "square-open", "diamond-open", "triangle-up-open", "triangle-down-open"];

function lineItem(curve, hover) {
  const trace = {
    x: unpack(curve.x),
    y: unpack(curve.y),
    mode: curve.symbol === undefined ? "lines" : "lines+markers",
    name: plain(curve.label),
    line: { color: colour(curve.colour), dash: curve.dash, width: 1.6 },
    marker: { color: colour(curve.colour), size: 8, symbol: SYMBOLS[(curve.symbol || 0) % SYMBOLS.length] },
    hovertemplate: hover,
  };
  return { ...curve, shown: true, traces: [trace] };
}

function matrixItem(plot) {
  const trace = {
    type: "heatmap",
    x: plot.names.map(plain),
    y: plot.names.map(plain),
    z: plot.values,
    zmin: -1,
    zmax: 1,
    colorscale: [
      [0, colour("series-2")],
      [0.5, colour("panel")],
      [1, colour("series-1")],
    ],
    showscale: false,
    xgap: 2,
    ygap: 2,
    texttemplate: "%{z:.2f}",
    hovertemplate: "%{x} and %{y}: %{z:.3f}<extra></extra>",
  };
  return { group: "all", shown: true, traces: [trace] };
}

function pointItem(curve, place) {
  const trace = {
    x: unpack(curve.x),
    y: unpack(curve.y),
    text: curve.names.map(plain),
    mode: "markers",
    name: plain(curve.label),
    marker: { color: colour(curve.colour), size: 8, symbol: SYMBOLS[place % SYMBOLS.length], line: { width: 1.5 } },
    hovertemplate: "%{text}: %{x:.0f} cm⁻¹, %{y:+.1f} cm⁻¹",
  };
  return { ...curve, shown: true, traces: [trace] };
}

function reliabilityItem(curve, place) {
  const y = unpack(curve.y);
  const bar = (end, sign) => [...unpack(end)].map((v, i) => (Number.isFinite(v) ? sign * (v - y[i]) : 0));
  const trace = {
    x: unpack(curve.x),
    y,
    error_y: {
      array: bar(curve.high, 1),
      arrayminus: bar(curve.low, -1),
      symmetric: false,
      color: colour(curve.colour),
      thickness: 1,
      width: 3,
    },
    mode: "lines+markers",
    name: plain(curve.label),
    line: { color: colour(curve.colour), width: 1.6 },
    marker: { symbol: SYMBOLS[place % SYMBOLS.length], size: 8 },
    hovertemplate: "predicted %{x:.3g}, found %{y:.3g}",
  };
  return { ...curve, shown: true, traces: [trace] };
}

// Where spread and error are equal.
function diagonalItem(curves) {
  const all = curves.flatMap((curve) => [...unpack(curve.x), ...unpack(curve.y)]).filter((v) => v > 0);
  const ends = [Math.min(...all), Math.max(...all)];
  const group = "calibrated";
  const line = { color: colour("muted"), dash: "dot", width: 1.2 };
  const trace = { x: ends, y: ends, mode: "lines", name: group, line, hoverinfo: "skip" };
  return { group, colour: "muted", dash: "dot", shown: true, traces: [trace] };
}

function itemsOf(plot) {
  if (plot.kind === "reliability") return [...plot.curves.map(reliabilityItem), diagonalItem(plot.curves)];
  if (plot.kind === "matrix") return [matrixItem(plot)];
  if (plot.kind === "points") return plot.curves.map(pointItem);
  const hover = plot.kind === "series" ? "%{x:.5~g} fs, %{y:.3g}" : `${plain(plot.x)} %{x}, %{y:.3g}`;
  return plot.curves.map((curve) => lineItem(curve, hover));
}

function axis(title) {
  return {
    title: { text: title, standoff: 8 },
    color: colour("muted"),
    gridcolor: colour("rule"),
    linecolor: colour("rule"),
    zerolinecolor: colour("rule"),
    automargin: true,
    ticks: "outside",
    tickcolor: colour("rule"),
  };
}

function plainLayout() {
  return {
    paper_bgcolor: colour("paper"),
    plot_bgcolor: colour("paper"),
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
    margin: { l: 10, r: 20, t: touch ? 8 : 34, b: 10 },
    showlegend: false,
    dragmode: touch ? false : "zoom",
    hovermode: "closest",
    hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("rule"), font: { color: colour("ink") }, namelength: -1 },
  };
}

function layoutOf(plot) {
  const layout = { ...plainLayout(), xaxis: { ...axis(plot.x), showgrid: false }, yaxis: axis(plot.y) };
  if (plot.kind === "reliability") {
    for (const side of [layout.xaxis, layout.yaxis]) Object.assign(side, { type: "log", dtick: "D2", tickformat: ".6~g" });
  } else if (plot.kind === "points") {
    layout.xaxis.autorange = "reversed";
    layout.xaxis.tickformat = "d";
  } else if (plot.kind === "matrix") {
    layout.xaxis = { ...layout.xaxis, type: "category", ticks: "", fixedrange: true };
    layout.yaxis = { ...layout.yaxis, type: "category", ticks: "", autorange: "reversed", fixedrange: true };
  } else if (plot.kind === "series") {
    layout.yaxis.rangemode = "tozero";
  } else if (plot.curves.every((curve) => unpack(curve.y).some((v) => v > 0))) {
    layout.yaxis.type = "log";
    layout.yaxis.dtick = "D2";
    layout.yaxis.tickformat = ".6~g";
  }
  if (plot.logarithmic) Object.assign(layout.xaxis, { type: "log", dtick: "D2", tickformat: "d" });
  return layout;
}

const config = {
  displayModeBar: !touch,
  responsive: true,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  toImageButtonOptions: { format: "svg" },
};

function tracesOf(items, shown) {
  return items.flatMap((item) => item.traces.map((trace) => ({ ...trace, visible: shown[item.group] })));
}

// A name above a plot that switches what it stands for on and off.
function legendButton(item, pressed, change) {
  const swatch = element("span", { className: `swatch ${item.dash}` });
  swatch.style.setProperty("--swatch", `var(--${item.colour})`);
  const button = element("button", { type: "button", ariaPressed: String(pressed) }, swatch, item.group);
  button.addEventListener("click", () => {
    const now = button.ariaPressed !== "true";
    button.ariaPressed = String(now);
    change(now);
  });
  return button;
}

function draw(canvas) {
  const plot = data.plots[canvas.id];
  const items = itemsOf(plot);
  const layout = layoutOf(plot);
  if (drawn.has(canvas)) {
    layout.xaxis.range = canvas.layout.xaxis.range;
  } else {
    // What a group shows from the start is what its first item does.
    const shown = {};
    for (const item of items) shown[item.group] ??= item.shown;
    drawn.set(canvas, shown);
    if (plot.kind !== "matrix") {
      const owners = items.flatMap((item) => item.traces.map(() => item.group));
      const buttons = Object.keys(shown).map((group) =>
        legendButton(items.find((item) => item.group === group), shown[group], (now) => {
          shown[group] = now;
          const indices = owners.flatMap((owner, index) => (owner === group ? [index] : []));
          Plotly.restyle(canvas, { visible: now }, indices);
        }),
      );
      canvas.closest("figure").querySelector(".legend").append(...buttons);
    }
  }
  Plotly.react(canvas, tracesOf(items, drawn.get(canvas)), layout, config);
}
