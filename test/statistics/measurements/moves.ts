import { flag } from "burgee";
import { looseFlags } from "../../flags/fixtures/isolated.js";
import { type Measured, measureShare } from "../chi-square.js";
import { randomOf } from "../random.js";

const MANY = 1_000_000;
const UNITS = 100_000;

/** Who moves when a rule changes. The counts without a p-value are promises: they are 0, whatever the seed. */
export function moves(seed: number): Readonly<Record<string, Measured>> {
  const random = randomOf(seed, "moves");
  const first = random(1_000_000_000);
  const name = `release_${random(1_000_000_000)}`;
  const weights = { control: 50, a: 25, b: 25 };
  const flags = looseFlags({
    [name]: flag.boolean({ default: false, rule: { rollout: 25 } }),
    renamed: flag.boolean({ default: false, rule: { rollout: 25, salt: name } }),
    moved: flag.boolean({ default: false, rule: { rollout: 25, salt: `new_${name}` } }),
    wider: flag.boolean({ default: false, rule: { rollout: 50, salt: name } }),
    other: flag.boolean({ default: false, rule: { rollout: 50, salt: `other_${name}` } }),
    everyone: flag.boolean({ default: false, rule: { rollout: 100, salt: name } }),
    nobody: flag.boolean({ default: true, rule: { rollout: 0, salt: name } }),
    [`test_${name}`]: flag.experiment(weights, { default: "control" }),
    renamedTest: flag.experiment(weights, { default: "control", rule: { salt: `test_${name}` } }),
  });
  const context = { userId: 0 };
  const answers = (flagName: string, among = UNITS): readonly unknown[] =>
    Array.from({ length: among }, (_, n) => {
      context.userId = first + n;
      return flags.value(flagName, context);
    });

  const quarter = answers(name, MANY);
  const some = quarter.slice(0, UNITS);
  const renamed = answers("renamed");
  const moved = answers("moved");
  const wider = answers("wider");
  const other = answers("other");
  flags.setRollout(name, 30);
  const grown = answers(name, MANY);
  const test = answers(`test_${name}`);
  const renamedTest = answers("renamedTest");
  return {
    "lost by 25 → 30 %": exactly(quarter, (isIn, n) => isIn === true && grown[n] === false),
    "gained by 25 → 30 %": measureShare(
      countOf(quarter, (isIn, n) => isIn === false && grown[n] === true),
      MANY,
      0.05,
    ),
    "moved by a rename with the old salt": exactly(some, (isIn, n) => isIn !== renamed[n]),
    "variants so moved": exactly(test, (variant, n) => variant !== renamedTest[n]),
    "moved by a rename without": measureShare(
      countOf(some, (isIn, n) => isIn !== moved[n]),
      UNITS,
      2 * 0.25 * 0.75,
    ),
    "in 25 % and not in 50 %, one salt": exactly(some, (isIn, n) => isIn === true && wider[n] === false),
    "in both, two salts": measureShare(
      countOf(some, (isIn, n) => isIn === true && other[n] === true),
      UNITS,
      0.125,
    ),
    "out at 100 %": exactly(answers("everyone"), (isIn) => isIn !== true),
    "in at 0 %": exactly(answers("nobody"), (isIn) => isIn !== false),
  };
}

function countOf(answers: readonly unknown[], isMeant: (answer: unknown, index: number) => boolean): number {
  return answers.filter(isMeant).length;
}

function exactly(answers: readonly unknown[], isMeant: (answer: unknown, index: number) => boolean): Measured {
  return { statistic: countOf(answers, isMeant) };
}
