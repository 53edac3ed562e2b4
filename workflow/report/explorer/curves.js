// Loss, LLC and superposition of a run over training, with a cursor at the shown step.

/** Draw the curves of a panel's run. */
function drawCurves(panel) {
  const { preset, llc, color } = panel;
  const last = preset.steps[preset.steps.length - 1];
  const ticks = [0, 1, 10, 100, 1000, 10000, 100000, 1000000].filter((step) => step <= last);
  const y = (domain, title, more) => ({ ...LINE, domain, title: { text: title, standoff: 6 }, ...more });
  const layout = {
    ...LAYOUT,
    margin: { l: 72, r: 10, t: 6, b: 40 },
    xaxis: {
      ...LINE,
      range: [-0.08, time(last) + 0.06],
      tickvals: ticks.map(time),
      ticktext: ticks.map((step) => stepText(step)),
      title: { text: "step of training", standoff: 4 },
      anchor: "y3",
    },
    yaxis: y([0.69, 1], "loss (MSE)", { type: "log", ...lossAxis(panel) }),
    yaxis2: y([0.345, 0.655], `LLC (${panel.choice.sampler})`, { range: study.llcRange, nticks: 5 }),
    yaxis3: y([0, 0.31], "features", {
      range: [-0.4, preset.nFeatures * 1.15],
      dtick: Math.ceil(preset.nFeatures / 4),
    }),
  };
  panel.shapes = dropShape(panel);
  Plotly.react(
    panel.find(".curves"),
    [...lossTraces(panel), ...llcTraces(panel, llc), ...countTraces(panel, color), ...cursorTraces(panel)],
    layout,
    PLOT,
  );
  const graph = panel.find(".curves");
  graph.setAttribute(
    "aria-label",
    `Loss, LLC and number of features of ${panel.label}, seed ${panel.choice.seed}, over training.`,
  );
  graph.removeAllListeners("plotly_click");
  graph.on("plotly_click", ({ points }) => panel.asked(points[0].customdata));
}

/** Return range and ticks of the loss axis. It holds all seeds that did not diverge; others leave it. */
function lossAxis(panel) {
  const { preset, choice } = panel;
  const runs = study.seeds.map((seed) => runIndex(choice.activation, seed));
  const ended = runs.filter((run) => preset.facts.status[run] === "ok");
  const shown = (ended.length ? ended : runs)
    .flatMap((run) => [...ofRun(preset.loss, run, preset.lossSteps.length)])
    .filter((value) => value > 0 && Number.isFinite(value));
  if (!shown.length) return {};
  const [low, high] = [Math.min(...shown), Math.max(...shown)].map(Math.log10);
  const room = 0.06 * Math.max(high - low, 0.02);
  return { range: [low - room, high + room], ...lossTicks(low, high) };
}

/** Return powers of ten as ticks, with 2 and 5 over few decades, Plotly's own ticks within less. */
function lossTicks(low, high) {
  const decades = high - low;
  if (decades < Math.log10(5)) return { nticks: 5 };
  const powers = range(Math.floor(low), Math.ceil(high), Math.ceil(decades / 6));
  const tickvals = powers.flatMap((power) => (decades < 2 ? [1, 2, 5] : [1]).map((digit) => digit * 10 ** power));
  return { tickvals, ticktext: tickvals.map(tickText) };
}

/** Return whole numbers between two ends, every so many. */
function range(first, last, every) {
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every);
}

/** Return a tick label: a plain number from 0.001 to 10,000, a power of ten beyond. */
function tickText(value) {
  const digits = { maximumFractionDigits: 3 };
  if (value >= 1e-3 && value <= 1e4) return Number(value.toPrecision(1)).toLocaleString("en", digits);
  return `10<sup>${String(Math.round(Math.log10(value))).replace("-", "−")}</sup>`;
}

/** Return the losses of the other seeds, then that of the run. */
function lossTraces(panel) {
  const steps = panel.preset.lossSteps;
  const trace = (run, line, more) => ({
    x: steps.map(time),
    y: Array.from(ofRun(panel.preset.loss, run, steps.length), (value) => (value > 0 ? value : null)),
    customdata: steps,
    mode: "lines",
    line,
    ...more,
  });
  const others = study.seeds
    .filter((seed) => seed !== panel.choice.seed)
    .map((seed) =>
      trace(runIndex(panel.choice.activation, seed), { color: study.inks.pale, width: 1 }, { hoverinfo: "skip" }),
    );
  return [
    ...others,
    trace(
      panel.run,
      { color: panel.color, width: 2 },
      { hovertemplate: "step %{customdata}: loss %{y:.3g}<extra></extra>" },
    ),
  ];
}

/** Return the LLC estimates: filled where they may be read, hollow otherwise, at the edge beyond the axis. */
function llcTraces(panel, llc) {
  const [low, high] = study.llcRange;
  const values = ofRun(llc.values, panel.run, llc.steps.length);
  const statuses = ofRun(llc.statuses, panel.run, llc.steps.length);
  const shown = llc.steps
    .map((step, i) => ({ step, value: values[i], status: statuses[i] }))
    .filter(({ value }) => Number.isFinite(value));
  const symbol = ({ value, status }) =>
    value > high ? "triangle-up-open" : value < low ? "triangle-down-open" : status === 0 ? "circle" : "circle-open";
  return [
    {
      x: shown.map(({ step }) => time(step)),
      y: shown.map(({ value }) => Math.min(Math.max(value, low + 0.03 * (high - low)), high - 0.03 * (high - low))),
      yaxis: "y2",
      customdata: shown.map(({ step }) => step),
      mode: "markers",
      text: shown.map(
        ({ step, value, status }) =>
          `step ${step}: LLC ${number(value)}, ${status === 0 ? "may be read" : study.statuses[status]}`,
      ),
      hovertemplate: "%{text}<extra></extra>",
      marker: {
        size: 7,
        symbol: shown.map(symbol),
        color: shown.map(({ status }) => (status === 0 ? panel.color : study.inks.faint)),
      },
    },
  ];
}

function countTraces(panel, color) {
  const steps = panel.preset.steps;
  const trace = (name, line, word) => ({
    x: steps.map(time),
    y: Array.from(ofRun(panel.preset.counts[name], panel.run, steps.length), (value) =>
      value === NO_COUNT ? null : value,
    ),
    yaxis: "y3",
    customdata: steps,
    mode: "lines",
    line: { shape: "hv", ...line },
    hovertemplate: `step %{customdata}: %{y} ${word}<extra></extra>`,
  });
  const onset = panel.fact("onset");
  const mark =
    onset === null
      ? []
      : [
          {
            x: [time(onset)],
            y: [panel.preset.nFeatures * 1.07],
            yaxis: "y3",
            customdata: [onset],
            mode: "markers",
            marker: { symbol: "triangle-down", size: 9, color: study.inks.ink },
            hovertemplate: "onset: step %{customdata}<extra></extra>",
          },
        ];
  return [
    trace("n_represented", { color, width: 2 }, "represented"),
    trace("n_recovered", { color: study.inks.ink, width: 1.3, dash: "dot" }, "recovered"),
    ...mark,
  ];
}

/** Return the marks of the shown step on the curves; `drawCursor` moves them. */
function cursorTraces(panel) {
  return ["y", "y2", "y3"].map((yaxis) => ({
    x: [],
    y: [],
    yaxis,
    mode: "markers",
    hoverinfo: "skip",
    meta: "cursor",
    marker: { size: 10, symbol: "circle-open", color: study.inks.ink, line: { width: 2 } },
  }));
}

/** Return the shaded span of the largest loss drop. */
function dropShape(panel) {
  const [start, end] = [panel.fact("drop_start"), panel.fact("drop_end")];
  if (start === null) return [];
  return [
    {
      type: "rect",
      x0: time(start),
      x1: time(end),
      y0: 0.69,
      y1: 1,
      yref: "paper",
      layer: "below",
      fillcolor: "#EFEAD8",
      line: { width: 0 },
    },
  ];
}

function drawCursor(panel, now) {
  const graph = panel.find(".curves");
  const traces = graph.data.flatMap((trace, i) => (trace.meta === "cursor" ? [i] : []));
  const [low, high] = study.llcRange;
  const points = [
    [now.step, now.loss > 0 ? now.loss : null],
    [now.checkpoint, Number.isFinite(now.llc) && now.llc >= low && now.llc <= high ? now.llc : null],
    [now.step, now.represented === NO_COUNT ? null : now.represented],
  ];
  const line = {
    type: "line",
    x0: time(now.step),
    x1: time(now.step),
    y0: 0,
    y1: 1,
    yref: "paper",
    line: { color: "#555", width: 1 },
  };
  Plotly.update(
    graph,
    { x: points.map(([step]) => [time(step)]), y: points.map(([, y]) => [y]) },
    { shapes: [...panel.shapes, line] },
    traces,
  );
}
