// Traces and layout of the spectra of one case: bands, their difference from the reference, harmonic lines.
const RANGES = { All: [4000, 500], "C–H, O–H": [4000, 2600], "C=O": [2000, 1500], Fingerprint: [1600, 500] };
const REGIONS = { "O–H": [3200, 3750], "C–H": [2800, 3150], "C=O": [1650, 1850], fingerprint: [500, 1500] };

function shading(x, low, high, name) {
  return {
    x: [...x, ...x.slice().reverse()],
    y: [...high, ...low.slice().reverse()],
    fill: "toself",
    fillcolor: transparent(colour(name), 0.22),
    line: { width: 0 },
    mode: "lines",
    hoverinfo: "skip",
  };
}

// Pairs of points, so that a gap does not end the shading.
function errorBand(x, y, error, name) {
  const kept = [...x.keys()].filter((i) => Number.isFinite(y[i]) && Number.isFinite(error[i]));
  const side = (sign) => kept.map((i) => y[i] + sign * error[i]);
  return shading(kept.map((i) => x[i]), side(-1), side(1), name);
}

function lineTrace(curve, x, y, more) {
  return {
    x,
    y,
    mode: "lines",
    name: plain(curve.label),
    meta: { group: curve.group },
    line: { color: colour(curve.colour), dash: curve.dash, width: 1.6 },
    hovertemplate: "%{x:.0f} cm⁻¹, %{y:.3g}",
    ...more,
  };
}

function unpackBand(curve) {
  const error = curve.error && unpackCurve(curve.error);
  return { ...curve, x: unpackGrid(curve.x), y: unpackCurve(curve.y), error };
}

// Values on an ascending grid at the points wanted, by straight lines; none beyond its ends.
function interpolate(grid, values, wanted) {
  let place = 0;
  return Float32Array.from(wanted, (point) => {
    if (point < grid[0] || point > grid[grid.length - 1]) return NaN;
    while (place < grid.length - 2 && grid[place + 1] < point) place += 1;
    const share = (point - grid[place]) / (grid[place + 1] - grid[place]);
    return share === 0 ? values[place] : values[place] + share * (values[place + 1] - values[place]);
  });
}

function bandItem(curve) {
  const traces = curve.error ? [errorBand(curve.x, curve.y, curve.error, curve.colour)] : [];
  return { ...curve, shown: curve.primary, traces: [...traces, lineTrace(curve, curve.x, curve.y)] };
}

// The error of a difference of independent spectra: the root of the sum of squares.
function residualItem(curve, reference) {
  const { x } = curve;
  const y = interpolate(reference.x, reference.y, x).map((v, i) => curve.y[i] - v);
  const traces = [];
  if (curve.error && reference.error) {
    const error = interpolate(reference.x, reference.error, x).map((v, i) => Math.hypot(v, curve.error[i]));
    traces.push({ ...errorBand(x, y, error, curve.colour), yaxis: "y3" });
  }
  const hovertemplate = "%{x:.0f} cm⁻¹, difference %{y:+.3g}";
  traces.push(lineTrace(curve, x, y, { yaxis: "y3", hovertemplate }));
  return { ...curve, shown: curve.primary, traces };
}

function stickItems(sticks) {
  return sticks.map((one, place) => {
    const lane = sticks.length - 1 - place;
    const [x, y, height] = [one.x, one.y, one.height].map(unpack);
    const trace = {
      x: [...x].flatMap((v) => [v, v, null]),
      y: [...height].flatMap((v) => [lane, lane + 0.85 * (v || 0), null]),
      customdata: [...y].flatMap((v) => [v, v, v]),
      text: [...x].flatMap((v) => [v.toFixed(1), v.toFixed(1), ""]),
      yaxis: "y2",
      mode: "lines",
      name: plain(one.label),
      meta: { group: one.group },
      line: { color: colour(one.colour), width: 2 },
      hovertemplate: "%{text} cm⁻¹, %{customdata:.3g} km/mol",
    };
    return { ...one, shown: true, traces: [trace] };
  });
}

function spectrumItems(card, residual) {
  const curves = card.curves.map(unpackBand);
  const reference = curves.find((curve) => curve.reference);
  const items = [...curves.map(bandItem), ...stickItems(card.sticks)];
  if (residual && reference) {
    items.push(...curves.filter((curve) => curve !== reference).map((curve) => residualItem(curve, reference)));
  }
  return items;
}

// Heights from the bottom: lines, differences, bands.
function domains(card, residual) {
  const lines = card.sticks.length ? (card.curves.length ? Math.min(0.07 * card.sticks.length, 0.35) : 1) : 0;
  const first = lines ? lines + 0.05 : 0;
  const second = residual ? first + 0.22 : first;
  return { lines: [0, lines], residual: [first, second], bands: [residual ? second + 0.05 : first, 1] };
}

function regionShapes() {
  return Object.entries(REGIONS).map(([text, [x0, x1]]) => ({
    type: "rect",
    layer: "below",
    x0,
    x1,
    y0: 0,
    y1: 1,
    yref: "y domain",
    line: { width: 0 },
    fillcolor: transparent(colour("accent"), 0.08),
    label: { text, textposition: "top center", font: { size: 11, color: colour("muted") } },
  }));
}

function markShape(wavenumber) {
  const line = { color: colour("caution"), width: 1.5, dash: "dot" };
  return { type: "line", x0: wavenumber, x1: wavenumber, y0: 0, y1: 1, yref: "paper", line };
}

function spectrumLayout(card, view) {
  const place = domains(card, view.residual);
  const layout = {
    ...plainLayout(),
    xaxis: { ...axis("wavenumber (cm⁻¹)"), showgrid: false, range: view.range, tickformat: "d" },
    shapes: [...(view.regions && card.curves.length ? regionShapes() : []), ...(view.mark > 0 ? [markShape(view.mark)] : [])],
  };
  if (card.curves.length) {
    const title = `intensity (${plain(card.unit)})`;
    layout.yaxis = { ...axis(title), tickformat: ".3~g", rangemode: "tozero", domain: place.bands };
  }
  if (view.residual) {
    layout.yaxis3 = { ...axis("difference"), tickformat: ".2~g", nticks: 5, domain: place.residual };
    layout.xaxis.anchor = "y3";
  }
  if (card.sticks.length) {
    layout.yaxis2 = {
      domain: place.lines,
      range: [0, card.sticks.length],
      showticklabels: false,
      tickvals: card.sticks.map((_, lane) => lane),
      gridcolor: colour("rule"),
      zerolinecolor: colour("rule"),
      fixedrange: true,
    };
    layout.xaxis.anchor = "y2";
  }
  return layout;
}
