// Charts of the evidence: comparisons beside what is stated, and the values of runs, which lead to the runs.

/** Return the ends of what a statement counts as true, of two ends of an axis those that lie inside. */
function statedRegion({ margin_low: low, margin_high: high }, [from, to]) {
  return [Math.max(low ?? -Infinity, from), Math.min(high ?? Infinity, to)];
}

/** Return the range of some values with room on both sides. */
function roomy(values, share = 0.06) {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const room = share * (high - low) || share * Math.abs(high) || 0.5;
  return [low - room, high + room];
}

const LINE_HEIGHT = 24; // pixels of a row of dots

/** Return texts as long as they have room, in pixels. */
const fitted = (text, room) => (text.length * LETTER > room ? `${text.slice(0, Math.floor(room / LETTER) - 1)}…` : text);

/** Draw all comparisons of a verdict with their intervals beside the stated region. */
function drawComparisons(box, row) {
  const rows = row.comparisons.filter(({ estimate }) => estimate !== null);
  if (!rows.length) return box.replaceChildren();
  const left = Math.min(190, box.clientWidth * 0.34);
  const range = roomy([row.null_value, row.margin_low, row.margin_high, ...rows.flatMap(({ estimate, low, high }) => [estimate, low, high])]);
  const height = rows.length * LINE_HEIGHT + 56;
  const label = `Comparisons with ${study.confidence} intervals; stated ${statedText(row)}; no effect at ${number(row.null_value)}.`;
  const y = { range: [rows.length - 0.5, -0.5] };
  const { root, px, py, inner } = chart(box, { height, room: [8, 12, 48, left], x: { range, ticks: marks(ticks(...range, 5)), title: `estimate ${row.unit && `(${row.unit})`}` }, y, label });
  const [from, to] = statedRegion(row, range).map(px);
  if (to > from) root.prepend(svg("rect", { x: from, y: inner.top, width: to - from, height: inner.bottom - inner.top, class: "stated" }));
  for (const margin of [row.margin_low, row.margin_high])
    if (margin !== null) root.append(svg("path", { d: `M${px(margin)} ${inner.top}V${inner.bottom}`, class: "margin" }));
  if (row.null_value !== null) root.append(svg("path", { d: `M${px(row.null_value)} ${inner.top}V${inner.bottom}`, class: "null" }));
  rows.forEach((part, i) => {
    root.append(svg("text", { x: left - 8, y: py(i) + 4, "text-anchor": "end", class: "row" }, fitted(part.name, left - 10), svg("title", {}, part.name)));
    const made = svg("g", { class: "interval" });
    if (part.low !== null && part.high !== null) made.append(svg("path", { d: `M${px(part.low)} ${py(i)}H${px(part.high)}` }));
    made.append(svg("circle", { cx: px(part.estimate), cy: py(i), r: 4 }), svg("title", {}, `${part.name}: ${part.numbers}; ${part.verdict}`));
    root.append(made);
  });
}

/** Return what is stated as text: `above 0.5`, `between −1 and 1`. */
function statedText({ margin_low: low, margin_high: high }) {
  if (low !== null && high !== null) return `between ${number(low)} and ${number(high)}`;
  return low !== null ? `above ${number(low)}` : high !== null ? `below ${number(high)}` : MISSING;
}

const SMALL = { width: 112, height: 16, limit: 3 }; // of intervals in tables: pixels, and where they are cut

/**
 * Return a verdict's interval in units of what it states: 0 is no effect and 1 the margin, or -1 and 1 both margins.
 * Shaded is the stated region; the same scale as the figure of all statements has.
 */
function smallInterval(row) {
  const { margin_low: low, margin_high: high } = row;
  const between = low !== null && high !== null;
  const origin = between ? (low + high) / 2 : row.null_value;
  const unit = (between ? high : (low ?? high)) - origin;
  if (row.estimate === null || !unit) return "";
  const px = scaled([-SMALL.limit, SMALL.limit], [1, SMALL.width - 1]);
  const at = (value) => rounded(px(Math.min(Math.max((value - origin) / unit, -SMALL.limit), SMALL.limit)));
  const [from, to] = between ? [-1, 1] : [1, SMALL.limit];
  const y = SMALL.height / 2;
  const root = svg("svg", { ...{ width: SMALL.width, height: SMALL.height }, class: "small-interval", "aria-hidden": "true" });
  root.append(svg("rect", { x: px(from), width: px(to) - px(from), height: SMALL.height, class: "stated" }));
  root.append(svg("path", { d: `M${px(0)} 0V${SMALL.height}`, class: "null" }));
  const made = svg("g", { class: "interval" });
  if (row.low !== null && row.high !== null) made.append(svg("path", { d: `M${at(row.low)} ${y}H${at(row.high)}` }));
  made.append(svg("circle", { cx: at(row.estimate), cy: y, r: 3 }));
  root.append(made);
  return root;
}

/** Draw the values of all runs that the verdict rests on. */
function drawValues(box, row, about, pick) {
  box.replaceChildren();
  const values = study.values.find(({ training, sampler }) => training === row.training && sampler === row.sampler);
  for (const quantities of about.charts) {
    const names = quantities.map((name) => study.quantities[name]);
    const place = element("div", { class: "chart" });
    box.append(element("h4", {}, names.join(" against ")), place);
    const columns = quantities.map((name) => values[name]);
    if (quantities.length === 1) drawRows(place, about, columns[0], names[0], pick);
    else drawScatter(place, about, columns, names, pick);
  }
}

/** Return the runs of activations with a value: their activation, seed, label, family, and values. */
function runsWith(names, ...columns) {
  return names.flatMap((activation) =>
    study.allSeeds.flatMap((seed) => {
      const values = columns.map((column) => column[runIndex(activation, seed, study.allSeeds)]);
      return values.includes(null) ? [] : [{ activation, seed, ...activations.get(activation), values }];
    }),
  );
}

/** Return the dot of a run, which leads to the run if it is among those that are shown. */
function runDot(run, x, y, kind, pick) {
  const isShown = study.seeds.includes(run.seed);
  const dot = svg("circle", { cx: rounded(x), cy: rounded(y), r: 3.5, class: `run ${kind}${isShown ? " shown" : ""}` });
  const values = run.values.map(number).join(", ");
  dot.append(svg("title", {}, `${run.label}, seed ${run.seed}: ${values}${isShown ? "" : " (not recorded here over training)"}`));
  if (isShown) dot.addEventListener("click", () => pick(kind === "subject" ? "a" : "b", run.activation, run.seed));
  return coloured(dot, run.family);
}

/** Draw one row of dots for each activation, those that the statement is about filled, with their means. */
function drawRows(box, about, column, title, pick) {
  const names = [...about.subjects, ...about.comparators];
  const left = 98;
  const range = roomy(runsWith(names, column).map(({ values }) => values[0]));
  const label = `${title}: one dot for each run, a bar at the mean of each activation.`;
  const y = { range: [names.length - 0.5, -0.5] };
  const x = { range, ticks: marks(ticks(...range, 5)) };
  const { root, px, py, inner } = chart(box, { height: names.length * LINE_HEIGHT + 40, room: [6, 12, 28, left], x, y, label });
  names.forEach((name, i) => {
    const runs = runsWith([name], column);
    const kind = about.subjects.includes(name) ? "subject" : "comparator";
    const shift = (seed) => ((study.allSeeds.indexOf(seed) + 0.5) / study.allSeeds.length - 0.5) * 0.6;
    root.append(svg("path", { d: `M${left} ${py(i)}H${inner.right}`, class: "grid" }));
    root.append(svg("text", { x: left - 8, y: py(i) + 4, "text-anchor": "end", class: `row ${kind}` }, activations.get(name).label));
    root.append(...runs.map((run) => runDot(run, px(run.values[0]), py(i + shift(run.seed)), kind, pick)));
    const middle = mean(runs.map(({ values }) => values[0]));
    if (middle !== null) root.append(svg("path", { d: `M${px(middle)} ${py(i - 0.38)}V${py(i + 0.38)}`, class: "mean" }));
    else root.append(svg("text", { x: left + 8, y: py(i) + 4, class: "row" }, MISSING));
  });
}

/** Draw two quantities of all runs against each other. */
function drawScatter(box, about, columns, titles, pick) {
  const runs = runsWith(about.subjects, ...columns);
  const [across, along] = [0, 1].map((i) => roomy(runs.map(({ values }) => values[i])));
  const label = `${titles.join(" against ")}: one dot for each run.`;
  const axes = { x: { range: across, ticks: marks(ticks(...across, 5)), title: titles[0] }, y: { range: along, ticks: marks(ticks(...along, 5)) } };
  const { root, px, py } = chart(box, { height: 320, room: [8, 12, 44, 60], ...axes, label, grid: true });
  root.append(...runs.map((run) => runDot(run, px(run.values[0]), py(run.values[1]), "subject", pick)));
}
