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
import { Alarm } from "./alarm.js";
import { checkCall } from "./check-call.js";
import type { CommandRecord, Engine } from "./engine.js";
import type { Author } from "./flag-change.js";
import type { CommandOptions, OverrideOptions } from "./flags.js";
import { killValue } from "./own-answer.js";
import { auditSetting } from "./setting.js";

/** How many expired overrides are lifted in one turn of the event loop. */
const SLICE = 100;

type Action = "set" | "reset" | "kill" | "revive" | "expiry";

/** Everything that changes flags at run time. Each command either happens whole, or throws and has changed nothing. */
export class Commands {
  readonly #engine: Engine;
  readonly #readOnly: boolean;
  readonly #alarm: Alarm;
  #closed = false;

  constructor(engine: Engine, readOnly: boolean) {
    this.#engine = engine;
    this.#readOnly = readOnly;
    this.#alarm = new Alarm(engine.parts.wake, () => this.#expire());
  }

  setValue(name: string, value: unknown, options: OverrideOptions): boolean {
    this.begin("set");
    const flag = this.#engine.flag(name);
    const reading = checkValue(flag, value);
    if ("problem" in reading)
      throw new BurgeeError("INVALID_VALUE", `flag "${name}" cannot be set: ${reading.problem}`, { flag: name });
    return this.#override(flag, { value: reading.value }, options);
  }

  setRule(name: string, rule: unknown, options: OverrideOptions): boolean {
    this.begin("set");
    const flag = this.#engine.flag(name);
    const check = checkRule(rule, flag, (input) => checkValue(flag, input));
    const issues = "issues" in check ? check.issues : referenceIssues(check.rule, flag, this.#engine.parts.chain.scope);
    if ("issues" in check || issues.length > 0) {
      const what = issues.map(({ message }) => message).join("; ");
      throw new BurgeeError("INVALID_RULE", `flag "${name}" was given a rule it cannot use: ${what}`, { flag: name });
    }
    return this.#override(flag, { rule: check.rule }, options);
  }

  reset(name: string, options: CommandOptions): boolean {
    this.begin("reset");
    const flag = this.#engine.flag(name);
    const by = author(options);
    if (!this.#engine.parts.overrides.delete(name)) return false;
    this.#carryOut([flag], { action: "reset", flag: name }, by);
    return true;
  }

  resetAll(options: CommandOptions): number {
    this.begin("reset");
    const { overrides } = this.#engine.parts;
    const by = author(options);
    const flags = overrides.names().map((name) => this.#engine.flag(name));
    if (flags.length === 0) return 0;
    for (const { name } of flags) overrides.delete(name);
    this.#carryOut(flags, { action: "reset" }, by);
    return flags.length;
  }

  kill(name: string, options: CommandOptions): boolean {
    this.begin("kill");
    const flag = this.#engine.flag(name);
    const { overrides, clock } = this.#engine.parts;
    const by = author(options);
    if (overrides.killed(name) !== undefined) return false;
    overrides.kill(name, { ...by, at: clock() });
    const safe = killValue(flag) !== flag.off;
    const warnings = safe ? [`flag "${name}" goes on by a kill: that is its safe state`] : [];
    this.#carryOut([flag], { action: "kill", flag: name, warnings }, by);
    return true;
  }

  revive(name: string, options: CommandOptions): boolean {
    this.begin("revive");
    const flag = this.#engine.flag(name);
    const by = author(options);
    if (!this.#engine.parts.overrides.revive(name)) return false;
    this.#carryOut([flag], { action: "revive", flag: name }, by);
    return true;
  }

  /**
   * Begins a command: what is due by the clock happens first, and by itself.
   *
   * @throws BurgeeError `CLOSED` or `READ_ONLY`
   */
  begin(what: string): void {
    if (this.#closed) throw new BurgeeError("CLOSED", `these flags are closed; they answer, but cannot ${what}`);
    if (this.#readOnly)
      throw new BurgeeError("READ_ONLY", `these flags are read-only; leave out \`readOnly: true\` to ${what}`);
    this.#engine.parts.scheduler.catchUp();
  }

  close(): void {
    this.#closed = true;
    this.#alarm.set(undefined);
  }

  #override(flag: RegisteredFlag, setting: Checked, options: OverrideOptions): boolean {
    const { overrides, clock } = this.#engine.parts;
    const by = author(options, ["expiresAt", "ttlMs"]);
    assertOverridable(flag, this.#engine.parts.chain);
    assertAllowed(flag, setting, this.#engine.parts);
    const origin: Origin = { ...by, at: clock(), ...expiry(options, clock()) };
    if (sameOverride(overrides.get(flag.name), setting, origin)) return false;
    overrides.set(flag.name, { ...setting, origin });
    const killed = overrides.killed(flag.name) !== undefined;
    const warnings = killed ? [`flag "${flag.name}" is killed: this shows when it is revived`] : [];
    const expiresAt = origin.expiresAt === undefined ? undefined : new Date(origin.expiresAt).toISOString();
    this.#carryOut(
      [flag],
      {
        action: "set",
        flag: flag.name,
        setting: auditSetting(setting),
        expiresAt,
        warnings,
      },
      by,
    );
    return true;
  }

  #carryOut(flags: readonly RegisteredFlag[], record: CommandRecord & { readonly action: Action }, by: Author): void {
    // The alarm first: a listener may set another.
    this.#alarm.set(this.#engine.parts.overrides.nextExpiry());
    this.#engine.commit(flags, record, by, record.action);
  }

  #expire(): void {
    const { overrides, clock } = this.#engine.parts;
    this.#engine.parts.scheduler.catchUp();
    // One at a time, each with its own effects; a listener may set the next one anew, or close. Very many of them
    // are taken in slices, so that nobody waits for long.
    for (let taken = 0; !this.#closed && taken < SLICE; taken++) {
      const name = overrides.takeExpired(clock());
      if (name === undefined) break;
      this.#carryOut([this.#engine.flag(name)], { action: "expiry", flag: name }, { source: "expiry" });
    }
    this.#alarm.set(this.#closed ? undefined : overrides.nextExpiry());
  }
}

/**
 * Who gives the command; `runtime` where the caller does not say.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for anything but texts
 */
export function author(options: CommandOptions, more: readonly string[] = []): Author {
  checkCall(options, ["source", "actor", "reason", ...more], "this command");
  const { source = "runtime", actor, reason } = options;
  for (const [name, text] of Object.entries({ source, actor, reason })) {
    if (text !== undefined && typeof text !== "string")
      throw new BurgeeError("INVALID_OPTIONS", `\`${name}\` must be a text`);
  }
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
