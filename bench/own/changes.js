// What a change costs whoever makes it, and what a day of changes leaves behind.
import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { createFlags, defineFlags, flag } from "../../dist/index.js";
import { flagsOfSize, PLAIN } from "./lib/questions.js";
import { median, quick, short, times } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall, sink } from "./lib/time.js";

const FLAG = "flag-2";
const DEPENDENTS = quick ? 100 : 1_000;
const LISTENERS = 100;
/** As many changes as a thousand a minute make in a day. */
const DAY = quick ? 4_000 : 1_440_000;
const SPAN = DAY < 60_000 ? `${DAY / 1_000} minutes` : `${DAY / 60_000} hours`;
/** Entries that the log in memory keeps. */
const KEPT = quick ? 100 : 10_000;
const TENTHS = 10;
const FILE = "audit.jsonl";
/** Changes made in a row before the file is waited for. */
const BURST = 500;
const BURSTS = quick ? 3 : 40;

const OF_ONE = {
  "setFlag, audited in memory": () => measureChange(flagsOfSize(100)),
  [`setFlag, with ${LISTENERS} listeners`]: measureListened,
  [`setFlag, with ${DEPENDENTS.toLocaleString("en")} dependents`]: measureDependents,
};
const cases = Object.entries(OF_ONE).map(([name, measure]) => [name, { measure }]);

await benchmark(
  import.meta.url,
  { ...Object.fromEntries(cases), file: { measure: measureFile }, day: { measure: measureDay, rounds: 1 } },
  (figures) => ({
    title: "Changes",
    text:
      "A boolean set to another value each time. The floor is what nobody can do without who keeps such a log: a " +
      "`Map.set` for each flag that changes, an entry as JSON that names them, its SHA-256, and a call of each listener. " +
      `Then the heap, after a collection, while ${DAY.toLocaleString("en")} changes are made one after another, as many ` +
      `as a thousand a minute make in ${SPAN}: the log in memory keeps the newest ${KEPT.toLocaleString("en")} entries.`,
    columns: ["what", "figure", "floor", "× floor"],
    rows: [
      ...Object.keys(OF_ONE).map((name) => changeRow(name, figures[name].ns, figures[name].floor)),
      changeRow("setFlag, with an audit file", figures.file.ns, figures.file.floor),
      changeRow("– until it is in the file", figures.file.written, figures.file.floor),
      ...heapRows(figures.day),
    ],
  }),
);

function changeRow(name, ns, floor) {
  return [name, `${short(ns / 1_000)} µs`, `${short(floor / 1_000)} µs`, times(ns, floor)];
}

function heapRows(told) {
  const share = (tenth) => `heap after ${Math.round((DAY * tenth) / TENTHS).toLocaleString("en")} changes`;
  const full = told["heap 1"];
  return Array.from({ length: TENTHS }, (_, index) => {
    const heap = told[`heap ${index + 1}`];
    return [share(index + 1), `${heap.toFixed(2)} MB`, `${full.toFixed(2)} MB after a tenth`, times(heap, full)];
  });
}

/** The floor of a change: what flags are now, an entry chained to the one before, and whoever listens. */
function floorOfChange(names = [FLAG], listeners = []) {
  const values = new Map();
  let hash = "0".repeat(64);
  let sequence = 0;
  return (value) => {
    const affected = names.map((name) => {
      values.set(name, value);
      return { flag: name, from: !value, to: value };
    });
    const entry = { sequence: ++sequence, action: "set", flag: names[0], affected, source: "runtime", before: hash };
    const text = JSON.stringify({ ...entry, at: new Date().toISOString() });
    hash = createHash("sha256").update(text).digest("hex");
    for (const listener of listeners) listener(entry);
    return hash;
  };
}

async function measureChange(flags, floor = floorOfChange(), name = FLAG, calls = quick ? 16 : 256) {
  const change = (value) => {
    if (!flags.setFlag(name, value)) throw new Error("a change changed nothing");
  };
  const inputs = [false, true];
  return { ns: await nsPerCall(change, inputs, { calls }), floor: await nsPerCall(floor, inputs, { calls }) };
}

async function measureListened() {
  const flags = flagsOfSize(100);
  let heard = 0;
  let heardByHand = 0;
  for (let i = 0; i < LISTENERS; i++) flags.onFlagChanged(FLAG, () => heard++);
  const byHand = Array.from({ length: LISTENERS }, () => () => heardByHand++);
  const told = await measureChange(flags, floorOfChange([FLAG], byHand));
  if (heard !== LISTENERS * flags.auditHead().sequence) throw new Error("not every listener heard of every change");
  return told;
}

async function measureDependents() {
  const names = Array.from({ length: DEPENDENTS }, (_, index) => `child-${index}`);
  const children = names.map((name) => [name, flag.boolean({ default: true, dependsOn: ["parent"] })]);
  const definitions = { parent: flag.boolean({ default: true }), ...Object.fromEntries(children) };
  const flags = createFlags(defineFlags(definitions), PLAIN);
  const told = await measureChange(flags, floorOfChange(["parent", ...names]), "parent", 4);
  const affected = flags.getAuditLog()[0]?.affected.length;
  if (affected !== DEPENDENTS + 1) throw new Error(`${affected} flags changed`);
  return told;
}

async function measureFile() {
  const flags = flagsOfSize(100, { ...PLAIN, audit: { file: FILE } });
  const { floor } = await measureChange(flagsOfSize(100));
  const calls = [];
  const written = [];
  let value = true;
  for (let burst = 0; burst < BURSTS; burst++) {
    const begun = performance.now();
    for (let i = 0; i < BURST; i++) {
      value = !value;
      if (!flags.setFlag(FLAG, value)) throw new Error("a change changed nothing");
    }
    calls.push(performance.now() - begun);
    await flags.flush();
    written.push(performance.now() - begun);
  }
  await flags.close();
  const ns = (all) => (median(all) * 1e6) / BURST;
  return { ns: ns(calls), written: ns(written), floor };
}

/** With a listener, and other flags than the last one each time. */
function measureDay() {
  const flags = flagsOfSize(100, { ...PLAIN, audit: { limit: KEPT } });
  flags.onFlagChanged("*", (change) => {
    sink.last = change;
  });
  const names = [...flags.registry.flags.keys()].slice(0, -3);
  const heaps = {};
  let made = 0;
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    const until = Math.round((DAY * tenth) / TENTHS);
    for (; made < until; made++) {
      // Each round over the flags sets all of them to the other value.
      const value = Math.floor(made / names.length) % 2 === 0;
      flags.setFlag(names[made % names.length], value, { actor: "ana", reason: `change ${made}` });
    }
    globalThis.gc();
    heaps[`heap ${tenth}`] = process.memoryUsage().heapUsed / 1e6;
  }
  const { sequence } = flags.auditHead();
  if (sequence !== DAY) throw new Error(`${sequence} of ${DAY} changes were written down`);
  return heaps;
}
