import type { RegisteredFlag } from "../registry/registry.js";
import type { UsedGroups } from "../rules/references.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { CheckedRule } from "../rules/rule.js";
import type { ReadUnit } from "../rules/unit.js";
import { choiceOf } from "./resolutions.js";

/**
 * What a flag's answer rests on: a value for everybody; a rule as it stands now, with the segments, layers and
 * holdouts that it uses; or functions of custom resolvers (told apart by identity).
 */
export type Setting =
  | { readonly value: unknown }
  | { readonly rule: CheckedRule; readonly groups?: UsedGroups }
  | { readonly custom: string; readonly parts: readonly unknown[] };

/** How an answer stands in time, and which of its outcomes a hash assigned. */
interface Timing {
  /** Answers that it gives to somebody at another time to come, known ahead. */
  readonly later: readonly Resolution[];
  /** When it must be worked out anew, in milliseconds since 1970. */
  readonly next: number | undefined;
  /** The outcomes that a hash assigned, each with how its unit is read. */
  readonly assigned: ReadonlyMap<Resolution, ReadUnit>;
}

/** A flag's own answer: what the chain says, before kill switch, dependencies and requirements. */
export interface ChainAnswer extends Timing {
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
  /** Every answer that it is known to give to somebody now. */
  readonly outcomes: readonly Resolution[];
  /** Whether a custom function may give others. */
  readonly open: boolean;
  readonly setting: Setting;
}

/** The timing of an answer that never changes by itself and that no hash assigned. */
export const TIMELESS: Timing = Object.freeze({
  later: [],
  next: undefined,
  assigned: new Map<Resolution, ReadUnit>(),
});

/** Answers that are the same for everybody. Flags of few values share theirs: most flags are such. */
export class ConstantAnswers {
  readonly #shared = new Map<string, ChainAnswer>();

  of({ kind }: RegisteredFlag, constant: Resolution): ChainAnswer {
    if (kind !== "boolean" && kind !== "oneOf") return constantly(constant);
    const key = JSON.stringify([kind, constant.value, constant.reason, constant.source]);
    const answer = this.#shared.get(key) ?? constantly(constant);
    this.#shared.set(key, answer);
    return answer;
  }
}

function constantly(constant: Resolution): ChainAnswer {
  const setting = { value: choiceOf(constant) };
  return { constant, decide: () => constant, outcomes: [constant], open: false, setting, ...TIMELESS };
}
