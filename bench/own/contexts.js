// Nothing is remembered from call to call: the same figures whoever is asked about, and what a call allocates.
import { createFlags, defineFlags } from "../../dist/index.js";
import { EXPERIMENT, ROLLOUT, TARGETING } from "../lib/workloads.js";
import { bytesPerCall } from "./lib/bytes.js";
import { murmur3OfUtf8 } from "./lib/murmur3-utf8.js";
import { asks, CONSTANT, contexts, definitions, flagsOfSize, floors, PLAIN, seedOf, verify } from "./lib/questions.js";
import { median, quick, short, times, wholeBytes } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall } from "./lib/time.js";

const FLAGS = 100;
const MANY_USERS = quick ? 20_000 : 1_000_000;
const HASHED = ["W2", "W3"];
/** How often a change comes between two measurements, and how long each is, in milliseconds. */
const CHANGES = quick ? 3 : 9;
const BETWEEN = quick ? 5 : 30;

/** Ids of about 12 characters, by the bytes that UTF-8 takes for most of them. */
const ALPHABETS = {
  ASCII: (n) => `user-${n}`,
  "Latin-1": (n) => `usér-${n}`,
  Cyrillic: (n) => `имярек-${n}`,
  CJK: (n) => `用户编号-${n}`,
  emoji: (n) => `👩‍🚀🚀-${n}`,
};

const METHODS = {
  "isEnabled, a constant": (flags) => (context) => flags.isEnabled(CONSTANT, context),
  "isEnabled, a rollout": (flags) => (context) => flags.isEnabled(ROLLOUT, context),
  "isEnabled, a targeting rule": (flags) => (context) => flags.isEnabled(TARGETING, context),
  resolveVariant: (flags) => (context) => flags.resolveVariant(EXPERIMENT, context),
  value: (flags) => (context) => flags.value(EXPERIMENT, context),
  evaluate: (flags) => (context) => flags.evaluate(EXPERIMENT, context),
  [`getAllFlags, ${FLAGS} flags`]: (flags) => (context) => flags.getAllFlags(context),
  "snapshot, and a rollout": (flags) => (context) => flags.snapshot(context).isEnabled(ROLLOUT),
};

const SITUATIONS = {
  "one context, reused": () => measureHashed(flagsOfSize(FLAGS), contexts(1)),
  "a new context object each call": measureFresh,
  [`${MANY_USERS.toLocaleString("en")} users in turn`]: () => measureHashed(flagsOfSize(FLAGS), contexts(MANY_USERS)),
  "default options": () => measureHashed(createFlags(defineFlags(definitions(FLAGS))), contexts()),
  "a change between measurements": measureAmongChanges,
};

const cases = Object.fromEntries(Object.entries(SITUATIONS).map(([name, measure]) => [name, { measure }]));

await benchmark(
  import.meta.url,
  { ...cases, ids: { measure: measureIds }, methods: { measure: measureMethods } },
  (figures) => ({
    title: "Whoever is asked about",
    text:
      "W2 (a rollout of 25 %) and W3 (an experiment of three) among 100 flags, with contexts and options of several " +
      "kinds; then a rollout by ids beyond ASCII, whose floor is a hash over their UTF-8 by hand; then what one call of " +
      "each method allocates (a new context object is the caller's own). The changes are `setRule` and `resetFlag` of " +
      "the flag that is asked, and `setFlag` of another.",
    columns: ["what", "ns", "floor ns", "× floor", "bytes a call"],
    rows: [
      ...Object.keys(SITUATIONS).flatMap((name) => HASHED.map((key) => timed(`${key}, ${name}`, figures[name], key))),
      ...Object.keys(ALPHABETS).map((name) => timed(`W2, ids in ${name}`, figures.ids, name)),
      ...Object.keys(METHODS).map((name) => [name, "–", "–", "–", wholeBytes(figures.methods[name])]),
    ],
  }),
);

function timed(what, told, key) {
  const { [key]: ns, [`${key} floor`]: floor, [`${key} bytes`]: bytes } = told;
  return [what, short(ns), short(floor), times(ns, floor), bytes === undefined ? "–" : wholeBytes(bytes)];
}

async function measureHashed(flags, inputs) {
  const asked = asks(flags);
  const raw = floors(FLAGS);
  verify(asked, raw, inputs.length < 100 ? contexts() : inputs);
  const told = {};
  for (const key of HASHED) {
    told[key] = await nsPerCall(asked[key], inputs);
    told[`${key} floor`] = await nsPerCall(raw[key], inputs);
    told[`${key} bytes`] = bytesPerCall(asked[key], inputs);
  }
  await flags.close();
  return told;
}

/** Both make the object: it is the caller's, and not burgee's to save. */
async function measureFresh() {
  const flags = flagsOfSize(FLAGS);
  const raw = floors(FLAGS);
  const asked = {
    W2: ({ userId, country, plan }) => flags.isEnabled(ROLLOUT, { userId, country, plan }),
    W3: ({ userId, country, plan }) => flags.resolveVariant(EXPERIMENT, { userId, country, plan }),
  };
  const expected = {
    W2: ({ userId, country, plan }) => raw.W2({ userId, country, plan }),
    W3: ({ userId, country, plan }) => raw.W3({ userId, country, plan }),
  };
  const inputs = contexts();
  verify(asks(flags), raw, inputs);
  verify(asked, expected, inputs);
  const told = {};
  for (const key of HASHED) {
    told[key] = await nsPerCall(asked[key], inputs);
    told[`${key} floor`] = await nsPerCall(expected[key], inputs);
    told[`${key} bytes`] = bytesPerCall(asked[key], inputs);
  }
  return told;
}

async function measureAmongChanges() {
  const flags = flagsOfSize(FLAGS);
  const asked = asks(flags);
  const raw = floors(FLAGS);
  const inputs = contexts();
  verify(asked, raw, inputs);
  const told = {};
  let changes = 0;
  for (const [key, name, rule] of [
    ["W2", ROLLOUT, { rollout: 25 }],
    ["W3", EXPERIMENT, { weights: { A: 50, B: 25, C: 25 } }],
  ]) {
    const figures = [];
    const floor = [];
    for (let change = 0; change < CHANGES; change++) {
      const same = change % 2 === 0 ? flags.setRule(name, rule) : flags.resetFlag(name);
      const other = flags.setFlag("flag-1", changes++ % 2 === 0);
      if (!same || !other) throw new Error("a change changed nothing");
      verify(asked, raw, inputs.slice(0, 100));
      figures.push(await nsPerCall(asked[key], inputs, { milliseconds: BETWEEN }));
      floor.push(await nsPerCall(raw[key], inputs, { milliseconds: BETWEEN }));
    }
    told[key] = median(figures);
    told[`${key} floor`] = median(floor);
  }
  return told;
}

async function measureIds() {
  const flags = flagsOfSize(FLAGS);
  const seed = seedOf(ROLLOUT, "rollout");
  const asked = { W2: (context) => flags.isEnabled(ROLLOUT, context) };
  const { W2: ofAscii } = floors(FLAGS);
  const ofUtf8 = ({ userId }) => murmur3OfUtf8(userId, seed) < 2 ** 30;
  const floorOf = (name) => (name === "ASCII" ? ofAscii : ofUtf8);
  const inputsOf = (idOf) => contexts(1_000).map((context, index) => ({ ...context, userId: idOf(100_000 + index) }));
  const alphabets = Object.entries(ALPHABETS).map(([name, idOf]) => [name, inputsOf(idOf)]);
  for (const [name, inputs] of alphabets) verify(asked, { W2: floorOf(name) }, inputs);
  const told = {};
  for (const [name, inputs] of alphabets) {
    told[name] = await nsPerCall(asked.W2, inputs);
    told[`${name} floor`] = await nsPerCall(floorOf(name), inputs);
    told[`${name} bytes`] = bytesPerCall(asked.W2, inputs);
  }
  return told;
}

async function measureMethods() {
  const flags = createFlags(defineFlags(definitions(FLAGS)), PLAIN);
  const inputs = contexts(1_000);
  verify(asks(flags), floors(FLAGS), inputs);
  const bytes = Object.entries(METHODS).map(([name, of]) => [name, bytesPerCall(of(flags), inputs)]);
  return Object.fromEntries(bytes);
}
