// What asking costs among few and many flags.
import { createFlags, defineFlags } from "../../dist/index.js";
import { asks, contexts, definitions, flagsOfSize, floors, PLAIN, verify, WORKLOADS } from "./lib/questions.js";
import { quick, short, times } from "./lib/report.js";
import { benchmark } from "./lib/rounds.js";
import { nsPerCall } from "./lib/time.js";

const SIZES = quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000, 100_000];
const RANDOM_SIZES = quick ? [1_000] : [10_000, 100_000];
/** How many flags are asked in turn, at random, before the same ones come again. */
const PICKS = 65_536;

const sizeCases = SIZES.map((size) => [`${size} flags`, { measure: () => measureSize(size) }]);
const randomCases = RANDOM_SIZES.map((size) => [`random of ${size}`, { measure: () => measureRandom(size) }]);

await benchmark(import.meta.url, Object.fromEntries([...sizeCases, ...randomCases]), (figures) => ({
  title: "From 10 to 100,000 flags",
  text:
    "The same four flags are asked among more and more others, in nanoseconds, each beside its raw floor (`Map.get`, " +
    "a hash and a predicate by hand). The last rows ask another flag each time, at random: what grows there is the " +
    "time that the machine takes to fetch memory, for a raw `Map` too.",
  columns: ["flags", ...WORKLOADS.flatMap((name) => [`${name} ns`, "floor ns", "× floor"])],
  rows: [...SIZES.map((size) => sizeRow(size, figures)), spreadRow(figures), ...randomRows(figures)],
}));

async function measureSize(size) {
  const asked = asks(flagsOfSize(size));
  const raw = floors(size);
  const inputs = contexts();
  verify(asked, raw, inputs);
  const told = {};
  for (const name of WORKLOADS) {
    const of = name === "W1" ? inputs.slice(0, 1) : inputs;
    told[name] = await nsPerCall(asked[name], of);
    told[`${name} floor`] = await nsPerCall(raw[name], of);
  }
  return told;
}

async function measureRandom(size) {
  const defined = definitions(size);
  // The rules are left out: which kinds are picked must not depend on the size.
  const names = Object.keys(defined).slice(0, -3);
  const flags = createFlags(defineFlags(defined), PLAIN);
  const values = new Map(names.map((name) => [name, defined[name].default]));
  const [context] = contexts(1);
  const asked = { W1: (name) => flags.isEnabled(name, context) };
  const raw = { W1: (name) => values.get(name) === true };
  const picks = randomPicks(names);
  verify(asked, raw, picks);
  return { W1: await nsPerCall(asked.W1, picks), "W1 floor": await nsPerCall(raw.W1, picks) };
}

/** Always the same ones, by a generator of pseudo-random numbers (Numerical Recipes' linear congruential one). */
function randomPicks(names) {
  let state = 1;
  return Array.from({ length: PICKS }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return names[Math.floor((state / 2 ** 32) * names.length)];
  });
}

function sizeRow(size, figures) {
  const told = figures[`${size} flags`];
  const cells = (name) => [short(told[name]), short(told[`${name} floor`]), times(told[name], told[`${name} floor`])];
  return [size.toLocaleString("en"), ...WORKLOADS.flatMap(cells)];
}

/** The slowest size beside the fastest. */
function spreadRow(figures) {
  const spread = (key) => {
    const all = SIZES.map((size) => figures[`${size} flags`][key]);
    return times(Math.max(...all), Math.min(...all));
  };
  return ["slowest ÷ fastest", ...WORKLOADS.flatMap((name) => [spread(name), spread(`${name} floor`), "–"])];
}

function randomRows(figures) {
  return RANDOM_SIZES.map((size) => {
    const { W1, "W1 floor": floor } = figures[`random of ${size}`];
    const rest = WORKLOADS.slice(1).flatMap(() => ["–", "–", "–"]);
    return [`one of ${size.toLocaleString("en")} at random`, short(W1), short(floor), times(W1, floor), ...rest];
  });
}
