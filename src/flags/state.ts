import type { RegisteredFlag } from "../registry/registry.js";
import type { Chain, ChainAnswer, Setting } from "../resolvers/chain.js";
import { isOff, offResolution } from "../resolvers/resolutions.js";
import type { Decide, Resolution } from "../rules/resolution.js";
import type { OverrideTable } from "../store/overrides.js";
import type { Requirements } from "./requirements.js";
import { type AncestorSetting, type EffectiveSetting, sameOwn, sameSetting } from "./setting.js";

/** A prepared answer: a constant, or a function of the context. */
export interface Answer {
  readonly constant: Resolution | undefined;
  readonly decide: Decide;
}

/** All that is prepared for one flag. Never changed, only replaced, so that a snapshot may keep it. */
export interface FlagState extends Answer {
  /** What the flag says by itself: kill switch, chain and requirements, without its ancestors. */
  readonly own: OwnAnswer;
  /** What the effective answer rests on; a change is published when it differs from before. */
  readonly setting: EffectiveSetting;
  /** Requirements that are unmet although the flag would be on for someone. */
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

/** Where a flag's present state is kept. Lookups go by name to the slot, once. */
export interface Slot {
  readonly flag: RegisteredFlag;
  readonly index: number;
  state: FlagState;
}

interface Sources {
  readonly chain: Chain;
  readonly overrides: OverrideTable;
  readonly requirements: Requirements;
  /** Told where a custom function gave a value whose requirements are unmet. */
  readonly onUnmet: (flag: RegisteredFlag, unmet: readonly string[]) => void;
}

/** Works out one flag; `stateOf` gives its ancestors, which are worked out before it. */
export function prepareState(
  flag: RegisteredFlag,
  sources: Sources,
  stateOf: (flag: RegisteredFlag) => FlagState,
): FlagState {
  const own = prepareOwn(flag, sources);
  const { constant } = own;
  const settled = constant !== undefined && (isOff(flag, constant.value) || constant.source === "kill");
  if (settled && own.unmet.length === 0) return effective(own, own, []);
  const waiting: { readonly decide: Decide; readonly off: Resolution }[] = [];
  const settings: AncestorSetting[] = [];
  for (const ancestor of flag.ancestors) {
    const state = stateOf(ancestor);
    const { constant: known } = state.own;
    if (known?.value === true) continue;
    const off = offResolution(flag, flag.off, "dependency", ancestor.name);
    if (known === undefined) {
      waiting.push({ decide: state.own.decide, off });
      settings.push({ flag: ancestor.name, setting: state.setting.own });
    } else {
      return { ...fixed(off), own, setting: { own: { value: flag.off }, ancestors: [] }, unmet: [] };
    }
  }
  if (settled || waiting.length === 0) return effective(own, own, []);
  return effective(own, { constant: undefined, decide: behind(waiting, own.decide, flag) }, settings);
}

/** An answer without ancestors, and what it rests on. */
interface OwnAnswer extends Answer {
  readonly setting: Setting;
  readonly unmet: readonly string[];
}

function effective(own: OwnAnswer, answer: Answer, ancestors: readonly AncestorSetting[]): FlagState {
  return {
    constant: answer.constant,
    decide: answer.decide,
    own,
    setting: { own: own.setting, ancestors },
    unmet: own.unmet,
  };
}

/** Asks the flag itself first: where it is off, its ancestors do not matter. */
function behind(
  ancestors: readonly { readonly decide: Decide; readonly off: Resolution }[],
  decide: Decide,
  flag: RegisteredFlag,
): Decide {
  return (context) => {
    const own = decide(context);
    if (isOff(flag, own.value)) return own;
    for (let i = 0; i < ancestors.length; i++) {
      const ancestor = ancestors[i] as (typeof ancestors)[number];
      if (ancestor.decide(context).value !== true) return ancestor.off;
    }
    return own;
  };
}

function prepareOwn(flag: RegisteredFlag, sources: Sources): OwnAnswer {
  const { chain, overrides } = sources;
  const answer = chain.prepare(flag);
  if (overrides.killed(flag.name) !== undefined) {
    const killed = fixed(offResolution(flag, killValue(flag), "kill"));
    return { ...killed, setting: { value: killed.constant.value }, unmet: [] };
  }
  return flag.definition.requires === undefined ? { ...answer, unmet: [] } : whereMet(flag, answer, sources);
}

/** The answer where its requirements are met, and off where they are not. */
function whereMet(flag: RegisteredFlag, answer: ChainAnswer, { requirements, onUnmet }: Sources): OwnAnswer {
  const off = offResolution(flag, flag.off, "requirement");
  if (answer.open) {
    const decide: Decide = (context) => {
      const resolution = answer.decide(context);
      const unmet = requirements.unmet(flag, resolution.value);
      if (unmet.length === 0) return resolution;
      onUnmet(flag, unmet);
      return off;
    };
    return { ...answer, decide, unmet: unmetOf(flag, answer.outcomes, requirements) };
  }
  const refused = new Set(answer.outcomes.filter(({ value }) => requirements.unmet(flag, value).length > 0));
  if (refused.size === 0) return { ...answer, unmet: [] };
  const unmet = unmetOf(flag, refused, requirements);
  if (refused.size === answer.outcomes.length) return { ...fixed(off), setting: { value: flag.off }, unmet };
  const decide: Decide = (context) => {
    const resolution = answer.decide(context);
    return refused.has(resolution) ? off : resolution;
  };
  return { constant: undefined, decide, setting: answer.setting, unmet };
}

function fixed(resolution: Resolution): { readonly constant: Resolution; readonly decide: Decide } {
  return { constant: resolution, decide: () => resolution };
}

/** Every unmet requirement of the outcomes, each once. */
export function unmetOf(
  flag: RegisteredFlag,
  outcomes: Iterable<Resolution>,
  requirements: Requirements,
): readonly string[] {
  return [...new Set([...outcomes].flatMap(({ value }) => requirements.unmet(flag, value)))];
}

/** What a kill gives: off, or on where the definition says that on is safe. */
export function killValue(flag: RegisteredFlag): unknown {
  return flag.definition.safe === true ? true : flag.off;
}

/** The present states of all flags, and how they are replaced. */
export class StateTable {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly #sources: Sources;
  readonly #ordered: readonly Slot[];

  constructor(flags: ReadonlyMap<string, RegisteredFlag>, sources: Sources) {
    this.#sources = sources;
    const slots = new Map<string, Slot>();
    this.slots = slots;
    let index = 0;
    const states = this.compute(flags.values());
    for (const [name, flag] of flags) slots.set(name, { flag, index: index++, state: states.get(name) as FlagState });
    this.#ordered = [...slots.values()];
  }

  /** What is in force for one flag. */
  state({ name }: RegisteredFlag): FlagState {
    return (this.slots.get(name) as Slot).state;
  }

  /** Works out the flags and all that depend on them from what the sources say now, without touching what is in force. */
  compute(flags: Iterable<RegisteredFlag>): Map<string, FlagState> {
    const fresh = new Map<string, FlagState>();
    const wanted = new Set<RegisteredFlag>();
    for (const flag of flags) {
      wanted.add(flag);
      for (const dependent of flag.dependents) wanted.add(dependent);
    }
    const stateOf = (flag: RegisteredFlag): FlagState => {
      const known = fresh.get(flag.name) ?? (wanted.has(flag) ? undefined : this.state(flag));
      if (known !== undefined) return known;
      const state = prepareState(flag, this.#sources, stateOf);
      fresh.set(flag.name, state);
      return state;
    };
    for (const flag of wanted) {
      // Ancestors first, so that the walk never goes deep.
      for (const ancestor of flag.ancestors) stateOf(ancestor);
      stateOf(flag);
    }
    return fresh;
  }

  /** Puts worked-out states in force; gives the flags whose setting is another than before, in their order. */
  commit(states: ReadonlyMap<string, FlagState>): Difference[] {
    const differences = new Map<string, Difference>();
    for (const [name, state] of states) {
      const slot = this.slots.get(name) as Slot;
      const before = slot.state;
      slot.state = state;
      if (sameSetting(before.setting, state.setting)) continue;
      const same = sameOwn(before.own.setting, state.own.setting);
      const because = same ? slot.flag.ancestors.find((ancestor) => differences.has(ancestor.name))?.name : undefined;
      differences.set(name, { flag: slot.flag, from: before.setting, to: state.setting, because });
    }
    return [...differences.values()];
  }

  /** Every state, by the index of its slot. */
  capture(): readonly FlagState[] {
    return this.#ordered.map((slot) => slot.state);
  }
}
