import { type ErrorCode, type Problem, problemsError } from "../errors.js";
import type { ChoiceOf } from "../registry/infer.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue } from "../registry/value.js";
import type { Checked } from "../resolvers/layer.js";
import { isPlainObject } from "../rules/plain-object.js";
import { type Known, referenceIssues } from "../rules/references.js";
import type { RuleIssue } from "../rules/rule-issue.js";
import { checkRule } from "../rules/schema.js";
import type { RuleFor } from "./command-options.js";
import { unknownFlag } from "./unknown-flag.js";

/**
 * Rules by flag, as a profile has them: a rule, or a value for everybody. An object for a `json` flag is a value, unless
 * it says `serve`.
 */
export type SimulatedRules<T> = { readonly [N in keyof T]?: RuleFor<T, N> | ChoiceOf<T, N> | undefined };

/** Values and rules by flag, checked. */
export type Edits = ReadonlyMap<string, Checked>;

/** Reads the rules of a simulation, once it is known what they may name. What is wrong is told by {@link refuse}. */
export class EditReader {
  readonly #flags: ReadonlyMap<string, RegisteredFlag>;
  readonly #known: Known;
  readonly #problems: Problem[] = [];

  constructor(flags: ReadonlyMap<string, RegisteredFlag>, known: Known) {
    this.#flags = flags;
    this.#known = known;
  }

  /** `where` is what the caller calls them. */
  read(given: unknown, where: "rules" | "before"): Edits {
    const edits = new Map<string, Checked>();
    if (!isPlainObject(given)) {
      const message = "must be rules and values by flag, such as { new_checkout: { rollout: 25 } }";
      this.#problems.push({ code: "INVALID_OPTIONS", place: where, message });
      return edits;
    }
    for (const [name, entry] of Object.entries(given)) {
      if (entry === undefined) continue;
      const edit = this.#readOne(name, entry, `${where}.${name}`);
      if (edit !== undefined) edits.set(name, edit);
    }
    return edits;
  }

  /** Looks at a definition's own rule, which may name what is not there. */
  checkDefinition(flag: RegisteredFlag): void {
    const issues = flag.rule === undefined ? [] : referenceIssues(flag.rule, flag, this.#known);
    this.#report("INVALID_RULE", flag.name, `the definition of ${flag.name}`, issues);
  }

  /** @throws BurgeeError `INVALID_RULE`, listing every problem with its place */
  refuse(): void {
    if (this.#problems.length > 0)
      throw problemsError("INVALID_RULE", "these rules cannot be simulated", this.#problems);
  }

  #readOne(name: string, entry: unknown, place: string): Checked | undefined {
    const flag = this.#flags.get(name);
    if (flag === undefined) {
      this.#problems.push({
        code: "FLAG_NOT_FOUND",
        flag: name,
        place,
        message: unknownFlag(name, this.#flags.keys()),
      });
      return undefined;
    }
    if (!isPlainObject(entry) || (flag.kind === "json" && !Object.hasOwn(entry, "serve"))) {
      const reading = checkValue(flag, entry);
      if ("value" in reading) return reading;
      this.#problems.push({ code: "INVALID_VALUE", flag: name, place, message: reading.problem });
      return undefined;
    }
    const check = checkRule(entry, flag, (input) => checkValue(flag, input));
    const issues = "issues" in check ? check.issues : referenceIssues(check.rule, flag, this.#known);
    this.#report("INVALID_RULE", name, place, issues);
    return "rule" in check && issues.length === 0 ? check : undefined;
  }

  #report(code: ErrorCode, flag: string, place: string, issues: readonly RuleIssue[]): void {
    for (const { message } of issues) this.#problems.push({ code, flag, place, message });
  }
}
