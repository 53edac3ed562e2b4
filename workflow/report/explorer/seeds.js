// One activation: how its seeds end under every procedure, and its seeds side by side at one step.

/** Show the activation of a run; `pick(seed)` shows one of its runs. */
function showSeeds({ training, sampler, activation }, pick) {
  const { label, family } = activations.get(activation);
  const preset = study.training[training];
  const models = endsOf(training, activation);
  byId("seeds-title").textContent = `${label}: one function, many seeds`;
  const section = coloured(byId("seeds"), family);
  section.querySelector(".protocol").value = protocols.indexOf(findProtocol({ training, sampler }));
  section.querySelector(".activation").value = activation;
  const texts = [`All seeds of ${label} on one another.`, `The run of ${label} with the median count of recovered features.`];
  byId("grown").replaceChildren(
    ...(models.length
      ? [cloud(models, texts[0]), portrait(withMedianCount(models), texts[1])]
      : [element("p", { class: "note" }, "No run of it ended with finite weights.")]),
  );
  byId("ends").replaceChildren(endsTable(activation));
  byId("grid").replaceChildren(
    ...study.seeds.map((seed) => {
      const drawing = square("");
      drawing.setAttribute("aria-hidden", "true");
      const button = element("button", { type: "button", "data-seed": String(seed) }, drawing, element("span"));
      button.addEventListener("click", () => pick(seed));
      const run = runIndex(activation, seed);
      Object.assign(button, { run, half: ROOM * longest(preset, run) });
      return button;
    }),
  );
  const more = study.allSeeds.length - study.seeds.length;
  byId("grid-guide").textContent =
    "Each drawing is a run at the step above, on the scale of its longest direction; a click opens its curves." +
    (more > 0 ? ` The first ${study.seeds.length} of ${study.allSeeds.length} seeds are recorded here over training.` : "");
}

/** Show all seeds of the activation at a step. */
function moveSeeds({ training }, step) {
  const preset = study.training[training];
  const at = nearest(preset.steps, step);
  for (const button of byId("grid").children) {
    const { run, half } = button;
    const W = directions(preset, run, at);
    const recovered = ofRun(preset.counts.n_recovered, run, preset.steps.length)[at];
    const drawing = button.querySelector("svg");
    if (W) drawShape(drawing, W, recoveredOf(preset, run, at), { half, nInitial: preset.nInitial });
    else drawing.replaceChildren();
    const missing = preset.facts.status[run] === null ? "no such run" : "diverged";
    const text = `seed ${button.dataset.seed}: ${W ? `${count(recovered)} recovered` : missing}`;
    button.querySelector("span").textContent = text;
    button.setAttribute("aria-label", `${text}. Open this run.`);
  }
}

/** Return how an activation's runs end under every training preset, beside the best possible. */
function endsTable(activation) {
  const rows = Object.keys(study.training).map((training) => {
    const models = endsOf(training, activation);
    const best = bestOf(training, activation);
    const recovered = models.map((model) => model.recovered);
    const lossText = (value) => (value !== null && value < SMALLEST ? "0" : number(value));
    return [
      element("th", { scope: "row" }, trainingText(training)),
      rangeText(recovered),
      count(median(recovered)),
      count(best.recovered),
      lossText(median(models.map(({ loss }) => loss))),
      lossText(best.loss),
      String(models.length),
    ];
  });
  const headings = ["Ends", "Recovered", "Median", "Best answer", "Median loss", "Lowest", "Runs"];
  return table(headings, rows, "Recovered features and loss (MSE) after training");
}
