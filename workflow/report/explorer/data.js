// What the page holds: the study, its runs, and how numbers are written.

const byId = (id) => document.getElementById(id);
const study = JSON.parse(byId("study").textContent);

const MISSING = "–";
const NO_COUNT = 255; // a count or status that is missing

/** Return the typed array that base64 text holds, as it was packed. */
function unpack(text, Kind) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return new Kind(bytes.buffer);
}

for (const preset of Object.values(study.training)) {
  preset.weights = unpack(preset.weights, Int16Array);
  preset.scale = unpack(preset.scale, Float32Array);
  preset.loss = unpack(preset.loss, Float32Array);
  for (const name of Object.keys(preset.counts)) preset.counts[name] = unpack(preset.counts[name], Uint8Array);
  for (const llc of Object.values(preset.llc)) {
    llc.values = unpack(llc.values, Float32Array);
    llc.statuses = unpack(llc.statuses, Uint8Array);
  }
}

const activations = new Map(study.activations.map((row) => [row.name, row]));
const allSteps = [...new Set(Object.values(study.training).flatMap((preset) => preset.steps))].sort((a, b) => a - b);

/** Return a number with its noun: `1 seed`, `2 seeds`. */
function plural(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Return names behind their noun: `preset a`, `presets a and b`. */
function named(noun, names) {
  return `${noun}${names.length === 1 ? "" : "s"} ${names.join(" and ")}`;
}

/** Return the position of a run in the arrays of its training preset. */
function runIndex(activation, seed) {
  const place = study.activations.findIndex((row) => row.name === activation);
  return place * study.seeds.length + study.seeds.indexOf(seed);
}

/** Return the index of the step nearest to one, of two equally near ones the earlier. */
function nearest(steps, step) {
  return steps.reduce((best, at, i) => (Math.abs(at - step) < Math.abs(steps[best] - step) ? i : best), 0);
}

/** Return the part of an array that belongs to one run. */
function ofRun(values, run, length) {
  return values.subarray(run * length, (run + 1) * length);
}

/** Return the directions of a run at a recorded step as [x, y] of every feature; null where they are not finite. */
function directions(preset, run, at) {
  const n = preset.nFeatures;
  const place = run * preset.steps.length + at;
  const scale = preset.scale[place];
  if (!Number.isFinite(scale)) return null;
  const units = preset.weights.subarray(place * 2 * n, (place + 1) * 2 * n);
  return Array.from({ length: n }, (_, i) => [units[i] * scale, units[n + i] * scale]);
}

/** Return a number as in all documents: three significant digits, whole from 100 on; a dash where it is missing. */
function number(value) {
  if (value === null || !Number.isFinite(value)) return MISSING;
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toExponential(2)))));
  if (Math.abs(value) >= 1e-4 && exponent <= 6) return value.toFixed(Math.max(0, 2 - exponent)).replace("-", "−");
  const power = [...String(exponent)].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])).join("");
  return `${(value / 10 ** exponent).toFixed(2).replace("-", "−")}·10${power}`;
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

/** Return a protocol as printed. */
function protocolText(protocol) {
  return findProtocol(protocol).label;
}

const protocols = study.protocols;

/** Return the protocol with the presets of another record, undefined without one. */
function findProtocol({ training, sampler }) {
  return protocols.find((one) => one.training === training && one.sampler === sampler);
}
