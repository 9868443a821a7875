import type { Problem } from "../errors.js";
import { didYouMean } from "../rules/nearest.js";
import type { CheckedRule, RuleSubject } from "../rules/rule.js";
import { type CheckedDefinition, checkDefinition, definitionError } from "./check.js";
import type { FlagDefinition, FlagKind } from "./definition.js";
import { closures, topologicalOrder } from "./graph.js";
import type { Checked, Definitions, MergeRegistries } from "./infer.js";
import type { Schema } from "./standard-schema.js";
import { show } from "./value.js";

/** What a flag without ancestors or dependents shares with all others like it. */
const NONE: readonly never[] = Object.freeze([]);

/** One flag of a registry: its definition, and what was worked out of it once. */
export class RegisteredFlag implements RuleSubject {
  readonly name: string;
  readonly definition: FlagDefinition;
  /** The definition's own rule, checked. */
  readonly rule: CheckedRule | undefined;
  /** What an unmet dependency or requirement gives, and a kill unless `safe` says otherwise. */
  readonly off: unknown;
  /** All flags it depends on, at any depth, each once, roots first. */
  readonly ancestors: readonly RegisteredFlag[];
  /** All flags that depend on it, at any depth, each after those it depends on itself. */
  readonly dependents: readonly RegisteredFlag[];

  constructor(
    name: string,
    { definition, rule }: CheckedDefinition,
    ancestors: readonly RegisteredFlag[],
    dependents: readonly RegisteredFlag[],
  ) {
    this.name = name;
    this.definition = definition;
    this.rule = rule;
    this.off = definition.kind === "boolean" ? false : "off" in definition ? definition.off : definition.default;
    this.ancestors = ancestors;
    this.dependents = dependents;
  }

  get kind(): FlagKind {
    return this.definition.kind;
  }

  get default(): unknown {
    return this.definition.default;
  }

  get values(): readonly string[] | undefined {
    return this.definition.values;
  }

  get weights(): Readonly<Record<string, number>> | undefined {
    return this.definition.weights;
  }

  get payloads(): Readonly<Record<string, unknown>> | undefined {
    return this.definition.payloads;
  }

  get schema(): Schema | undefined {
    return this.definition.schema;
  }
}

/** A registry of whatever flags. */
export interface AnyRegistry {
  readonly definitions: unknown;
  readonly flags: ReadonlyMap<string, RegisteredFlag>;
  readonly names: readonly string[];
}

/** The validated, frozen set of definitions. */
export interface Registry<T> {
  /** The definitions as they were given, frozen. For types and tools; look flags up in `flags`. */
  readonly definitions: T;
  /** Every flag by name, in the order of definition. */
  readonly flags: ReadonlyMap<string, RegisteredFlag>;
  /** The names in the order of definition. */
  readonly names: readonly (keyof T & string)[];
}

/**
 * Declares the flags of an application: checks every definition and the dependencies between them, and freezes the
 * result.
 *
 * @throws BurgeeError `INVALID_DEFINITION` listing every problem: a name that is none, an unknown option, a default
 * the flag cannot have, a parent that is missing or not boolean, a cycle (named whole).
 *
 * @example
 * const registry = defineFlags({
 *   dynamic_skills_enabled: flag.boolean({ default: false }),
 *   self_improvement_enabled: flag.boolean({ default: false, dependsOn: ["dynamic_skills_enabled"] }),
 * });
 */
export function defineFlags<const T extends Definitions>(definitions: T & Checked<T>): Registry<T>;
/**
 * Makes one registry of several. Each stays usable by itself; a name that two of them have is refused.
 *
 * @example
 * export const registry = defineFlags(billingFlags, searchFlags);
 */
export function defineFlags<const Rs extends readonly [AnyRegistry, ...AnyRegistry[]]>(
  ...registries: Rs
): Registry<MergeRegistries<Rs>>;
export function defineFlags(...parts: readonly unknown[]): unknown {
  const problems: Problem[] = [];
  const checked = new Map<string, CheckedDefinition>();
  for (const part of parts) {
    for (const [name, definition] of definitionsOf(part, problems)) {
      if (checked.has(name)) {
        const message = `flag "${name}" is defined twice; give one of them another name`;
        problems.push({ code: "INVALID_DEFINITION", flag: name, message });
      }
      const result = checkDefinition(name, definition, problems);
      if (result !== undefined) checked.set(name, result);
      // A stand-in keeps the name known, so that one broken definition is one problem and not one for each dependent.
      else checked.set(name, { definition: { kind: "boolean", default: false }, rule: undefined });
    }
  }
  checkParents(checked, problems);
  const graph = new Map([...checked].map(([name, { definition }]) => [name, definition.dependsOn ?? []]));
  const sorted = topologicalOrder(graph);
  if ("cycle" in sorted) {
    const message = `the dependencies run in a circle: ${sorted.cycle.join(" → ")}; take one of these away`;
    problems.push({ code: "INVALID_DEFINITION", flag: sorted.cycle[0], message });
  }
  if (problems.length > 0 || "cycle" in sorted) throw definitionError(problems);
  const flags = register(checked, sorted.order, closures(graph, sorted.order));
  const names = Object.freeze([...checked.keys()]);
  let definitions: object | undefined;
  return Object.freeze({
    /** Made when somebody looks: a running service asks for flags, which are in `flags`. */
    get definitions() {
      definitions ??= Object.freeze(Object.fromEntries([...flags].map(([name, { definition }]) => [name, definition])));
      return definitions;
    },
    flags,
    names,
  });
}

function definitionsOf(part: unknown, problems: Problem[]): [string, unknown][] {
  if (typeof part !== "object" || part === null) {
    const message = `${show(part)} is neither flag definitions by name nor a registry`;
    problems.push({ code: "INVALID_DEFINITION", message });
    return [];
  }
  const registered = (part as Partial<Registry<object>>).flags;
  if (registered instanceof Map) return [...registered].map(([name, entry]) => [name, entry.definition]);
  return Object.entries(part);
}

function checkParents(checked: ReadonlyMap<string, CheckedDefinition>, problems: Problem[]): void {
  for (const [name, { definition }] of checked) {
    for (const parent of definition.dependsOn ?? []) {
      const report = (message: string) =>
        problems.push({ code: "INVALID_DEFINITION", flag: name, message: `flag "${name}" ${message}` });
      const kind = checked.get(parent)?.definition.kind;
      if (kind === undefined)
        report(`depends on "${parent}", which is not a flag of this registry${didYouMean(parent, checked.keys())}`);
      else if (kind !== "boolean") report(`depends on "${parent}", which is ${kind} and not boolean`);
    }
  }
}

function register(
  checked: ReadonlyMap<string, CheckedDefinition>,
  order: readonly string[],
  ancestorNames: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, RegisteredFlag> {
  const made = new Map<string, RegisteredFlag>();
  const dependents = new Map<string, RegisteredFlag[]>();
  /** How many dependents of a flag are still to come. Lists that grow would keep room for more. */
  const missing = new Map<string, number>();
  for (const names of ancestorNames.values()) for (const name of names) missing.set(name, (missing.get(name) ?? 0) + 1);
  for (const [name, count] of missing) dependents.set(name, new Array(count));
  /** Siblings have the same ancestors, and share the list. */
  const lists = new Map<string, readonly RegisteredFlag[]>();
  for (const name of order) {
    const names = ancestorNames.get(name) ?? NONE;
    const key = names.join(" ");
    const ancestors = lists.get(key) ?? Object.freeze(names.map((ancestor) => made.get(ancestor) as RegisteredFlag));
    lists.set(key, ancestors);
    const entry = new RegisteredFlag(
      name,
      checked.get(name) as CheckedDefinition,
      ancestors,
      dependents.get(name) ?? NONE,
    );
    made.set(name, entry);
    for (const ancestor of names) {
      const list = dependents.get(ancestor) as RegisteredFlag[];
      const left = missing.get(ancestor) as number;
      list[list.length - left] = entry;
      missing.set(ancestor, left - 1);
    }
  }
  for (const list of dependents.values()) Object.freeze(list);
  for (const entry of made.values()) Object.freeze(entry);
  return new Map([...checked.keys()].map((name) => [name, made.get(name) as RegisteredFlag]));
}
