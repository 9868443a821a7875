// What listeners, counters, files and ambient contexts add to an evaluation, and what the other ways of asking cost.
import { createFlags, defineFlags, flag } from "../../dist/index.js";
import { murmur3 } from "../lib/murmur3.js";
import { ROLLOUT } from "../lib/workloads.js";
import { asks, CONSTANT, contexts, flagsOfSize, floors, PLAIN, seedOf, verify } from "./lib/questions.js";
import { quick, short, times } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall, sink } from "./lib/time.js";

const FLAGS = 100;
const ALL = 1_000;
/** Of those, how many are rollouts in the mixed set. */
const ROLLOUTS = 100;
/** More units than the window of exposures holds, so that each is new when it comes again. */
const NEW_UNITS = quick ? 20_000 : 200_000;

const PLAINLY = "nothing else";
/** Each is a state of the flags; the constant and the rollout are asked in it. */
const SITUATIONS = {
  [PLAINLY]: () => measure(flagsOfSize(FLAGS)),
  "an exposure listener, units seen before": () => measureExposed(contexts(1_000)),
  "an exposure listener, a new unit each call": () => measureExposed(contexts(NEW_UNITS)),
  "a counter": measureCounted,
  "an audit file, a sink and 10 listeners": measureAudited,
  "runWithContext was used before": measureAfterAmbient,
  "inside runWithContext": measureInsideAmbient,
  "through a snapshot": () => measure(flagsOfSize(FLAGS), (flags) => asks(flags.snapshot({}))),
  "by evaluate": () => measure(flagsOfSize(FLAGS), byEvaluate),
  "by explain": () => measure(flagsOfSize(FLAGS), byExplain, 64),
};
const WHOLES = {
  [`getAllFlags of ${ALL.toLocaleString("en")} constants`]: () => measureAll(0),
  [`getAllFlags of ${(ALL - ROLLOUTS).toLocaleString("en")} constants, ${ROLLOUTS} rollouts`]: () =>
    measureAll(ROLLOUTS),
  [`snapshot of ${ALL.toLocaleString("en")} flags`]: measureSnapshot,
};

const cases = Object.entries({ ...SITUATIONS, ...WHOLES }).map(([name, how]) => [name, { measure: how }]);

await benchmark(import.meta.url, Object.fromEntries(cases), (figures) => {
  const shown = Object.keys(SITUATIONS).filter((name) => "W1" in figures[name]);
  const evaluation = (key, name) => {
    const { [key]: ns, [`${key} floor`]: floor } = figures[name];
    return [`${key}, ${name}`, short(ns), short(floor), times(ns, floor), times(ns, figures[PLAINLY][key])];
  };
  const whole = (name) => [
    name,
    short(figures[name].ns),
    short(figures[name].floor),
    times(figures[name].ns, figures[name].floor),
    "–",
  ];
  return {
    title: "Listeners, snapshots and other ways of asking",
    text:
      "W1 (a constant) and W2 (a rollout of 25 %) with one thing more each time, in nanoseconds, beside the raw floor " +
      `and beside the same without it. The floor of \`getAllFlags\` is a copy of an object of ${ALL} values with the ` +
      "hashes written over it; that of `snapshot` is a copy of the context.",
    columns: ["what", "ns", "floor ns", "× floor", "× without"],
    rows: [
      ...["W1", "W2"].flatMap((key) => shown.map((name) => evaluation(key, name))),
      ...Object.keys(WHOLES).map(whole),
    ],
  };
});

/** The two workloads of these flags, asked in some way. */
async function measure(flags, waysOf = asks, calls = undefined, inputs = contexts()) {
  const { W1, W2 } = waysOf(flags);
  const { W1: rawConstant, W2: rawRollout } = floors(FLAGS);
  verify(asks(flags), floors(FLAGS), inputs);
  verify({ W1, W2 }, { W1: rawConstant, W2: rawRollout }, inputs.slice(0, calls));
  const one = inputs.slice(0, 1);
  return {
    W1: await nsPerCall(W1, one, { calls }),
    "W1 floor": await nsPerCall(rawConstant, one),
    W2: await nsPerCall(W2, inputs, { calls }),
    "W2 floor": await nsPerCall(rawRollout, inputs),
  };
}

async function measureExposed(inputs) {
  const flags = flagsOfSize(FLAGS);
  let exposures = 0;
  flags.on("exposure", () => exposures++);
  const told = await measure(flags, asks, undefined, inputs);
  if (exposures < inputs.length) throw new Error("units were given values, and nobody was told");
  return told;
}

/** Nothing where this version does not count. */
async function measureCounted() {
  const flags = flagsOfSize(FLAGS);
  if (typeof flags.countEvaluations !== "function") return {};
  const counter = flags.countEvaluations();
  const told = await measure(flags);
  const counted = counter.read().find((count) => count.flag === ROLLOUT);
  if (!(counted?.count > 0)) throw new Error("evaluations were not counted");
  return told;
}

async function measureAudited() {
  const written = [];
  const sinks = [{ name: "memory", write: (entries) => void written.push(...entries) }];
  const flags = flagsOfSize(FLAGS, { ...PLAIN, audit: { file: "audit.jsonl", sinks } });
  for (let i = 0; i < 10; i++)
    flags.onFlagChanged("*", (change) => {
      sink.last = change;
    });
  flags.setFlag("flag-1", true);
  await flags.flush();
  if (written.length === 0) throw new Error("the sink was told of nothing");
  const told = await measure(flags);
  await flags.close();
  return told;
}

function measureAfterAmbient() {
  const flags = flagsOfSize(FLAGS);
  flags.runWithContext({ userId: "somebody" }, () => flags.isEnabled(ROLLOUT));
  return measure(flags);
}

/** One user, as in a request: nobody gives a context but the ambient one. */
function measureInsideAmbient() {
  const flags = flagsOfSize(FLAGS);
  const [context] = contexts(1);
  const ways = () => ({ W1: () => flags.isEnabled(CONSTANT), W2: () => flags.isEnabled(ROLLOUT) });
  return flags.runWithContext(context, () => measure(flags, ways, undefined, [context]));
}

function byEvaluate(flags) {
  return {
    W1: (context) => flags.evaluate(CONSTANT, context).value,
    W2: (context) => flags.evaluate(ROLLOUT, context).value,
  };
}

function byExplain(flags) {
  return {
    W1: (context) => flags.explain(CONSTANT, context).resolution.value,
    W2: (context) => flags.explain(ROLLOUT, context).resolution.value,
  };
}

/** A constant for each flag but the last ones, which are rollouts of 25 %. */
function manyFlags(rollouts) {
  const entries = Array.from({ length: ALL }, (_, index) => {
    const rule = index < ALL - rollouts ? {} : { rule: { rollout: 25 } };
    return [`flag-${index}`, flag.boolean({ default: "rule" in rule ? false : index % 2 === 0, ...rule })];
  });
  return createFlags(defineFlags(Object.fromEntries(entries)), PLAIN);
}

async function measureAll(rollouts) {
  const flags = manyFlags(rollouts);
  const inputs = contexts();
  // Made anew: a copy of a copy is slower to copy.
  const template = Object.fromEntries(Object.entries(flags.getAllFlags({})));
  const hashed = Object.keys(template)
    .slice(ALL - rollouts)
    .map((name) => ({ name, seed: seedOf(name, "rollout") }));
  const copy = ({ userId }) => {
    const all = { ...template };
    for (const { name, seed } of hashed) all[name] = murmur3(userId, seed) < 2 ** 30;
    return all;
  };
  const asText = (ask) => (context) => JSON.stringify(ask(context));
  verify({ all: asText((context) => flags.getAllFlags(context)) }, { all: asText(copy) }, inputs.slice(0, 100));
  const calls = quick ? 16 : 256;
  const ns = await nsPerCall((context) => flags.getAllFlags(context), inputs, { calls });
  return { ns, floor: await nsPerCall(copy, inputs, { calls }) };
}

async function measureSnapshot() {
  const flags = manyFlags(ROLLOUTS);
  const inputs = contexts();
  return {
    ns: await nsPerCall((context) => flags.snapshot(context), inputs, { calls: 256 }),
    floor: await nsPerCall((context) => ({ ...context }), inputs, { calls: 256 }),
  };
}
