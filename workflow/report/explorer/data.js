// What the page holds: the study, its runs, and how numbers are written.

const byId = (id) => document.getElementById(id);
const study = JSON.parse(byId("study").textContent);

const MISSING = "–";
// Codes of a missing count or status, of weights of a step that are not finite, and of the status of a readable estimate.
const { missing: NO_COUNT, notFinite: NOT_FINITE, readable: READABLE } = study.codes;

/** Return the typed array that a packed text holds: base64 of compressed bytes, the lowest bytes of all values first. */
async function unpack(text, Kind) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = Kind.BYTES_PER_ELEMENT;
  const count = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < count; i += 1) for (let k = 0; k < size; k += 1) bytes[i * size + k] = planes[k * count + i];
  return new Kind(bytes.buffer);
}

/** Unpack weights: from one step to the next only their changes are packed. */
async function unpackWeights(runs, nSteps) {
  const [weights, scale, counted] = await Promise.all([
    unpack(runs.weights, Int16Array),
    unpack(runs.scale, Float32Array),
    unpack(runs.counted, Uint8Array),
  ]);
  for (let i = 0; i < weights.length; i += 1) if (i % nSteps) weights[i] += weights[i - 1];
  Object.assign(runs, { weights, scale, counted, nSteps });
}

async function unpackPreset(preset) {
  preset.ends.nFeatures = preset.nFeatures;
  await unpackWeights(preset, preset.steps.length);
  await unpackWeights(preset.ends, 1);
  preset.loss = await unpack(preset.loss, Float32Array);
  preset.ends.loss = await unpack(preset.ends.loss, Float32Array);
  preset.ends.recovered = await unpack(preset.ends.recovered, Uint8Array);
  for (const name of Object.keys(preset.counts)) preset.counts[name] = await unpack(preset.counts[name], Uint8Array);
  for (const llc of Object.values(preset.llc)) {
    llc.values = await unpack(llc.values, Float32Array);
    llc.statuses = await unpack(llc.statuses, Uint8Array);
  }
}
await Promise.all(Object.values(study.training).map(unpackPreset));

/** Return the ends of the axis of LLC estimates: it holds 0, d/2 and every estimate that may be read. */
function llcRange() {
  let [low, high] = [0, 0];
  for (const { nHidden, nFeatures, llc } of Object.values(study.training)) {
    high = Math.max(high, (nHidden + 1) * nFeatures / 2);
    for (const { values, statuses } of Object.values(llc))
      values.forEach((value, i) => {
        if (statuses[i] === READABLE && Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
      });
  }
  const room = 0.08 * (high - low);
  return [low - room, high + room];
}
study.llcRange = llcRange();

const protocols = study.protocols;
const activations = new Map(study.activations.map((row) => [row.name, row]));
const allSteps = [...new Set(Object.values(study.training).flatMap((preset) => preset.steps))].sort((a, b) => a - b);

/** Return a number with its noun: `1 seed`, `2 seeds`. */
function plural(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Return names as a list: `a`, `a and b`, `a, b and c`. */
function listing(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** Return the position of a run in the arrays of its training preset: of the shown seeds, or of all. */
function runIndex(activation, seed, seeds = study.seeds) {
  return study.activations.findIndex((row) => row.name === activation) * seeds.length + seeds.indexOf(seed);
}

/** Return the index of the step nearest to one, of two equally near ones the earlier. */
function nearest(steps, step) {
  return steps.reduce((best, at, i) => (Math.abs(at - step) < Math.abs(steps[best] - step) ? i : best), 0);
}

/** Return the part of an array that belongs to one run. */
function ofRun(values, run, length) {
  return values.subarray(run * length, (run + 1) * length);
}

/** Return the directions of a run at one of its steps as [x, y] of every feature; null where they are not finite. */
function directions({ weights, scale, nFeatures, nSteps }, run, at) {
  const unit = (xy, i) => weights[((run * 2 + xy) * nFeatures + i) * nSteps + at];
  if (unit(0, 0) === NOT_FINITE) return null;
  return Array.from({ length: nFeatures }, (_, i) => [unit(0, i) * scale[run], unit(1, i) * scale[run]]);
}

/** Return which features of a run are recovered at one of its steps. */
function recoveredOf({ counted, nFeatures, nSteps }, run, at) {
  return Array.from({ length: nFeatures }, (_, i) => counted[(run * nFeatures + i) * nSteps + at] === 1);
}

/** Return the length of the longest direction of a run over all of its steps, 1 without any. */
function longest(runs, run) {
  let most = 0;
  for (let at = 0; at < runs.nSteps; at += 1)
    for (const [x, y] of directions(runs, run, at) ?? []) most = Math.max(most, Math.hypot(x, y));
  return most || 1;
}

/** Return a number as in all documents: three significant digits, whole from 100 on; a dash where it is missing. */
function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toExponential(2)))));
  if (Math.abs(value) >= 1e-4 && exponent <= 6) return value.toFixed(Math.max(0, 2 - exponent)).replace("-", "−");
  const power = [...String(exponent)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])).join("");
  return `${(value / 10 ** exponent).toFixed(2).replace("-", "−")}·10${power}`;
}

/** Return a number of things, which may be a half where it is a median. */
function count(value) {
  return value === null || value === undefined || value === NO_COUNT ? MISSING : String(Number(value.toFixed(1)));
}

/** Return the range of some numbers as text: `4`, `1–5`. */
function rangeText(values) {
  if (!values.length) return MISSING;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? count(low) : `${count(low)}–${count(high)}`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length ? (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2 : null;
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

/** Return a step as printed; a dash where there is none. */
function stepText(step) {
  return step === null ? MISSING : Math.round(step).toLocaleString("en");
}

/** Return an element with attributes and children. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** Return an element in the colour of an activation's family. */
function coloured(made, family) {
  made.style.setProperty("--family", study.colors[family]);
  return made;
}

/** Return the protocol with the presets of another record, undefined without one. */
function findProtocol({ training, sampler }) {
  return protocols.find((protocol) => protocol.training === training && protocol.sampler === sampler);
}

/** Return a protocol as printed. */
function protocolText(protocol) {
  return findProtocol(protocol).label;
}

/** Return a training preset as printed: as the first protocol that has it. */
function trainingText(training) {
  return protocols.find((protocol) => protocol.training === training).label;
}

/** Return how all runs of an activation ended that did not diverge, in the order of seeds. */
function endsOf(training, activation) {
  const { ends } = study.training[training];
  return study.allSeeds.flatMap((seed) => {
    const run = runIndex(activation, seed, study.allSeeds);
    const W = directions(ends, run, 0);
    if (!W || ends.recovered[run] === NO_COUNT) return [];
    return [{ seed, W, counted: recoveredOf(ends, run, 0), recovered: ends.recovered[run], loss: ends.loss[run] }];
  });
}

/** Return the most features that the best answers of an activation recover, and their loss. */
function bestOf(training, activation) {
  const { best } = study.training[training];
  const place = study.activations.findIndex((row) => row.name === activation);
  return { recovered: best.recovered[place], loss: best.loss[place] };
}
