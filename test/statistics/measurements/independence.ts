import { bucketSeed, type Purpose } from "../../../src/rules/bucket.js";
import { cellsOf, chiSquareOfJoint, type Measured, measureMany, measureSum } from "../chi-square.js";
import { flagNames, forms, shortIds, withOneOther } from "../populations.js";
import { type Random, randomOf } from "../random.js";

const FLAGS = 1_000;
const PAIRS = 500;
const UNITS = 10_000;
/** Ten by ten cells: the joint table at every tenth. */
const CELLS = 10;
const DEGREES = (CELLS - 1) ** 2;
/** How many flags each of the other questions is asked of. */
const SAMPLE = 100;

/** Two purposes of one name; a layer or a holdout may well be called like a flag. */
const OTHER_PURPOSES: readonly (readonly [Purpose, Purpose])[] = [
  ["layer", "rollout"],
  ["layer", "variant"],
  ["holdout", "rollout"],
  ["holdout", "variant"],
  ["holdout", "layer"],
];

/** Whether where a unit falls tells where it falls elsewhere: in another flag, for another purpose, or its neighbour. */
export function independence(seed: number): Readonly<Record<string, Measured>> {
  const names = flagNames(seed, FLAGS);
  const some = names.slice(0, SAMPLE);
  const column = columnsOf(shortIds(seed, UNITS));
  const pairs = pairsOfFlags(seed).map(([a, b]) => {
    const [first, second] = [names[a] as string, names[b] as string];
    return chiSquareOfJoint(column(first, "rollout"), column(second, "rollout"), CELLS);
  });
  const purposes = (a: Purpose, b: Purpose) =>
    some.map((name) => chiSquareOfJoint(column(name, a), column(name, b), CELLS));
  const neighbours = (ids: readonly (readonly [string, string])[]) => {
    const first = columnsOf(ids.map(([id]) => id));
    const second = columnsOf(ids.map(([, id]) => id));
    return some.map((name) => chiSquareOfJoint(first(name, "rollout"), second(name, "rollout"), CELLS));
  };
  const { sum, greatest, distribution } = measureMany(pairs, DEGREES);
  return {
    "500 pairs of flags": sum,
    "worst pair": greatest,
    "distribution over pairs": distribution,
    "inclusion and variant": measureSum(purposes("rollout", "variant"), DEGREES),
    "other purposes": measureSum(
      OTHER_PURPOSES.flatMap(([a, b]) => purposes(a, b)),
      DEGREES,
    ),
    "a number and the next": measureSum(neighbours(consecutive(randomOf(seed, "consecutive"))), DEGREES),
    "one character apart": measureSum(neighbours(nearlyEqual(randomOf(seed, "nearly equal"))), DEGREES),
  };
}

/** The cells of some units for any name and purpose, each column hashed once. */
function columnsOf(units: readonly string[]): (name: string, purpose: Purpose) => Uint8Array {
  const columns = new Map<number, Uint8Array>();
  return (name, purpose) => {
    const seed = bucketSeed(name, purpose);
    const column = columns.get(seed) ?? cellsOf(units, seed, CELLS);
    columns.set(seed, column);
    return column;
  };
}

/** Pairs of different flags, drawn from all pairs, none twice. */
function pairsOfFlags(seed: number): readonly (readonly [number, number])[] {
  const random = randomOf(seed, "pairs");
  const drawn = new Map<string, readonly [number, number]>();
  while (drawn.size < PAIRS) {
    const a = random(FLAGS);
    const b = (a + 1 + random(FLAGS - 1)) % FLAGS;
    drawn.set(`${Math.min(a, b)} ${Math.max(a, b)}`, [a, b]);
  }
  return [...drawn.values()];
}

/** Pairs of a number and the next, no number in two of them. */
function consecutive(random: Random): readonly (readonly [string, string])[] {
  const first = random(1_000_000);
  return Array.from({ length: UNITS }, (_, index) => [String(first + 2 * index), String(first + 2 * index + 1)]);
}

/** Pairs of a UUID and the same with another character somewhere. */
function nearlyEqual(random: Random): readonly (readonly [string, string])[] {
  return forms.UUIDs(random, UNITS).map((id) => [id, withOneOther(random, id)]);
}
