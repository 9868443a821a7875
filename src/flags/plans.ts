import { isDeepStrictEqual } from "node:util";
import { BurgeeError } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue } from "../registry/value.js";
import type { Checked } from "../resolvers/layer.js";
import type { Origin } from "../resolvers/resolver.js";
import { referenceIssues } from "../rules/references.js";
import { checkRule } from "../rules/schema.js";
import type { Override } from "../store/overrides.js";
import { assertAllowed, assertOverridable } from "./admission.js";
import { author } from "./command-author.js";
import type { CommandOptions, OverrideOptions } from "./command-options.js";
import type { CommandRecord, Engine } from "./engine.js";
import type { Author } from "./flag-change.js";
import { killValue } from "./own-answer.js";
import { auditSetting } from "./setting.js";

/** What a command makes of what is set for one flag. What is left out stays as it is; null takes it away. */
export interface FlagEdit {
  readonly flag: RegisteredFlag;
  readonly override?: Override | null;
  readonly kill?: Origin | null;
}

/** What a command would do. */
export interface Plan {
  readonly edits: readonly FlagEdit[];
  readonly record: CommandRecord & { readonly action: "set" | "reset" | "kill" | "revive" };
  readonly author: Author;
}

/** What is set already, where commands are written to. */
export interface Standing {
  /** The names of the flags that have an override. */
  overridden(): readonly string[];
  isOverridden(name: string): boolean;
  isKilled(name: string): boolean;
}

/**
 * What commands would do as things stand, checked, and not done yet. Each plan throws where the command is refused, and is
 * undefined where it changes nothing.
 */
export class Plans {
  readonly #engine: Engine;
  readonly #standing: Standing;

  constructor(engine: Engine, standing: Standing) {
    this.#engine = engine;
    this.#standing = standing;
  }

  setValue(name: string, value: unknown, options: OverrideOptions): Plan | undefined {
    const flag = this.#engine.flag(name);
    return this.#override(flag, this.readValue(flag, value), options);
  }

  setRule(name: string, rule: unknown, options: OverrideOptions): Plan | undefined {
    const flag = this.#engine.flag(name);
    return this.#override(flag, this.readRule(flag, rule), options);
  }

  reset(name: string, options: CommandOptions): Plan | undefined {
    const flag = this.#engine.flag(name);
    const by = author(options);
    if (!this.#standing.isOverridden(name)) return undefined;
    return { edits: [{ flag, override: null }], record: { action: "reset", flag: name }, author: by };
  }

  resetAll(options: CommandOptions): Plan | undefined {
    const by = author(options);
    const edits = this.#standing.overridden().map((name) => ({ flag: this.#engine.flag(name), override: null }));
    return edits.length === 0 ? undefined : { edits, record: { action: "reset" }, author: by };
  }

  kill(name: string, options: CommandOptions): Plan | undefined {
    const flag = this.#engine.flag(name);
    const by = author(options);
    if (this.#standing.isKilled(name)) return undefined;
    const kill: Origin = { ...by, at: this.#engine.parts.clock() };
    const safe = killValue(flag) !== flag.off;
    const warnings = safe ? [`flag "${name}" goes on by a kill: that is its safe state`] : [];
    return { edits: [{ flag, kill }], record: { action: "kill", flag: name, warnings }, author: by };
  }

  revive(name: string, options: CommandOptions): Plan | undefined {
    const flag = this.#engine.flag(name);
    const by = author(options);
    if (!this.#standing.isKilled(name)) return undefined;
    return { edits: [{ flag, kill: null }], record: { action: "revive", flag: name }, author: by };
  }

  /** @throws BurgeeError `INVALID_VALUE` */
  readValue(flag: RegisteredFlag, value: unknown): { readonly value: unknown } {
    const reading = checkValue(flag, value);
    if (!("problem" in reading)) return reading;
    throw new BurgeeError("INVALID_VALUE", `flag "${flag.name}" cannot be set: ${reading.problem}`, {
      flag: flag.name,
    });
  }

  /** @throws BurgeeError `INVALID_RULE` */
  readRule(flag: RegisteredFlag, rule: unknown): Checked {
    const check = checkRule(rule, flag, (input) => checkValue(flag, input));
    const issues = "issues" in check ? check.issues : referenceIssues(check.rule, flag, this.#engine.parts.chain.scope);
    if (!("issues" in check) && issues.length === 0) return check;
    const what = issues.map(({ message }) => message).join("; ");
    throw new BurgeeError("INVALID_RULE", `flag "${flag.name}" was given a rule it cannot use: ${what}`, {
      flag: flag.name,
    });
  }

  #override(flag: RegisteredFlag, setting: Checked, options: OverrideOptions): Plan | undefined {
    const { overrides, clock, chain } = this.#engine.parts;
    const by = author(options, ["expiresAt", "ttlMs"]);
    assertOverridable(flag, chain);
    assertAllowed(flag, setting, this.#engine.parts);
    const origin: Origin = { ...by, at: clock(), ...expiry(options, clock()) };
    if (sameOverride(overrides.get(flag.name), setting, origin)) return undefined;
    const killed = overrides.killed(flag.name) !== undefined;
    const warnings = killed ? [`flag "${flag.name}" is killed: this shows when it is revived`] : [];
    const expiresAt = origin.expiresAt === undefined ? undefined : new Date(origin.expiresAt).toISOString();
    return {
      edits: [{ flag, override: { ...setting, origin } }],
      record: { action: "set", flag: flag.name, setting: auditSetting(setting), expiresAt, warnings },
      author: by,
    };
  }
}

/**
 * When an override lifts itself, in milliseconds since 1970, where that was asked for.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 */
export function expiry({ expiresAt, ttlMs }: OverrideOptions, now: number): { expiresAt?: number } {
  if (expiresAt === undefined && ttlMs === undefined) return {};
  if (expiresAt !== undefined && ttlMs !== undefined)
    throw new BurgeeError("INVALID_OPTIONS", "give `expiresAt` or `ttlMs`, not both");
  const what = ttlMs !== undefined ? "`ttlMs`" : "`expiresAt`";
  if (ttlMs !== undefined && typeof ttlMs !== "number")
    throw new BurgeeError("INVALID_OPTIONS", `${what} must be a number of milliseconds`);
  const at = ttlMs !== undefined ? now + ttlMs : new Date(expiresAt as Date | number | string).getTime();
  if (!(Math.abs(at) <= 8.64e15)) throw new BurgeeError("INVALID_OPTIONS", `${what} is no time that can be understood`);
  if (at <= now)
    throw new BurgeeError("INVALID_OPTIONS", `${what} is not in the future; use resetFlag to remove an override`);
  return { expiresAt: at };
}

function sameOverride(known: Override | undefined, setting: object, origin: Origin): boolean {
  if (known === undefined) return false;
  const { origin: before, ...was } = known;
  return before.expiresAt === origin.expiresAt && isDeepStrictEqual(was, setting);
}
