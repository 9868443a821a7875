import { BUCKETS, bucketSeed, isWithin, murmur3, percentageThreshold } from "./bucket.js";
import type { Context } from "./context.js";
import type { Groups, Layer } from "./groups.js";
import type { CheckedRule, RuleSubject } from "./rule.js";
import { type ReadUnit, type RuleScope, unitReader } from "./unit.js";

/** A range of buckets that a holdout keeps out, or that a layer gives to a flag. */
export interface Gate {
  readonly kind: "holdout" | "layer";
  readonly name: string;
  readonly readUnit: ReadUnit;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Whether those within the range pass, or those outside. */
  readonly admits: boolean;
}

const NONE: readonly Gate[] = [];

/** The gates of a rule, in the order in which they are asked. */
export function gatesOf(
  { holdout, layer }: CheckedRule,
  { name: flag }: RuleSubject,
  scope: RuleScope,
): readonly Gate[] {
  if (holdout === undefined && layer === undefined) return NONE;
  const gates: Gate[] = [];
  if (holdout !== undefined) {
    const { share, ...unit } = declared(scope.groups, "holdouts", holdout);
    gates.push(gate("holdout", holdout, unit, 0, share, scope));
  }
  if (layer !== undefined) {
    const { slices, ...unit } = declared(scope.groups, "layers", layer);
    const slice = Object.hasOwn(slices, flag) ? slices[flag] : undefined;
    if (slice === undefined) throw new TypeError(`the layer "${layer}" has no slice for "${flag}"`);
    gates.push(gate("layer", layer, unit, slice[0], slice[1], scope));
  }
  return gates;
}

function declared<K extends "holdouts" | "layers">(groups: Groups, kind: K, name: string) {
  const group = groups[kind].get(name) as (Groups[K] extends ReadonlyMap<string, infer G> ? G : never) | undefined;
  if (group === undefined) throw new TypeError(`the rule names "${name}", which is not among the ${kind}`);
  return group;
}

function gate(
  kind: Gate["kind"],
  name: string,
  { by, salt = name }: Pick<Layer, "by" | "salt">,
  from: number,
  to: number,
  scope: RuleScope,
): Gate {
  const range = { from: percentageThreshold(from), to: percentageThreshold(to) };
  return {
    kind,
    name,
    readUnit: unitReader(by, scope),
    seed: bucketSeed(salt, kind),
    ...range,
    admits: kind === "layer",
  };
}

/** Whether the context's unit may pass the gate; undefined where it has no unit. */
export function mayPass(gate: Gate, context: Context): boolean | undefined {
  const unit = gate.readUnit(context);
  if (unit === undefined) return undefined;
  return isWithin(unit, gate.seed, gate.from, gate.to) === gate.admits;
}

/** The unit's point in [0, 1), for `explain`. */
export function pointAt({ readUnit, seed }: Gate, context: Context): number | undefined {
  const unit = readUnit(context);
  return unit === undefined ? undefined : murmur3(unit, seed) / BUCKETS;
}
