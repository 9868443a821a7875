import { createFlags, defineFlags, flag } from "burgee";
import { isolated } from "../../flags/fixtures/isolated.js";
import { type Measured, measureShare } from "../chi-square.js";
import { randomOf } from "../random.js";

const MANY = 10_000_000;
const UNITS = 1_000_000;

/** Whether each share is given to as many users as the rule says, asked as a program asks, of ids one after the other. */
export function shares(seed: number): Readonly<Record<string, Measured>> {
  const random = randomOf(seed, "shares");
  const salt = `release ${random(1_000_000_000)}`;
  const first = random(1_000_000_000);
  const flags = createFlags(registryOf(salt), isolated);
  // One context for all: flags keep none, and ten million objects would only be in the way.
  const context = { userId: 0 };

  let tiny = 0;
  for (let n = 0; n < MANY; n++) {
    context.userId = first + n;
    if (flags.isEnabled("tiny", context)) tiny++;
  }

  let quarter = 0;
  let nearlyAll = 0;
  let rare = 0;
  const halves = { control: 0, a: 0, b: 0 };
  const halvesOfQuarter = { control: 0, a: 0, b: 0 };
  const thirds = { control: 0, a: 0, b: 0 };
  for (let n = 0; n < UNITS; n++) {
    context.userId = first + n;
    const half = flags.resolveVariant("halves", context);
    halves[half]++;
    if (flags.isEnabled("quarter", context)) {
      quarter++;
      halvesOfQuarter[half]++;
    }
    if (flags.isEnabled("nearlyAll", context)) nearlyAll++;
    thirds[flags.resolveVariant("thirds", context)]++;
    if (flags.resolveVariant("rare", context) === "rare") rare++;
  }

  return {
    "0.001 %": measureShare(tiny, MANY, 0.00001),
    "25 %": measureShare(quarter, UNITS, 0.25),
    "99.9 %": measureShare(nearlyAll, UNITS, 0.999),
    "50 of 50/25/25": measureShare(halves.control, UNITS, 0.5),
    "first 25": measureShare(halves.a, UNITS, 0.25),
    "second 25": measureShare(halves.b, UNITS, 0.25),
    "50 within the 25 %": measureShare(halvesOfQuarter.control, quarter, 0.5),
    "first 25 within": measureShare(halvesOfQuarter.a, quarter, 0.25),
    "second 25 within": measureShare(halvesOfQuarter.b, quarter, 0.25),
    "first of 1/1/1": measureShare(thirds.control, UNITS, 1 / 3),
    "second of 1/1/1": measureShare(thirds.a, UNITS, 1 / 3),
    "third of 1/1/1": measureShare(thirds.b, UNITS, 1 / 3),
    "0.1 of 0.1/99.9": measureShare(rare, UNITS, 0.001),
  };
}

/** `quarter` and `halves` share a salt, as the two halves of one rule do: who is in, and who gets what. */
function registryOf(salt: string) {
  return defineFlags({
    tiny: flag.boolean({ default: false, rule: { rollout: 0.001, salt: `${salt}, tiny` } }),
    quarter: flag.boolean({ default: false, rule: { rollout: 25, salt } }),
    nearlyAll: flag.boolean({ default: false, rule: { rollout: 99.9, salt: `${salt}, nearly all` } }),
    halves: flag.experiment({ control: 50, a: 25, b: 25 }, { default: "control", rule: { salt } }),
    thirds: flag.experiment({ control: 1, a: 1, b: 1 }, { default: "control", rule: { salt: `${salt}, thirds` } }),
    rare: flag.experiment({ rare: 0.1, usual: 99.9 }, { default: "usual", rule: { salt: `${salt}, rare` } }),
  });
}
