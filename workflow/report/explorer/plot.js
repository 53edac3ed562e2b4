// How all plots look.

const PLOT = { displayModeBar: false, responsive: true };
const FONT = { family: "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", size: 12, color: study.inks.ink };
const LINE = { fixedrange: true, zeroline: false, showgrid: false, linecolor: "#555", ticks: "outside", ticklen: 4 };
const LAYOUT = { autosize: true, dragmode: false, showlegend: false, hovermode: "closest", font: FONT };

/** Return a step's place on the axis: decades of step + 1. */
const time = (step) => Math.log10(step + 1);
