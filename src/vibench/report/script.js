"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  // A finger that drags on a plot wants to scroll the page; the range buttons zoom instead.
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const drawn = new Map();

  const RANGES = { All: [4000, 500], "C–H, O–H": [4000, 2600], "C=O": [2000, 1500], Fingerprint: [1600, 500] };
  const SYMBOLS = ["circle-open", "square-open", "diamond-open", "triangle-up-open", "triangle-down-open"];

  const theme = () => root.dataset.theme || (systemDark.matches ? "dark" : "light");
  const colour = (name) => data.colours[theme()][name];

  function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }

  // Plotly reads labels as markup; names of molecules and models are plain text.
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  function transparent(hex, alpha) {
    const parts = [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
    return `rgba(${parts.join(",")},${alpha})`;
  }

  // An item is a curve with its shading, or the harmonic lines of one source.
  function bandItem(curve) {
    const x = unpack(curve.x);
    const y = unpack(curve.y);
    const traces = [];
    if (curve.error) {
      const error = unpack(curve.error);
      traces.push({
        x: [...x, ...x.slice().reverse()],
        y: [...y.map((v, i) => v + error[i]), ...y.map((v, i) => v - error[i]).reverse()],
        fill: "toself",
        fillcolor: transparent(colour(curve.colour), 0.22),
        line: { width: 0 },
        mode: "lines",
        hoverinfo: "skip",
      });
    }
    traces.push({
      x,
      y,
      mode: "lines",
      name: plain(curve.label),
      line: { color: colour(curve.colour), dash: curve.dash, width: 1.6 },
      hovertemplate: "%{x:.0f} cm⁻¹, %{y:.3g}",
    });
    return { ...curve, shown: curve.primary, traces };
  }

  function stickItems(sticks) {
    const unpacked = sticks.map((one) => ({ x: unpack(one.x), y: unpack(one.y) }));
    const strongest = Math.max(...unpacked.flatMap(({ y }) => [...y].filter(Number.isFinite)), 1e-9);
    return sticks.map((one, place) => {
      const lane = sticks.length - 1 - place;
      const { x, y } = unpacked[place];
      const trace = {
        x: [...x].flatMap((v) => [v, v, null]),
        y: [...y].flatMap((v) => [lane, lane + (0.85 * (v || 0)) / strongest, null]),
        customdata: [...y].flatMap((v) => [v, v, v]),
        text: [...x].flatMap((v) => [v.toFixed(1), v.toFixed(1), ""]),
        yaxis: "y2",
        mode: "lines",
        name: plain(one.label),
        line: { color: colour(one.colour), width: 2 },
        hovertemplate: "%{text} cm⁻¹, %{customdata:.3g} km/mol",
      };
      return { ...one, shown: true, traces: [trace] };
    });
  }

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
    if (plot.kind === "spectrum") return [...plot.curves.map(bandItem), ...stickItems(plot.sticks)];
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

  function layoutOf(plot) {
    const layout = {
      paper_bgcolor: colour("paper"),
      plot_bgcolor: colour("paper"),
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") },
      margin: { l: 10, r: 20, t: touch ? 8 : 34, b: 10 },
      showlegend: false,
      dragmode: touch ? false : "zoom",
      hovermode: "closest",
      hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("rule"), font: { color: colour("ink") }, namelength: -1 },
      xaxis: { ...axis(plot.x), showgrid: false },
      yaxis: axis(plot.y),
    };
    if (plot.kind === "spectrum") {
      layout.xaxis = { ...layout.xaxis, range: RANGES.All, tickformat: "d" };
      layout.yaxis = { ...layout.yaxis, tickformat: ".3~g", rangemode: "tozero" };
      const lanes = plot.sticks.length;
      if (lanes) {
        const strip = Math.min(0.08 * lanes, 0.4);
        layout.yaxis.domain = [strip + 0.05, 1];
        layout.yaxis2 = {
          domain: [0, strip],
          range: [0, lanes],
          showticklabels: false,
          tickvals: plot.sticks.map((_, lane) => lane),
          gridcolor: colour("rule"),
          zerolinecolor: colour("rule"),
          fixedrange: true,
        };
        layout.xaxis.anchor = "y2";
      }
    } else if (plot.kind === "reliability") {
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

  function addLegend(element, items, shown) {
    const legend = element.closest("figure").querySelector(".legend");
    const owners = items.flatMap((item) => item.traces.map(() => item.group));
    for (const group of Object.keys(shown)) {
      const item = items.find((one) => one.group === group);
      const button = document.createElement("button");
      const swatch = document.createElement("span");
      button.type = "button";
      button.setAttribute("aria-pressed", String(shown[group]));
      swatch.className = `swatch ${item.dash}`;
      swatch.style.setProperty("--swatch", `var(--${item.colour})`);
      button.append(swatch, group);
      button.addEventListener("click", () => {
        shown[group] = !shown[group];
        button.setAttribute("aria-pressed", String(shown[group]));
        const indices = owners.flatMap((owner, index) => (owner === group ? [index] : []));
        Plotly.restyle(element, { visible: shown[group] }, indices);
      });
      legend.append(button);
    }
  }

  function addRanges(element) {
    const group = element.closest("figure").querySelector(".ranges");
    for (const [label, range] of Object.entries(RANGES)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.title = `${range[0]} to ${range[1]} cm⁻¹`;
      button.addEventListener("click", () =>
        Plotly.relayout(element, { "xaxis.range": [...range], "yaxis.autorange": true }),
      );
      group.append(button);
    }
  }

  function draw(element) {
    const plot = data.plots[element.id];
    const items = itemsOf(plot);
    const layout = layoutOf(plot);
    if (drawn.has(element)) {
      layout.xaxis.range = element.layout.xaxis.range;
    } else {
      // What a group shows from the start is what its first item does.
      const shown = {};
      for (const item of items) shown[item.group] ??= item.shown;
      drawn.set(element, shown);
      if (plot.kind !== "matrix") addLegend(element, items, shown);
      if (plot.kind === "spectrum") addRanges(element);
    }
    Plotly.react(element, tracesOf(items, drawn.get(element)), layout, config);
  }

  function drawAll() {
    for (const element of document.querySelectorAll(".canvas")) draw(element);
  }

  // One plot at a time, so that the first screen can be read while the rest are drawn.
  function drawInTurn(waiting) {
    const [element, ...rest] = waiting;
    if (!element) return root.setAttribute("data-drawn", "true");
    draw(element);
    setTimeout(() => drawInTurn(rest), 0);
  }

  function sortBy(table, column, header) {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const key = (row) => row.cells[column].dataset.key;
    const rows = [...table.tBodies[0].rows];
    const numeric = rows.every((row) => key(row) === "" || Number.isFinite(Number(key(row))));
    rows.sort((a, b) => {
      const [left, right] = [key(a), key(b)];
      if (left === "" || right === "") return (left === "") - (right === "");
      const order = numeric ? left - right : left.localeCompare(right);
      return descending ? -order : order;
    });
    table.tBodies[0].append(...rows);
  }

  function download(name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([data.csv[name]], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  for (const table of document.querySelectorAll("table.data")) {
    [...table.tHead.rows[0].cells].forEach((header, column) =>
      header.querySelector("button").addEventListener("click", () => sortBy(table, column, header)),
    );
  }
  for (const button of document.querySelectorAll(".download")) {
    button.addEventListener("click", () => download(button.dataset.table));
  }

  const toggle = document.getElementById("theme");
  function showTheme() {
    const dark = theme() === "dark";
    toggle.textContent = dark ? "Light" : "Dark";
    toggle.setAttribute("aria-label", dark ? "Switch to light colours" : "Switch to dark colours");
    for (const element of drawn.keys()) draw(element);
  }
  toggle.addEventListener("click", () => {
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    showTheme();
  });
  systemDark.addEventListener("change", showTheme);

  // Paper is light, and folded tables would be lost on it.
  let before = null;
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    for (const details of document.querySelectorAll("details")) details.open = true;
    drawAll();
  });
  window.addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    showTheme();
  });

  showTheme();
  drawInTurn([...document.querySelectorAll(".canvas")]);
})();
