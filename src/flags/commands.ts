import { isDeepStrictEqual } from "node:util";
import { BurgeeError } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue } from "../registry/value.js";
import { isOff } from "../resolvers/resolutions.js";
import type { Origin } from "../resolvers/resolver.js";
import type { CheckedRule } from "../rules/rule.js";
import { checkRule } from "../rules/schema.js";
import type { Override } from "../store/overrides.js";
import type { Author, CommandRecord, Engine } from "./engine.js";
import { Alarm } from "./expiry.js";
import type { CommandOptions, OverrideOptions } from "./flags.js";
import { auditSetting } from "./setting.js";
import { killValue, unmetOf } from "./state.js";

type NewSetting = { readonly value: unknown } | { readonly rule: CheckedRule };

/** Everything that changes flags at run time. Each command either happens whole, or throws and has changed nothing. */
export class Commands {
  readonly #engine: Engine;
  readonly #readOnly: boolean;
  readonly #alarm: Alarm;
  #closed = false;

  constructor(engine: Engine, readOnly: boolean) {
    this.#engine = engine;
    this.#readOnly = readOnly;
    this.#alarm = new Alarm(engine.parts.clock, () => engine.parts.ambient.outside(() => this.#expire()));
  }

  setValue(name: string, value: unknown, options: OverrideOptions): boolean {
    this.assertWritable("set");
    const flag = this.#engine.flag(name);
    const reading = checkValue(flag, value);
    if ("problem" in reading)
      throw new BurgeeError("INVALID_VALUE", `flag "${name}" cannot be set: ${reading.problem}`, { flag: name });
    return this.#override(flag, { value: reading.value }, options);
  }

  setRule(name: string, rule: unknown, options: OverrideOptions): boolean {
    this.assertWritable("set");
    const flag = this.#engine.flag(name);
    const check = checkRule(rule, flag, (input) => checkValue(flag, input));
    if ("issues" in check) {
      throw new BurgeeError(
        "INVALID_RULE",
        `flag "${name}" was given a rule it cannot use: ${check.issues.map((issue) => issue.message).join("; ")}`,
        { flag: name },
      );
    }
    return this.#override(flag, { rule: check.rule }, options);
  }

  reset(name: string, options: CommandOptions): boolean {
    this.assertWritable("reset");
    const flag = this.#engine.flag(name);
    if (!this.#engine.parts.overrides.delete(name)) return false;
    this.#carryOut([flag], { action: "reset", flag: name }, author(options));
    return true;
  }

  resetAll(options: CommandOptions): number {
    this.assertWritable("reset");
    const { overrides } = this.#engine.parts;
    const names = overrides.names();
    if (names.length === 0) return 0;
    for (const name of names) overrides.delete(name);
    this.#carryOut(
      names.map((name) => this.#engine.flag(name)),
      { action: "reset" },
      author(options),
    );
    return names.length;
  }

  kill(name: string, options: CommandOptions): boolean {
    this.assertWritable("kill");
    const flag = this.#engine.flag(name);
    const { overrides, clock, reporter } = this.#engine.parts;
    if (overrides.killed(name) !== undefined) return false;
    const by = author(options);
    overrides.kill(name, { ...by, at: clock() });
    const safe = killValue(flag) !== flag.off;
    const warnings = safe ? ["a kill puts it on: that is its safe state"] : undefined;
    if (safe) reporter.warn(`flag "${name}": ${warnings?.[0]}`, { flag: name });
    this.#carryOut([flag], { action: "kill", flag: name, warnings }, by);
    return true;
  }

  revive(name: string, options: CommandOptions): boolean {
    this.assertWritable("revive");
    const flag = this.#engine.flag(name);
    if (!this.#engine.parts.overrides.revive(name)) return false;
    this.#carryOut([flag], { action: "revive", flag: name }, author(options));
    return true;
  }

  /** @throws BurgeeError `CLOSED` or `READ_ONLY` */
  assertWritable(what: string): void {
    if (this.#closed) throw new BurgeeError("CLOSED", `these flags are closed; they answer, but cannot ${what}`);
    if (this.#readOnly)
      throw new BurgeeError("READ_ONLY", `these flags are read-only; leave out \`readOnly: true\` to ${what}`);
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(undefined);
  }

  #override(flag: RegisteredFlag, setting: NewSetting, options: OverrideOptions): boolean {
    const { overrides, clock, reporter } = this.#engine.parts;
    this.#assertOverridable(flag);
    const turnsOn = this.#assertAllowed(flag, setting);
    const by = author(options);
    const origin: Origin = { ...by, at: clock(), ...expiry(options, clock()) };
    if (sameOverride(overrides.get(flag.name), setting, origin)) return false;
    overrides.set(flag.name, { ...setting, origin });
    const warnings: string[] = [];
    if (turnsOn && flag.definition.status === "frozen")
      warnings.push("the flag is frozen, and is turned on all the same");
    if (overrides.killed(flag.name) !== undefined) warnings.push("the flag is killed: this shows when it is revived");
    for (const warning of warnings) reporter.warn(`flag "${flag.name}": ${warning}`, { flag: flag.name });
    const expiresAt = origin.expiresAt === undefined ? undefined : new Date(origin.expiresAt).toISOString();
    this.#carryOut(
      [flag],
      {
        action: "set",
        flag: flag.name,
        setting: auditSetting(setting),
        expiresAt,
        ...(warnings.length > 0 && { warnings }),
      },
      by,
    );
    return true;
  }

  #assertOverridable(flag: RegisteredFlag): void {
    const { chain } = this.#engine.parts;
    const { name } = flag;
    if (!chain.overridable)
      throw new BurgeeError(
        "NO_OVERRIDES",
        `flag "${name}" cannot be set: the chain has no "overrides" step; add it to \`resolvers\``,
        { flag: name },
      );
    const pin = chain.pin(flag);
    if (pin === undefined) return;
    const place = pin.prepared?.place === undefined ? "" : ` (${pin.prepared.place})`;
    throw new BurgeeError(
      "FLAG_PINNED",
      `flag "${name}" is pinned by ${pin.step}${place}, which goes before overrides; change it there, or use kill("${name}") in an emergency`,
      { flag: name },
    );
  }

  /** Checks dependencies and requirements; gives whether anyone can get something else than off. */
  #assertAllowed(flag: RegisteredFlag, setting: NewSetting): boolean {
    const { chain, table, requirements } = this.#engine.parts;
    const outcomes = chain.preview(flag, setting, "overrides");
    const turnsOn = outcomes.some(({ value }) => !isOff(flag, value));
    const off = flag.ancestors.filter((ancestor) => {
      const { constant } = table.state(ancestor).own;
      return constant !== undefined && constant.value !== true;
    });
    const { name } = flag;
    if (turnsOn && off.length > 0) {
      const names = off.map((ancestor) => `"${ancestor.name}"`).join(", ");
      throw new BurgeeError(
        "DEPENDENCY_UNMET",
        `flag "${name}" cannot be turned on: it depends on ${names}, which ${off.length === 1 ? "is" : "are"} off`,
        { flag: name },
      );
    }
    const unmet = unmetOf(flag, outcomes, requirements);
    if (unmet.length > 0) {
      throw new BurgeeError(
        "REQUIREMENT_UNMET",
        `flag "${name}" cannot be set so: it requires ${unmet.join(", ")}; set the variables and start again`,
        { flag: name, problems: unmet.map((message) => ({ code: "REQUIREMENT_UNMET", flag: name, message })) },
      );
    }
    return turnsOn;
  }

  #carryOut(flags: readonly RegisteredFlag[], record: CommandRecord, by: Author): void {
    // The alarm first: a listener may set another.
    this.#alarm.set(this.#engine.parts.overrides.nextExpiry());
    const kind = record.action as "set" | "reset" | "kill" | "revive" | "expiry";
    this.#engine.commit(flags, record, by, kind);
  }

  #expire(): void {
    const { overrides, clock } = this.#engine.parts;
    // One at a time, each with its own effects; a listener may set the next one anew, or close.
    while (!this.#closed) {
      const name = overrides.takeExpired(clock());
      if (name === undefined) break;
      this.#carryOut([this.#engine.flag(name)], { action: "expiry", flag: name }, { source: "expiry" });
    }
    this.#alarm.set(this.#closed ? undefined : overrides.nextExpiry());
  }
}

/** Who gives the command; `runtime` where the caller does not say. */
export function author({ source = "runtime", actor, reason }: CommandOptions): Author {
  return { source, ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }) };
}

function expiry({ expiresAt, ttlMs }: OverrideOptions, now: number): { expiresAt?: number } {
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
