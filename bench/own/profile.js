// A large profile in YAML: how long it takes to read, to read again, and what its rules cost.
import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { createFlags, defineFlags } from "../../dist/index.js";
import { murmur3 } from "../lib/murmur3.js";
import { watchingLoop } from "./lib/event-loop.js";
import { profiledDefinitions, profileText } from "./lib/profile-text.js";
import { contexts, PLAIN, seedOf, verify } from "./lib/questions.js";
import { median, quick, short, times } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall } from "./lib/time.js";

const FLAGS = quick ? 400 : 10_000;
const FILE = "burgee.yaml";
const RELOADS = quick ? 1 : 4;
/** A process takes many seconds, and tells the worst of its reloads. */
const ROUNDS = 3;
/** How many evaluations are made in each turn of the event loop. */
const A_TURN = 1_000;
/** How long the loop is looked at with nothing to do but these, in milliseconds. */
const IDLE = quick ? 50 : 500;
/** One flag of each kind, somewhere in the middle. */
const [BOOLEAN, ROLLOUT, EXPERIMENT, CONDITION] = Object.keys(profiledDefinitions(FLAGS)).slice(FLAGS / 2);
const ASKED = { W2: "a rollout", W3: "an experiment", W4: "a condition" };

const cases = {
  load: { measure: measureLoad },
  "one changed": {
    measure: () => measureReload((turn) => (index) => (index === FLAGS / 2 ? turn : 0)),
    rounds: ROUNDS,
  },
  "all changed": { measure: () => measureReload((turn) => () => turn), rounds: ROUNDS },
  "from code": { measure: () => measureAnswers(createFlags(defineFlags(profiledDefinitions(FLAGS, true)), PLAIN)) },
  "from YAML": { measure: () => measureAnswers(loaded()) },
};

await benchmark(import.meta.url, cases, (figures) => ({
  title: `${FLAGS.toLocaleString("en")} flags from YAML`,
  text:
    "Booleans, rollouts, experiments and conditions, a quarter each. The first load is synchronous; a reload is not, " +
    `and while it runs, ${A_TURN.toLocaleString("en")} evaluations are made in every turn of the event loop: how long it ` +
    "is held is the longest time from one turn to the next, in the worst of several reloads. Last, the same rules from " +
    "YAML and from code.",
  columns: ["what", "figure", "floor", "× floor", "the floor is"],
  rows: [...loadRows(figures.load), ...reloadRows(figures), ...answerRows(figures)],
}));

function loaded() {
  writeFileSync(FILE, profileText(FLAGS));
  return createFlags(defineFlags(profiledDefinitions(FLAGS)), { ...PLAIN, profile: FILE });
}

function milliseconds(work) {
  const begun = performance.now();
  const result = work();
  return [performance.now() - begun, result];
}

/** burgee first, in a fresh process: a load at start finds nothing warm. What the package is known by is told after it. */
async function measureLoad() {
  const text = profileText(FLAGS);
  writeFileSync(FILE, text);
  const registry = defineFlags(profiledDefinitions(FLAGS));
  const [load, flags] = milliseconds(() => createFlags(registry, { ...PLAIN, profile: FILE }));
  if (flags.evaluate(ROLLOUT).source !== "profile") throw new Error("the profile was not read");
  return { load, ...(await measureParsers(text)) };
}

/** The yaml package on its own, with the places of all nodes; and the same data by JSON.parse. */
async function measureParsers(text) {
  const { LineCounter, parseDocument } = await import("yaml");
  const options = () => ({ lineCounter: new LineCounter(), uniqueKeys: false });
  const [yaml, document] = milliseconds(() => parseDocument(text, options()));
  const json = JSON.stringify(document.toJS());
  const [floor] = milliseconds(() => JSON.parse(json));
  return { yaml, floor };
}

/** Reloads to another text and back, with evaluations all the while. */
async function measureReload(textOf) {
  const flags = loaded();
  const inputs = contexts();
  let at = 0;
  let off = 0;
  const evaluate = () => {
    for (let i = 0; i < A_TURN; i++) {
      at = at + 1 === inputs.length ? 0 : at + 1;
      if (!flags.isEnabled(ROLLOUT, inputs[at])) off++;
    }
  };
  for (let i = 0; i < 20; i++) evaluate();
  const idle = await watchingLoop(() => new Promise((resolve) => setTimeout(resolve, IDLE)), evaluate);
  const reloads = [];
  for (let turn = 1; turn <= RELOADS; turn++) {
    writeFileSync(FILE, profileText(FLAGS, textOf(turn)));
    reloads.push(await watchingLoop(() => flags.reload(), evaluate));
    if (flags.isEnabled(BOOLEAN) !== (turn % 2 === 0)) throw new Error("a reload changed nothing");
  }
  if (off === 0) throw new Error("nothing was evaluated");
  const worst = (key) => Math.max(...reloads.map((reload) => reload[key]));
  const perSecond = ({ turns, total }) => (turns * A_TURN * 1_000) / total;
  return {
    total: median(reloads.map(({ total }) => total)),
    hold: worst("hold"),
    delay: worst("delay"),
    perSecond: median(reloads.map(perSecond)),
    "idle hold": idle.hold,
    "idle delay": idle.delay,
    "idle perSecond": perSecond(idle),
  };
}

async function measureAnswers(flags) {
  const asked = {
    W2: (context) => flags.isEnabled(ROLLOUT, context),
    W3: (context) => flags.resolveVariant(EXPERIMENT, context),
    W4: (context) => flags.isEnabled(CONDITION, context),
  };
  const seeds = { rollout: seedOf(ROLLOUT, "rollout"), variant: seedOf(EXPERIMENT, "variant") };
  const countries = new Set(["DE", "FR"]);
  const raw = {
    W2: ({ userId }) => murmur3(userId, seeds.rollout) < 2 ** 30,
    W3: ({ userId }) => {
      const hash = murmur3(userId, seeds.variant);
      return hash < 2 ** 31 ? "A" : hash < 3 * 2 ** 30 ? "B" : "C";
    },
    W4: ({ country, plan }) => countries.has(country) && plan === "pro",
  };
  const inputs = contexts();
  verify(asked, raw, inputs);
  const told = {};
  for (const key of Object.keys(asked)) {
    told[key] = await nsPerCall(asked[key], inputs);
    told[`${key} floor`] = await nsPerCall(raw[key], inputs);
  }
  await flags.close();
  return told;
}

function loadRows({ load, yaml, floor }) {
  const json = "`JSON.parse` of the same data";
  return [
    ["first load", `${short(load)} ms`, `${short(floor)} ms`, times(load, floor), json],
    ["the yaml package alone", `${short(yaml)} ms`, `${short(floor)} ms`, times(yaml, floor), json],
  ];
}

function reloadRows(figures) {
  return ["one changed", "all changed"].flatMap((name) => {
    const told = figures[name];
    const beside = (key, unit) => [
      `${short(told[key])}${unit}`,
      `${short(told[`idle ${key}`])}${unit}`,
      times(told[key], told[`idle ${key}`]),
      "the same with no reload",
    ];
    return [
      [`reload, ${name}`, `${short(told.total)} ms`, "–", "–", "–"],
      ["– the event loop is held for", ...beside("hold", " ms")],
      ["– a timer is late by", ...beside("delay", " ms")],
      ["– evaluations a second", ...beside("perSecond", "")],
    ];
  });
}

function answerRows(figures) {
  return Object.entries(ASKED).flatMap(([key, what]) =>
    ["from code", "from YAML"].map((name) => {
      const { [key]: ns, [`${key} floor`]: floor } = figures[name];
      return [`${key}, ${what}, ${name}`, `${short(ns)} ns`, `${short(floor)} ns`, times(ns, floor), "written by hand"];
    }),
  );
}
