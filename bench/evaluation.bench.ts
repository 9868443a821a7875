// The price of asking, beside a floor written by hand: a Map, a hash, a comparison. Run by `npm run bench`.
import { createFlags, defineFlags, flag } from "burgee";
import murmurhash from "murmurhash-js";
import { bench, describe } from "vitest";

const FLAGS = 100;
const MANY = 1_000;
const users = Array.from({ length: 10_000 }, (_, index) => ({ userId: `user-${100_000 + index * 7}` }));
let turn = 0;
const nextUser = () => users[turn++ % users.length] as { userId: string };

const names = (count: number) => Array.from({ length: count }, (_, index) => `flag-${index}`);
const constants = (count: number) =>
  Object.fromEntries(names(count).map((name, index) => [name, flag.boolean({ default: index % 2 === 0 })]));
const options = { env: { files: [], variables: {} }, profile: false, logger: false } as const;

const flags = createFlags(
  defineFlags({
    ...constants(FLAGS),
    constant: flag.boolean({ default: true }),
    rollout: flag.boolean({ default: false, rule: { rollout: 25 } }),
    experiment: flag.experiment({ a: 50, b: 25, c: 25 }, { default: "a" }),
    child: flag.boolean({ default: true, dependsOn: ["rollout"] }),
  }),
  options,
);
const many = createFlags(defineFlags(constants(MANY)), options);

const floor = new Map<string, boolean>(names(FLAGS).map((name, index) => [name, index % 2 === 0]));
const seed = murmurhash.murmur3("rollout:rollout", 0);
const quarter = 2 ** 30;

const CALLS = 1_000;
/** Each sample is a thousand calls: one alone is too short for the clock. */
function measure(name: string, call: () => unknown): void {
  bench(`${name}, × ${CALLS}`, () => {
    for (let i = 0; i < CALLS; i++) call();
  });
}

describe("a constant boolean among 100 flags", () => {
  measure("floor: Map.get", () => floor.get("flag-50"));
  measure("isEnabled", () => flags.isEnabled("constant", nextUser()));
});

describe("a rollout of 25 %", () => {
  measure("floor: hash and compare", () => murmurhash.murmur3(nextUser().userId, seed) < quarter);
  measure("isEnabled", () => flags.isEnabled("rollout", nextUser()));
  measure("isEnabled, behind a parent with a rollout", () => flags.isEnabled("child", nextUser()));
  measure("evaluate", () => flags.evaluate("rollout", nextUser()));
});

describe("an experiment with three variants", () => {
  measure("floor: hash", () => murmurhash.murmur3(nextUser().userId, seed));
  measure("resolveVariant", () => flags.resolveVariant("experiment", nextUser()));
});

describe("1,000 flags at once", () => {
  measure("getAllFlags", () => many.getAllFlags(nextUser()));
  measure("snapshot, and one question", () => many.snapshot(nextUser()).isEnabled("flag-7"));
});
