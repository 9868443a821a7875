import type { RegisteredFlag } from "../registry/registry.js";
import { choiceOf, isOff, offResolution } from "../resolvers/resolutions.js";
import { finished, type Steps } from "../resolvers/steps.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import { type Answer, fixed, type OwnAnswer, type OwnSources, prepareOwn } from "./own-answer.js";
import { type AncestorSetting, type EffectiveSetting, sameOwn, sameSetting } from "./setting.js";

/** All that is prepared for one flag. Never changed, only replaced, so that a snapshot may keep it. */
export interface FlagState extends Answer, Pick<OwnAnswer, "next" | "assigned"> {
  /** What the flag says by itself, without its ancestors. */
  readonly own: OwnAnswer;
  /** What the effective answer rests on; a change is published when it differs from before. */
  readonly setting: EffectiveSetting;
  /** Requirements that are unmet although the flag would be on for someone, now or at a time to come. */
  readonly unmet: readonly string[];
}

/** One flag whose setting a command changed. */
export interface Difference {
  readonly flag: RegisteredFlag;
  readonly from: EffectiveSetting;
  readonly to: EffectiveSetting;
  /** The flag that brought the change about, where this one's own answer is as before. */
  readonly because: string | undefined;
}

const NONE: readonly never[] = Object.freeze([]);

/** Where a flag's present state is kept. Lookups go by name to the slot, once. */
export interface Slot {
  readonly flag: RegisteredFlag;
  readonly index: number;
  state: FlagState;
}

interface Sources extends OwnSources {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** What counts in place of what is in force, for states that may be put in force later. */
export interface Ground extends Pick<OwnSources, "chain"> {
  /** Left out where the kills in force count. */
  readonly overrides?: OwnSources["overrides"];
}

interface Beside extends Ground {
  /** The states of flags that are not worked out this time; undefined gives the one in force. */
  readonly stateOf: (flag: RegisteredFlag) => FlagState | undefined;
}

/** What states are compared with. */
interface Comparison {
  /** In place of what is in force, for the flags that it has. */
  readonly before?: ReadonlyMap<string, FlagState> | undefined;
  /** Of flags for which it is known already, whether the setting is the same. */
  readonly same?: ReadonlyMap<string, boolean> | undefined;
}

/** Works out one flag as it is at a time; `stateOf` gives its ancestors, which are worked out before it. */
export function prepareState(
  flag: RegisteredFlag,
  own: OwnAnswer,
  stateOf: (flag: RegisteredFlag) => FlagState,
): FlagState {
  const { constant } = own;
  const holder = flag.ancestors.find((ancestor) => isOffForAll(stateOf(ancestor).own));
  const settled = constant !== undefined && (isOff(flag, choiceOf(constant)) || constant.source === "kill");
  // Off by itself: its ancestors do not matter. What it requires for a time to come does while they can let it on.
  if (settled && constant.source !== "requirement") {
    const state = alone(own);
    return holder === undefined || state.unmet.length === 0 ? state : { ...state, unmet: NONE };
  }
  if (holder !== undefined) {
    const off = fixed(offResolution(flag, flag.off, "dependency", holder.name));
    const setting = { own: { value: flag.off }, ancestors: NONE };
    return { ...off, own, setting, unmet: NONE, next: own.next, assigned: own.assigned };
  }
  const waiting = flag.ancestors.filter((ancestor) => stateOf(ancestor).own.constant === undefined);
  if (settled || waiting.length === 0) return alone(own);
  const gates = waiting.map((ancestor) => ({
    decide: stateOf(ancestor).own.decide,
    off: offResolution(flag, flag.off, "dependency", ancestor.name),
  }));
  const settings = waiting.map((ancestor) => ({ flag: ancestor.name, setting: stateOf(ancestor).own.setting }));
  return effective(own, { constant: undefined, decide: behind(gates, own.decide, flag) }, settings);
}

/** Whether a boolean is off for everybody now, by what it says itself. */
export function isOffForAll({ constant }: Answer): boolean {
  return constant !== undefined && constant.value !== true;
}

/** The states of flags that are the same for everybody, by the answer that such flags may share. */
const constants = new WeakMap<OwnAnswer, FlagState>();

/** The state of a flag whose ancestors, if it has any, are on for everybody or do not matter. */
function alone(own: OwnAnswer): FlagState {
  if (own.constant === undefined) return effective(own, own, NONE);
  const state = constants.get(own) ?? effective(own, own, NONE);
  constants.set(own, state);
  return state;
}

function effective(own: OwnAnswer, answer: Answer, ancestors: readonly AncestorSetting[]): FlagState {
  const { constant, decide } = answer;
  const { unmet = NONE, next, assigned } = own;
  return { constant, decide, own, setting: { own: own.setting, ancestors }, unmet, next, assigned };
}

/** Asks the flag itself first: where it is off, its ancestors do not matter. */
function behind(
  ancestors: readonly { readonly decide: Decide; readonly off: Resolution }[],
  decide: Decide,
  flag: RegisteredFlag,
): Decide {
  return (context) => {
    const own = decide(context);
    if (isOff(flag, choiceOf(own))) return own;
    for (let i = 0; i < ancestors.length; i++) {
      const ancestor = ancestors[i] as (typeof ancestors)[number];
      if (ancestor.decide(context).value !== true) return ancestor.off;
    }
    return own;
  };
}

/** The present states of all flags, and how they are replaced. */
export class StateTable {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly #sources: Sources;
  readonly #ordered: readonly Slot[];
  /** When each flag must be worked out anew that must. */
  readonly #timed = new Map<RegisteredFlag, number>();
  /** Of each draft, the flags that were committed since it was begun. */
  readonly drafts = new Set<Set<RegisteredFlag>>();

  constructor(flags: ReadonlyMap<string, RegisteredFlag>, sources: Sources) {
    this.#sources = sources;
    const slots = new Map<string, Slot>();
    this.slots = slots;
    let index = 0;
    const states = this.compute(flags.values());
    for (const [name, flag] of flags) slots.set(name, { flag, index: index++, state: states.get(name) as FlagState });
    this.#ordered = [...slots.values()];
    for (const slot of this.#ordered) this.#note(slot);
  }

  /** What is in force for one flag. */
  state({ name }: RegisteredFlag): FlagState {
    return (this.slots.get(name) as Slot).state;
  }

  /** Works out the flags and all that depend on them from what the sources say now, without touching what is in force. */
  compute(flags: Iterable<RegisteredFlag>): Map<string, FlagState> {
    return finished(this.computing(flags));
  }

  /** The same in steps, one for each flag, all as they are at the time of the first. */
  *computing(flags: Iterable<RegisteredFlag>, beside?: Beside): Steps<Map<string, FlagState>> {
    const { chain, overrides } = { ...this.#sources, ...beside };
    const sources = { ...this.#sources, chain, overrides };
    const now = sources.clock();
    const fresh = new Map<string, FlagState>();
    const wanted = new Set<RegisteredFlag>();
    for (const flag of flags) {
      wanted.add(flag);
      for (const dependent of flag.dependents) wanted.add(dependent);
    }
    const stateOf = (flag: RegisteredFlag): FlagState => {
      const known =
        fresh.get(flag.name) ?? (wanted.has(flag) ? undefined : (beside?.stateOf(flag) ?? this.state(flag)));
      if (known !== undefined) return known;
      const state = prepareState(flag, prepareOwn(flag, sources, now), stateOf);
      fresh.set(flag.name, state);
      return state;
    };
    for (const flag of wanted) {
      // Ancestors first, so that the walk never goes deep.
      for (const ancestor of flag.ancestors) stateOf(ancestor);
      stateOf(flag);
      yield;
    }
    return fresh;
  }

  /**
   * Puts worked-out states in force; gives the flags whose setting is another than before, in their order. `same` says
   * it of flags for which it is known already.
   */
  commit(states: ReadonlyMap<string, FlagState>, same?: ReadonlyMap<string, boolean>): Difference[] {
    const differences = this.differences(states, { same });
    for (const [name, state] of states) {
      const slot = this.slots.get(name) as Slot;
      slot.state = state;
      this.#note(slot);
      for (const touched of this.drafts) touched.add(slot.flag);
    }
    return differences;
  }

  /**
   * The flags, in their order, whose setting is another in these states than in force, or than in others that were worked
   * out. Nothing is put in force.
   */
  differences(states: ReadonlyMap<string, FlagState>, { before, same }: Comparison = {}): Difference[] {
    const differences = new Map<string, Difference>();
    for (const [name, state] of states) {
      const slot = this.slots.get(name) as Slot;
      const { setting, own } = before?.get(name) ?? slot.state;
      if (same?.get(name) ?? sameSetting(setting, state.setting)) continue;
      const ancestor = slot.flag.ancestors.find((one) => differences.has(one.name));
      const because = ancestor && sameOwn(own.setting, state.own.setting) ? ancestor.name : undefined;
      differences.set(name, { flag: slot.flag, from: setting, to: state.setting, because });
    }
    return [...differences.values()];
  }

  /** When the first flag must be worked out anew, in milliseconds since 1970. */
  nextDue(): number | undefined {
    let first: number | undefined;
    for (const at of this.#timed.values()) if (first === undefined || at < first) first = at;
    return first;
  }

  /** The flags that must be worked out anew by then, each after those that it depends on, which take it along. */
  due(now: number): RegisteredFlag[] {
    const due = [...this.#timed].filter(([, at]) => at <= now).map(([flag]) => flag);
    // A flag has more ancestors than any of its ancestors has.
    return due.sort((a, b) => a.ancestors.length - b.ancestors.length);
  }

  #note({ flag, state: { next } }: Slot): void {
    if (next !== undefined) this.#timed.set(flag, next);
    else if (this.#timed.size > 0) this.#timed.delete(flag);
  }

  /** Every state, by the index of its slot. */
  capture(): readonly FlagState[] {
    return this.#ordered.map((slot) => slot.state);
  }
}
