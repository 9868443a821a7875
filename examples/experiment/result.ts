import { readFileSync } from "node:fs";
import type { Exposure } from "burgee";

/** How many units were given a variant, and how many of them succeeded. */
export interface Arm {
  users: number;
  successes: number;
}

/**
 * The arms of one experiment by variant, from a file of exposures. A unit counts once, however often it was told; one
 * that was given two variants, because somebody changed the weights, does not count.
 */
export function readArms(path: string, flag: string, succeeded: (unit: string) => boolean): Map<string, Arm> {
  const given = new Map<string, Set<string>>();
  for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
    const { flag: name, unit, variant }: Exposure = JSON.parse(line);
    if (name === flag && variant !== undefined) given.set(unit, (given.get(unit) ?? new Set()).add(variant));
  }
  const arms = new Map<string, Arm>();
  for (const [unit, [variant, second]] of given) {
    if (variant === undefined || second !== undefined) continue;
    const arm = arms.get(variant) ?? { users: 0, successes: 0 };
    arm.users++;
    if (succeeded(unit)) arm.successes++;
    arms.set(variant, arm);
  }
  return arms;
}

/**
 * The chance of arms that are at least as uneven as these, where the weights hold: Pearson's chi-square test. Where it
 * is tiny, something took users out of one arm, and no result can be trusted. For three arms only: with two degrees of
 * freedom the p-value is exp(-x / 2).
 */
export function unevenness(arms: ReadonlyMap<string, Arm>, weights: Readonly<Record<string, number>>): number {
  const users = [...arms.values()].reduce((sum, arm) => sum + arm.users, 0);
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const terms = Object.entries(weights).map(([variant, weight]) => {
    const expected = (users * weight) / total;
    return ((arms.get(variant)?.users ?? 0) - expected) ** 2 / expected;
  });
  return Math.exp(-terms.reduce((sum, term) => sum + term, 0) / 2);
}

/**
 * How much better an arm did than control, in percentage points, and the margin of that: Wald's interval of 97.5 %, so
 * that two arms compared with one control are both within theirs with 95 % (Bonferroni).
 */
export function difference(arm: Arm, control: Arm): { readonly points: number; readonly margin: number } {
  const rate = arm.successes / arm.users;
  const base = control.successes / control.users;
  const variance = (rate * (1 - rate)) / arm.users + (base * (1 - base)) / control.users;
  return { points: 100 * (rate - base), margin: 224 * Math.sqrt(variance) };
}
