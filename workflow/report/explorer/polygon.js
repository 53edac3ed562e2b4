// The polygon of a run at one step: its feature directions and their convex hull.

/** Draw the directions of a panel's run at a step, or say why there are none. */
function drawPolygon(panel, W, extent, now) {
  const radius = referenceRadius(extent);
  const axis = { visible: false, range: [-extent, extent], fixedrange: true };
  const note = (text, y, anchor) => ({
    text,
    x: 0,
    y,
    yanchor: anchor,
    showarrow: false,
    font: { ...FONT, color: "#555" },
  });
  const circle = {
    type: "circle",
    x0: -radius,
    x1: radius,
    y0: -radius,
    y1: radius,
    layer: "below",
    line: { color: study.inks.pale, width: 1 },
  };
  const layout = {
    ...LAYOUT,
    shapes: W ? [circle] : [],
    margin: { l: 2, r: 2, t: 2, b: 18 },
    xaxis: axis,
    yaxis: { ...axis, scaleanchor: "x" },
    annotations: [
      W
        ? {
            ...note(`circle: radius ${tickText(radius)}`, 0, "top"),
            yref: "paper",
            yshift: 2,
            font: { ...FONT, size: 11, color: "#555" },
          }
        : note(panel.fact("status") === null ? "no such run" : "diverged", 0, "middle"),
    ],
  };
  Plotly.react(panel.find(".polygon"), W ? polygonTraces(W, panel.preset.nInitial, panel.color) : [], layout, PLOT);
  const what = W ? `${now.represented} of ${W.length} features are represented` : "not finite";
  panel
    .find(".polygon")
    .setAttribute("aria-label", `Feature directions of ${panel.label} at step ${now.step}: ${what}.`);
}

/** Return the largest of the lengths 1, 2 and 5 times a power of ten that fits into a square. */
function referenceRadius(halfSide) {
  const power = 10 ** Math.floor(Math.log10(halfSide));
  return Math.max(...[1, 2, 5].map((factor) => power * factor).filter((radius) => radius <= halfSide));
}

/** Return the convex hull of directions, the first corner repeated: Andrew's monotone chain. */
function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const turn = (o, a, b) => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
  const half = (ordered) => {
    const chain = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2), chain.at(-1), point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const corners = [...half(sorted), ...half([...sorted].reverse())];
  return [...corners, corners[0]];
}

/** Return hull, lines from the origin and their ends: features of the initial polygon in ink, others in colour. */
function polygonTraces(W, nInitial, color) {
  const outline = hull(W);
  const group = (from, to, ink) => {
    const some = W.slice(from, to);
    return [
      {
        x: some.flatMap(([x]) => [0, x, null]),
        y: some.flatMap(([, y]) => [0, y, null]),
        mode: "lines",
        line: { color: ink, width: 1.6 },
        hoverinfo: "skip",
      },
      {
        x: some.map(([x]) => x),
        y: some.map(([, y]) => y),
        mode: "markers",
        marker: { color: ink, size: 7 },
        text: some.map(([x, y], i) => `feature ${from + i}, length ${number(Math.hypot(x, y))}`),
        hovertemplate: "%{text}<extra></extra>",
      },
    ];
  };
  return [
    {
      x: outline.map(([x]) => x),
      y: outline.map(([, y]) => y),
      mode: "lines",
      fill: "toself",
      fillcolor: `${color}22`,
      line: { color, width: 1.2 },
      hoverinfo: "skip",
      meta: "hull",
    },
    ...group(nInitial, W.length, color),
    ...group(0, nInitial, study.inks.ink),
  ];
}
