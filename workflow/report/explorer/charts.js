// The values of runs behind a verdict, as points that lead to the runs.

const jitter = 0.5 / Math.max(study.seeds.length, 2); // distance of neighbouring seeds in a column of points
const FEW = 6; // so many activations have room for horizontal labels
const GRID = { ...LINE, showgrid: true, gridcolor: "#eee" };

/** Return a text in which Plotly finds no tags or entities. */
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Draw the values of all runs that the verdict rests on. */
function showCharts(row, about, pick) {
  for (const old of byId("charts").querySelectorAll(".chart")) Plotly.purge(old);
  byId("charts").replaceChildren();
  const values = study.values.find((one) => one.training === row.training && one.sampler === row.sampler);
  for (const quantities of about.charts) {
    const title = quantities.map((name) => study.quantities[name]).join(" against ");
    const chart = element("div", { class: "chart", role: "img", "aria-label": `Points, one for each run: ${title}.` });
    byId("charts").append(chart);
    if (quantities.length === 1) drawColumns(chart, about, values[quantities[0]], study.quantities[quantities[0]]);
    else
      drawScatter(
        chart,
        about,
        quantities.map((name) => values[name]),
        quantities.map((name) => study.quantities[name]),
      );
    chart.on("plotly_click", ({ points }) => {
      const [activation, seed] = points[0].customdata;
      pick(about.subjects.includes(activation) ? "a" : "b", activation, seed);
    });
  }
}

/** Return the runs of activations with a value: their activation, seed, label, colour, and values. */
function runsWith(names, ...columns) {
  return names.flatMap((activation) =>
    study.seeds.flatMap((seed) => {
      const found = columns.map((column) => column[runIndex(activation, seed)]);
      if (found.includes(null)) return [];
      const { label, family } = activations.get(activation);
      return [{ activation, seed, label, color: study.colors[family], values: found }];
    }),
  );
}

function points(runs, x, y, symbol) {
  return {
    x,
    y,
    mode: "markers",
    customdata: runs.map(({ activation, seed }) => [activation, seed]),
    text: runs.map(({ label, seed }) => `${plain(label)}, seed ${seed}`),
    hovertemplate: "%{text}<br>%{y:.4g}<extra></extra>",
    marker: { size: 7, symbol, color: runs.map(({ color }) => color) },
  };
}

const chartLayout = (more) => ({
  ...LAYOUT,
  margin: { l: 56, r: 10, t: 34, b: 50 },
  ...more,
});
const chartTitle = (text) => ({ text, x: 0, xanchor: "left", font: { ...FONT, size: 13 } });

/** Draw one column of points for each activation, those that the statement is about filled. */
function drawColumns(chart, about, column, title) {
  const names = [...about.subjects, ...about.comparators];
  const groups = [
    [about.subjects, "circle"],
    [about.comparators, "circle-open"],
  ].map(([some, symbol]) => {
    const runs = runsWith(some, column);
    const place = ({ activation, seed }) =>
      names.indexOf(activation) + (study.seeds.indexOf(seed) - (study.seeds.length - 1) / 2) * jitter;
    return points(
      runs,
      runs.map(place),
      runs.map(({ values }) => values[0]),
      symbol,
    );
  });
  const x = {
    ...LINE,
    tickvals: names.map((_, i) => i),
    ticktext: names.map((name) => plain(activations.get(name).label)),
    range: [-0.6, names.length - 0.4],
    tickangle: names.length > FEW ? -60 : 0,
  };
  const layout = chartLayout({ title: chartTitle(title), xaxis: x, yaxis: GRID });
  layout.margin.b = names.length > FEW ? 90 : 40;
  Plotly.newPlot(chart, groups, layout, PLOT);
}

/** Draw two quantities of all runs against each other. */
function drawScatter(chart, about, columns, titles) {
  const runs = runsWith(about.subjects, ...columns);
  const layout = chartLayout({
    title: chartTitle(titles[1]),
    xaxis: { ...GRID, title: { text: titles[0], standoff: 6 } },
    yaxis: GRID,
  });
  Plotly.newPlot(
    chart,
    [
      points(
        runs,
        runs.map(({ values }) => values[0]),
        runs.map(({ values }) => values[1]),
        "circle",
      ),
    ],
    layout,
    PLOT,
  );
}
