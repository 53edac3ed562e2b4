// Events, loss, LLC and superposition of a run over training, with a cursor at the shown step.

const EVENTS = { loss_drop: "loss drops", superposition_change: "features", llc_rise: "LLC rises" };
const LEFT = 76; // pixels for titles and ticks

/** Draw the curves of a panel's run. */
function drawCurves(panel) {
  const { preset } = panel;
  const box = panel.find(".curves");
  const last = preset.steps.at(-1);
  const steps = [0, 1, 10, 100, 1000, 10000, 100000, 1000000].filter((step) => step <= last);
  const x = { range: [-0.08, time(last) + 0.06], ticks: marks(steps.map(time), (at) => stepText(10 ** at - 1)) };
  const rows = ribbonRows(panel);
  box.replaceChildren(...["ribbon", "loss", "llc", "features"].map((name) => element("div", { class: name })));
  const tall = box.clientWidth > 700 ? 1.3 : 1;
  const part = (name, height, y, label, room = 8) =>
    chart(box.querySelector(`.${name}`), { height, room: [8, 10, room, LEFT], x: { ...x, ticks: room > 8 ? x.ticks : [], title: room > 8 ? "step of training" : "" }, y, label });
  const who = `${panel.label}, seed ${panel.choice.seed}`;
  const half = ROW / 2;
  const ribbon = part("ribbon", rows.length * ROW + 16, { range: [rows.length * ROW + half, half], ticks: [] }, ribbonText(rows, who));
  drawRibbon(ribbon, rows);
  const loss = part("loss", 160 * tall, lossAxis(panel), `Loss of ${who} over training, and of its other seeds.`);
  drawLoss(loss, panel);
  const llcMarks = marks(ticks(...study.llcRange, 4));
  const llc = part("llc", 150 * tall, { range: study.llcRange, ticks: llcMarks, title: "LLC" }, `LLC estimates of ${who} over training.`);
  drawLlc(llc, panel);
  const n = preset.nFeatures;
  const whole = marks(ticks(0, n, 4).filter(Number.isInteger));
  const features = part("features", 170 * tall, { range: [-0.4, n * 1.15], ticks: whole, title: "features" }, `Represented and recovered features of ${who} over training.`, 42);
  drawCounts(features, panel);
  panel.charts = [ribbon, loss, llc, features];
  for (const drawn of panel.charts) addCursor(drawn, panel, last);
}

/** Draw a cursor into a chart, and let a pointer on it ask for a step. */
function addCursor(drawn, panel, last) {
  drawn.cursor = svg("path", { class: "cursor" });
  drawn.mark = svg("path", { class: "mark dot" });
  drawn.root.append(drawn.cursor, drawn.mark);
  const back = scaled([drawn.px(0), drawn.px(time(last))], [0, time(last)]);
  const ask = (event) => {
    const left = drawn.root.getBoundingClientRect().left;
    panel.asked(Math.min(Math.max(10 ** back(event.clientX - left) - 1, 0), last));
  };
  drawn.root.addEventListener("pointerdown", ask);
  drawn.root.addEventListener("pointermove", (event) => event.buttons === 1 && ask(event));
}

/** Move the cursors to the shown step. */
function drawCursor(panel, now) {
  const [low, high] = study.llcRange;
  const points = [
    null,
    now.loss > 0 ? [now.step, Math.log10(now.loss)] : null,
    now.llc >= low && now.llc <= high ? [now.checkpoint, now.llc] : null,
    now.represented === NO_COUNT ? null : [now.step, now.represented],
  ];
  panel.charts.forEach((drawn, i) => {
    const { px, py, inner } = drawn;
    drawn.cursor.setAttribute("d", `M${rounded(px(time(now.step)))} ${inner.top}V${inner.bottom}`);
    drawn.mark.setAttribute("d", points[i] ? dotsPath([[px(time(points[i][0])), py(points[i][1])]]) : "");
    drawn.mark.dataset.value = points[i] ? points[i].join(" ") : "";
  });
}

// ---------------------------------------------------------------------------------------------------------- ribbon --

const ROW = 17; // height of a row of the ribbon in pixels
const SHADES = 4; // so many colours of critical points of one kind are in the style sheet

/** Return the rows of a run's ribbon: its stages if there are any, then its events, as [start, end, text, class]. */
function ribbonRows(panel) {
  const { preset, run, choice } = panel;
  const rows = [];
  const seen = preset.stages.filter(([place]) => place === run);
  if (seen.length) rows.push({ name: "near", spans: stageSpans(seen, preset.steps.at(-1)) });
  for (const [kind, name] of Object.entries(EVENTS)) {
    const events = (preset.events[kind] ?? []).filter(
      ([place, sampler]) => place === run && (sampler === null || sampler === choice.sampler),
    );
    const spans = events.map(([, , start, end]) => [start, end, `${name}, steps ${stepText(start)} to ${stepText(end)}`, kind]);
    rows.push({ name, spans });
  }
  return rows;
}

/** Return spans of neighbouring checkpoints near the same critical point, each from one checkpoint to the next span. */
function stageSpans(seen, last) {
  const spans = [];
  for (const [, step, label, kind] of seen) {
    if (spans.at(-1)?.label === label && spans.at(-1).kind === kind) continue;
    if (spans.length) spans.at(-1).end = step;
    spans.push({ start: step, end: last, label, kind });
  }
  const shade = ({ label, kind }) => {
    const labels = [...new Set(spans.filter((span) => span.kind === kind).map((span) => span.label))];
    return `stage ${kind} shade-${labels.indexOf(label) % SHADES}`;
  };
  return spans
    .filter(({ kind }) => kind !== null)
    .map((span) => [span.start, span.end, span.label, shade(span)]);
}

function drawRibbon({ root, px, inner }, rows) {
  rows.forEach(({ name, spans }, i) => {
    const top = inner.top + i * ROW;
    root.append(svg("text", { x: LEFT - 7, y: top + 12, "text-anchor": "end", class: "row" }, name));
    root.append(svg("path", { class: "grid", d: `M${LEFT} ${top + ROW / 2}H${inner.right}` }));
    for (const [start, end, text, kind] of spans) {
      const [from, to] = [px(time(Math.max(start, 0))), px(time(end))];
      const bar = svg("rect", { x: from, y: top + 2, width: Math.max(to - from, 2), height: ROW - 5, class: kind });
      bar.append(svg("title", {}, text));
      root.append(bar);
      if (kind.startsWith("stage") && text.length * LETTER < to - from)
        root.append(svg("text", { x: (from + to) / 2, y: top + 12, "text-anchor": "middle", class: "inside" }, text));
    }
  });
}

/** Return the ribbon in words. */
function ribbonText(rows, who) {
  const parts = rows.map(({ name, spans }) => `${name}: ${spans.map(([, , text]) => text).join("; ") || MISSING}`);
  return `Events of ${who}. ${parts.join(". ")}.`;
}

// ---------------------------------------------------------------------------------------------------------- curves --

const SMALLEST = 1e-12; // smaller losses are rounding errors

/** Return range and ticks of the loss axis. It holds all seeds that did not diverge; others leave it. */
function lossAxis(panel) {
  const { preset, choice } = panel;
  const runs = study.seeds.map((seed) => runIndex(choice.activation, seed));
  const ended = runs.filter((run) => preset.facts.status[run] === "ok");
  let [low, high] = [Infinity, -Infinity];
  for (const run of ended.length ? ended : runs)
    for (const value of ofRun(preset.loss, run, preset.lossSteps.length))
      if (value > 0 && Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return { range: [-1, 0], ticks: [], title: "loss (MSE)" };
  [low, high] = [Math.log10(Math.max(low, SMALLEST)), Math.log10(Math.max(high, 10 * SMALLEST))];
  const room = 0.06 * Math.max(high - low, 0.02);
  const range = [low - room, high + room];
  const labelled = logTicks(...range).map((value) => [Math.log10(value), tickText(value)]);
  return { range, ticks: labelled, title: "loss (MSE)" };
}

/** Draw the losses of the other seeds, then that of the run, over the span of its largest drop. */
function drawLoss({ root, px, py, inner }, panel) {
  const { preset, choice } = panel;
  const steps = preset.lossSteps;
  const clip = (y) => Math.min(Math.max(y, inner.top - 40), inner.bottom + 40);
  const line = (run) =>
    linePath([...ofRun(preset.loss, run, steps.length)].map((value, i) => (value > 0 && Number.isFinite(value) ? [px(time(steps[i])), clip(py(Math.log10(value)))] : null)));
  const [start, end] = [panel.fact("drop_start"), panel.fact("drop_end")];
  if (start !== null) {
    const [from, to] = [px(time(start)), px(time(end))];
    root.append(svg("rect", { x: from, y: inner.top, width: Math.max(to - from, 1), height: inner.bottom - inner.top, class: "band" }));
  }
  const inside = svg("svg", { class: "inside", x: inner.left, y: inner.top, width: inner.right - inner.left, height: inner.bottom - inner.top, viewBox: `${inner.left} ${inner.top} ${inner.right - inner.left} ${inner.bottom - inner.top}` });
  for (const seed of study.seeds)
    if (seed !== choice.seed) inside.append(svg("path", { d: line(runIndex(choice.activation, seed)), class: "line others" }));
  inside.append(svg("path", { d: line(panel.run), class: "line own" }));
  root.append(inside);
}

/** Draw the LLC estimates: filled where they may be read, hollow otherwise, at the edge beyond the axis. */
function drawLlc({ root, px, py, inner }, { llc, run }) {
  const [low, high] = study.llcRange;
  root.append(svg("path", { class: "grid", d: `M${inner.left} ${py(0)}H${inner.right}` }));
  llc.steps.forEach((step, i) => {
    const value = ofRun(llc.values, run, llc.steps.length)[i];
    const status = ofRun(llc.statuses, run, llc.steps.length)[i];
    if (!Number.isFinite(value)) return;
    const x = rounded(px(time(step)));
    const y = rounded(Math.min(Math.max(py(value), inner.top + 5), inner.bottom - 5));
    const beyond = value > high ? "M-4 3L0-4L4 3Z" : value < low ? "M-4-3L0 4L4-3Z" : null;
    const readable = status === READABLE ? "readable" : "unreadable";
    const made = beyond
      ? svg("path", { d: beyond, transform: `translate(${x} ${y})`, class: `estimate ${readable}` })
      : svg("circle", { cx: x, cy: y, r: 3.5, class: `estimate ${readable}` });
    const text = status === READABLE ? "may be read" : study.statuses[status];
    made.append(svg("title", {}, `step ${stepText(step)}: LLC ${number(value)}, ${text}`));
    root.append(made);
  });
}

/** Draw represented and recovered features, and the onset of superposition. */
function drawCounts({ root, px, py }, panel) {
  const { preset, run } = panel;
  for (const [name, kind] of [["n_represented", "own"], ["n_recovered", "recovered"]]) {
    const values = ofRun(preset.counts[name], run, preset.steps.length);
    const points = preset.steps.map((step, i) => (values[i] === NO_COUNT ? null : [px(time(step)), py(values[i])]));
    root.append(svg("path", { d: linePath(points, { steps: true }), class: `line ${kind}` }));
  }
  const onset = panel.fact("onset");
  if (onset === null) return;
  const made = svg("path", { d: "M-5-8H5L0 0Z", transform: `translate(${rounded(px(time(onset)))} ${rounded(py(preset.nFeatures * 1.02))})`, class: "onset" });
  made.append(svg("title", {}, `onset: step ${stepText(onset)}`));
  root.append(made);
}
