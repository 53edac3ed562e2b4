// One panel: the choice of a run, its polygon and numbers at a step, and its curves over training.

const ROOM = 1.12; // half the side of the polygon's square over the longest direction

class Panel {
  /** Build the controls of a panel; `changed` is called when its choice changes, `asked` when a step is asked for. */
  constructor(letter, changed, asked) {
    this.element = document.getElementById("panel").content.firstElementChild.cloneNode(true);
    this.element.id = `panel-${letter}`;
    this.letter = letter.toUpperCase();
    this.find = (selector) => this.element.querySelector(selector);
    this.fill();
    for (const select of this.element.querySelectorAll("select")) {
      select.addEventListener("change", () => changed(this.chosen()));
    }
    document.getElementById("panels").append(this.element);
    this.asked = asked;
  }

  /** Offer what can be chosen. */
  fill() {
    protocols.forEach((protocol, i) => this.find(".protocol").append(new Option(protocolText(protocol), i)));
    for (const family of Object.keys(study.colors)) {
      const rows = study.activations.filter((row) => row.family === family);
      if (!rows.length) continue;
      const options = rows.map((row) => new Option(row.label, row.name));
      this.find(".activation").append(element("optgroup", { label: family }, ...options));
    }
    this.find(".seed").append(...study.seeds.map((seed) => new Option(seed, seed)));
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
    this.color = study.colors[activations.get(choice.activation).family];
    this.label = activations.get(choice.activation).label;
    this.find(".protocol").value = protocols.indexOf(findProtocol(choice));
    this.find(".activation").value = choice.activation;
    this.find(".seed").value = choice.seed;
    this.find("h3").textContent = `${this.letter}: ${this.label}, seed ${choice.seed}`;
    this.element.style.setProperty("--family", this.color);
    this.extent = ROOM * this.longest();
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

  /** Return the length of the longest direction over all of training, 1 without any. */
  longest() {
    const lengths = this.preset.steps.flatMap((_, at) =>
      (directions(this.preset, this.run, at) ?? []).map(([x, y]) => Math.hypot(x, y)),
    );
    return lengths.reduce((most, length) => Math.max(most, length), 0) || 1;
  }

  /** Return the values at a step: of the nearest recorded step, and of the LLC's nearest checkpoint. */
  at(step) {
    const { preset, run, llc } = this;
    const i = nearest(preset.steps, step);
    const checkpoint = nearest(llc.steps, preset.steps[i]);
    const count = (name) => ofRun(preset.counts[name], run, preset.steps.length)[i];
    const place = run * llc.steps.length + checkpoint;
    return {
      index: i,
      step: preset.steps[i],
      loss: ofRun(preset.loss, run, preset.lossSteps.length)[nearest(preset.lossSteps, preset.steps[i])],
      llc: llc.values[place],
      status: llc.statuses[place],
      checkpoint: llc.steps[checkpoint],
      represented: count("n_represented"),
      recovered: count("n_recovered"),
      corners: count("polygon"),
    };
  }

  /** Show the run at a step; `extent` is half the side of the polygon's square. */
  move(step, extent) {
    const now = this.at(step);
    this.now = now;
    drawPolygon(this, directions(this.preset, this.run, now.index), extent, now);
    this.tabulate(now);
    drawCursor(this, now);
  }

  /** Return the values at a step in one sentence. */
  sentence() {
    const { loss, llc, represented } = this.now;
    const features = represented === NO_COUNT ? MISSING : represented;
    return `${this.letter}, ${this.label}: loss ${number(loss)}, LLC ${number(llc)}, represented features ${features}.`;
  }

  tabulate(now) {
    const count = (value) => (value === NO_COUNT ? MISSING : String(value));
    const of = (value) => (value === NO_COUNT ? "" : `of ${this.preset.nFeatures} features`);
    const order = this.fact("order");
    const drop = this.fact("drop_start");
    const rows = [
      ["loss", "Loss (MSE)", number(now.loss), ""],
      ["llc", "LLC", number(now.llc), this.llcText(now)],
      ["represented", "Represented", count(now.represented), of(now.represented)],
      ["recovered", "Recovered", count(now.recovered), of(now.recovered)],
      ["corners", "Hull corners", count(now.corners), ""],
      [
        "drop",
        "Largest drop",
        drop === null ? MISSING : `steps ${stepText(drop)} to ${stepText(this.fact("drop_end"))}`,
        "",
      ],
      [
        "onset",
        "Onset",
        this.fact("onset") === null ? MISSING : `step ${stepText(this.fact("onset"))}`,
        order ? `${order} that drop` : "",
      ],
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
    const readable = now.status === 0 ? "may be read" : `may not be read: ${study.statuses[now.status]}`;
    return `at step ${stepText(now.checkpoint)}, ${readable}`;
  }
}
