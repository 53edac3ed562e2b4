// One panel: the choice of a run, its polygon and numbers at a step, and its curves over training.

/** Offer protocols, activations and seeds in the selects that an element has. */
function fillChoices(parent) {
  const into = (name) => parent.querySelector(`select.${name}`);
  protocols.forEach((protocol, i) => into("protocol").append(new Option(protocolText(protocol), i)));
  for (const family of Object.keys(study.colors)) {
    const rows = study.activations.filter((row) => row.family === family);
    if (!rows.length) continue;
    const options = rows.map((row) => new Option(row.label, row.name));
    into("activation").append(element("optgroup", { label: family }, ...options));
  }
  into("seed")?.append(...study.seeds.map((seed) => new Option(seed, seed)));
}

class Panel {
  /** Build the controls of a panel; `changed` is called when its choice changes, `asked` when a step is asked for. */
  constructor(letter, changed, asked) {
    this.element = byId("panel").content.firstElementChild.cloneNode(true);
    this.element.id = `panel-${letter}`;
    this.letter = letter.toUpperCase();
    this.find = (selector) => this.element.querySelector(selector);
    fillChoices(this.element);
    for (const select of this.element.querySelectorAll("select"))
      select.addEventListener("change", () => changed(this.chosen()));
    byId("panels").append(this.element);
    this.asked = asked;
    this.polygon = square("");
    this.find(".polygon").append(this.polygon, element("small"));
  }

  chosen() {
    const { training, sampler } = protocols[this.find(".protocol").value];
    return { training, sampler, activation: this.find(".activation").value, seed: Number(this.find(".seed").value) };
  }

  /** Show a run; its step is shown by `move`. */
  choose(choice) {
    this.choice = choice;
    this.preset = study.training[choice.training];
    this.llc = this.preset.llc[choice.sampler];
    this.run = runIndex(choice.activation, choice.seed);
    const { label, family } = activations.get(choice.activation);
    this.label = label;
    this.find(".protocol").value = protocols.indexOf(findProtocol(choice));
    this.find(".activation").value = choice.activation;
    this.find(".seed").value = choice.seed;
    this.find("h3").textContent = `${this.letter}: ${label}, seed ${choice.seed}`;
    coloured(this.element, family);
    this.extent = ROOM * longest(this.preset, this.run);
    this.note();
    drawCurves(this);
  }

  fact(name) {
    return this.preset.facts[name][this.run];
  }

  /** Say why values are missing, where they are. */
  note() {
    const status = this.fact("status");
    const texts = [];
    if (status === null) texts.push(`There is no such run in this study: every value is shown as ${MISSING}.`);
    else if (status !== "ok") {
      const step = stepText(this.fact("diverged_step"));
      texts.push(
        `This run diverged: from step ${step} on its weights are not finite, and values are shown as ${MISSING}.`,
      );
    }
    if (this.preset.plane) texts.push(this.preset.plane);
    this.find(".note").textContent = texts.join(" ");
    this.find(".note").hidden = !texts.length;
  }

  /** Return the values at a step: of the nearest recorded step, and of the LLC's nearest checkpoint. */
  at(step) {
    const { preset, run, llc } = this;
    const i = nearest(preset.steps, step);
    const checkpoint = nearest(llc.steps, preset.steps[i]);
    const countOf = (name) => ofRun(preset.counts[name], run, preset.steps.length)[i];
    const place = run * llc.steps.length + checkpoint;
    return {
      index: i,
      step: preset.steps[i],
      loss: ofRun(preset.loss, run, preset.lossSteps.length)[nearest(preset.lossSteps, preset.steps[i])],
      llc: llc.values[place],
      status: llc.statuses[place],
      checkpoint: llc.steps[checkpoint],
      represented: countOf("n_represented"),
      recovered: countOf("n_recovered"),
      corners: countOf("polygon"),
    };
  }

  /** Show the run at a step; `extent` is half the side of the polygon's square. */
  move(step, extent) {
    this.now = this.at(step);
    this.draw(extent);
    this.tabulate(this.now);
    drawCursor(this, this.now);
  }

  /** Draw the directions at the shown step, or say why there are none. */
  draw(half) {
    const { preset, run, now } = this;
    const W = directions(preset, run, now.index);
    const radius = referenceRadius(half);
    const { nInitial } = preset;
    if (W) drawShape(this.polygon, W, recoveredOf(preset, run, now.index), { half, nInitial, radius, isTitled: true });
    else this.polygon.replaceChildren();
    const missing = this.fact("status") === null ? "no such run" : "diverged";
    this.find(".polygon small").textContent = W ? `circle: radius ${tickText(radius)}` : missing;
    const what = W ? `${now.recovered} of ${W.length} features are recovered` : missing;
    this.polygon.setAttribute("aria-label", `Feature directions of ${this.label} at step ${now.step}: ${what}.`);
  }

  /** Return the values at a step in one sentence. */
  sentence() {
    const { loss, llc, recovered } = this.now;
    return `${this.letter}, ${this.label}: loss ${number(loss)}, LLC ${number(llc)}, recovered features ${count(recovered)}.`;
  }

  tabulate(now) {
    const of = (value) => (value === NO_COUNT ? "" : `of ${this.preset.nFeatures} features`);
    const [drop, onset, order] = ["drop_start", "onset", "order"].map((name) => this.fact(name));
    const stage = this.preset.stages.findLast(([run, step]) => run === this.run && step <= now.step);
    const rows = [
      ["loss", "Loss (MSE)", number(now.loss), ""],
      ["llc", "LLC", number(now.llc), this.llcText(now)],
      ["represented", "Represented", count(now.represented), of(now.represented)],
      ["recovered", "Recovered", count(now.recovered), of(now.recovered)],
      ["corners", "Corners", count(now.corners), "of the hull of represented directions"],
      ...(stage ? [["stage", "Near", stage[2] ?? MISSING, stage[2]?.startsWith(stage[3]) ? "" : (stage[3] ?? "")]] : []),
      ["drop", "Largest drop", drop === null ? MISSING : `steps ${stepText(drop)} to ${stepText(this.fact("drop_end"))}`, ""],
      ["onset", "Onset", onset === null ? MISSING : `step ${stepText(onset)}`, order ? `${order} that drop` : ""],
      ["end", "Ended", this.fact("end_status") ?? MISSING, ""],
    ];
    this.find("caption").textContent = `At step ${stepText(now.step)}`;
    this.find("tbody").replaceChildren(
      ...rows.map(([name, title, value, detail]) =>
        element(
          "tr",
          { "data-value": name },
          element("th", { scope: "row" }, title),
          element("td", {}, element("b", {}, value), detail ? element("small", {}, detail) : ""),
        ),
      ),
    );
  }

  llcText(now) {
    if (now.status === NO_COUNT) return "no estimate";
    const readable = now.status === READABLE ? "may be read" : `may not be read: ${study.statuses[now.status]}`;
    return `at step ${stepText(now.checkpoint)}, ${readable}`;
  }
}
