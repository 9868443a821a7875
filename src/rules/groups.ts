import type { CheckedCondition } from "./condition.js";

/** A layer: experiments that exclude each other, each with a slice of the units of its own. */
export interface Layer {
  /** The attribute that names the unit; as a rule's `by`. */
  readonly by?: string | readonly string[] | undefined;
  /** What is hashed beside the unit; the layer's name unless given. */
  readonly salt?: string | undefined;
  /** For each flag, where its slice begins and ends, in percent. Slices may not overlap; what no slice holds is free. */
  readonly slices: Readonly<Record<string, readonly [from: number, to: number]>>;
}

/** A holdout: a share of the units that is kept out of every rule that names it. */
export interface Holdout {
  /** In percent. */
  readonly share: number;
  readonly by?: string | readonly string[] | undefined;
  /** What is hashed beside the unit; the holdout's name unless given. */
  readonly salt?: string | undefined;
}

/** What rules may refer to by name. Each is declared once, so that all rules mean the same by it. */
export interface Groups {
  readonly segments: ReadonlyMap<string, CheckedCondition>;
  readonly layers: ReadonlyMap<string, Layer>;
  readonly holdouts: ReadonlyMap<string, Holdout>;
}

export const NO_GROUPS: Groups = Object.freeze({ segments: new Map(), layers: new Map(), holdouts: new Map() });
