import { isDeepStrictEqual } from "node:util";
import type { AffectedFlag, AuditEntry, AuditLog, AuditRecord } from "../changes/audit.js";
import type { ChangeBus } from "../changes/bus.js";
import type { ChangeCause, FlagChange } from "../changes/change.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { AnyRegistry, RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import { isOff } from "../resolvers/resolutions.js";
import type { OverrideTable } from "../store/overrides.js";
import type { AmbientContext } from "./ambient.js";
import type { Clock } from "./clock.js";
import type { Reporter } from "./reporter.js";
import type { Requirements } from "./requirements.js";
import type { Scheduler } from "./scheduler.js";
import { type EffectiveSetting, effectiveAuditSetting } from "./setting.js";
import type { Difference, FlagState, StateTable } from "./state.js";
import { textOf, unknownFlag } from "./unknown-flag.js";

/** Who did something, and why. */
export interface Author {
  readonly source: string;
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
}

/** What set a change off, where it was not another flag. */
export type CommandCause = Exclude<ChangeCause["kind"], "dependency">;

/** What is written down of a command, beside what the engine itself knows. */
export type CommandRecord = Pick<AuditRecord, "action" | "flag" | "setting" | "expiresAt" | "warnings" | "cleared">;

interface EngineParts {
  readonly registry: AnyRegistry;
  readonly chain: Chain;
  readonly overrides: OverrideTable;
  readonly requirements: Requirements;
  readonly table: StateTable;
  readonly reporter: Reporter;
  readonly bus: ChangeBus;
  readonly audit: AuditLog;
  readonly ambient: AmbientContext;
  readonly clock: () => number;
  /** Calls back outside the ambient context of whoever asked for it. */
  readonly wake: Clock["wake"];
  /** Told after each commit: flags may have to be worked out anew at other times than before. */
  readonly scheduler: Scheduler;
  /** Hands an entry to sinks and listeners. */
  readonly written: (entry: AuditEntry) => void;
  /** The environment that `expect` speaks of. */
  readonly environmentName: string | undefined;
}

/** What nobody commanded is written down only where it changed something. */
const UNASKED: ReadonlySet<string> = new Set<CommandRecord["action"]>(["reload", "schedule"]);

/** Carries a change through: commit, audit, listeners, in that order. */
export class Engine {
  readonly parts: EngineParts;
  #sequence = 0;
  #version = 0;
  /** Changes that are in force and not published yet. */
  readonly #outbox: FlagChange[] = [];

  constructor(parts: EngineParts) {
    this.parts = parts;
  }

  /** Grows with every commit, so that what was captured before can be told from what is in force. */
  get version(): number {
    return this.#version;
  }

  /**
   * The flag of that name.
   *
   * @throws BurgeeError `FLAG_NOT_FOUND`, with the nearest name
   */
  flag(name: string): RegisteredFlag {
    const { flags } = this.parts.registry;
    const flag = flags.get(name);
    if (flag === undefined)
      throw new BurgeeError("FLAG_NOT_FOUND", unknownFlag(name, flags.keys()), { flag: textOf(name) });
    return flag;
  }

  /** Works the flags out anew, puts them in force, writes the command down and tells the listeners. Gives what differs. */
  commit(
    flags: Iterable<RegisteredFlag>,
    record: CommandRecord,
    author: Author,
    cause: CommandCause,
  ): readonly Difference[] {
    return this.commitStates(this.parts.table.compute(flags), record, author, cause);
  }

  /** The same with states that were worked out already. */
  commitStates(
    states: ReadonlyMap<string, FlagState>,
    record: CommandRecord,
    author: Author,
    cause: CommandCause,
  ): readonly Difference[] {
    const at = this.parts.clock();
    const told = [...states].flatMap(([name, state]) => this.#worthTelling(this.flag(name), state));
    const differences = this.parts.table.commit(states);
    this.#version++;
    const changes = differences.map((difference) => this.#change(difference, author, cause, at));
    this.#outbox.push(...changes);
    try {
      const thawed = differences.filter(turnsFrozenOn).map(({ flag }) => frozenWarning(flag));
      const warnings = [...(record.warnings ?? []), ...thawed];
      for (const warning of warnings) this.parts.reporter.warn(warning);
      const quiet = UNASKED.has(record.action) && differences.length === 0;
      const entry = {
        ...record,
        warnings: warnings.length > 0 ? warnings : undefined,
        affected: differences.map(affected),
      };
      if (!quiet) this.write(entry, author, at);
      for (const change of changes) this.#log(change);
      for (const tell of told) tell();
      this.warnUnexpected(differences.map(({ flag }) => flag));
    } finally {
      // Whoever was told of entries and errors may have given a command, whose changes came after these.
      this.parts.bus.publish(this.#outbox.splice(0));
      this.parts.scheduler.arm();
    }
    return differences;
  }

  /** Writes an entry. What has happened stands, even where it cannot be written down. */
  write(
    record: CommandRecord & Pick<AuditRecord, "affected">,
    { source, actor, reason }: Author,
    at = this.parts.clock(),
  ): void {
    const { audit, written, reporter } = this.parts;
    try {
      written(audit.append({ ...record, source, actor, reason, at: new Date(at).toISOString() }));
    } catch (cause) {
      const message = `the audit log refused an entry (${record.action}): ${messageOf(cause)}`;
      reporter.error(new BurgeeError("AUDIT_SINK_FAILED", message, { flag: record.flag, cause }));
    }
  }

  /** Warns of flags that are not, for everybody, what their definition expects of this environment. */
  warnUnexpected(flags: Iterable<RegisteredFlag>): void {
    const environment = this.parts.environmentName;
    if (environment === undefined) return;
    for (const flag of flags) {
      const { name } = flag;
      const { expect } = flag.definition;
      if (expect === undefined || !Object.hasOwn(expect, environment)) continue;
      const { setting } = this.parts.table.state(flag);
      const actual =
        "value" in setting.own && setting.ancestors.length === 0 ? setting.own.value : "decided by the context";
      if (isDeepStrictEqual(actual, expect[environment])) continue;
      this.parts.reporter.warn(
        `flag "${name}" should be ${JSON.stringify(expect[environment])} in ${environment}, and is ${JSON.stringify(actual)}`,
        { flag: name },
      );
    }
  }

  /** Warns of a flag that is off, against its own setting, because one it depends on is. */
  warnHeld({ name }: RegisteredFlag, { constant }: FlagState): void {
    if (constant?.source === "dependency")
      this.parts.reporter.warn(`flag "${name}" is off because "${constant.dependency}" is`, { flag: name });
  }

  /** What a flag's new state brings with it, said with what is known now: whoever is told may change it again. */
  #worthTelling(flag: RegisteredFlag, state: FlagState): (() => void)[] {
    const before = this.parts.table.state(flag);
    const told: (() => void)[] = [];
    if (state.unmet.length > 0 && before.unmet.length === 0)
      told.push(() => this.parts.reporter.staysOff(flag, state.unmet));
    if (state.constant?.source === "dependency" && before.constant?.source !== "dependency")
      told.push(() => this.warnHeld(flag, state));
    return told;
  }

  #change(
    { flag, from, to, because }: Difference,
    { source, actor, reason }: Author,
    kind: CommandCause,
    at: number,
  ): FlagChange {
    return Object.freeze({
      flag: flag.name,
      ...described(from, "previous", "previousRule"),
      ...described(to, "value", "rule"),
      source,
      ...(actor !== undefined && { actor }),
      ...(reason !== undefined && { reason }),
      cause: Object.freeze(because === undefined ? { kind } : { kind: "dependency", flag: because }),
      at,
      sequence: ++this.#sequence,
    }) as FlagChange;
  }

  #log({ flag, previous, value, rule, source, actor, reason, cause }: FlagChange): void {
    const what = rule === undefined ? { from: previous, to: value } : { from: previous, rule };
    this.parts.reporter.logger.info(
      { flag, ...what, source, ...(actor !== undefined && { actor }), ...(reason !== undefined && { reason }), cause },
      `flag "${flag}" changed`,
    );
  }
}

/** Turning on a frozen flag works, whoever does it, and is worth a word. */
function turnsFrozenOn({ flag, from, to }: Difference): boolean {
  const off = ({ own }: EffectiveSetting) => "value" in own && isOff(flag, own.value);
  return flag.definition.status === "frozen" && off(from) && !off(to);
}

/** What is said of a frozen flag that is on. */
export function frozenWarning({ name }: RegisteredFlag): string {
  return `flag "${name}" is frozen, and is turned on all the same`;
}

/** A value only where it is the same for everybody, and so not where an ancestor's answer depends on the context. */
function described(
  { own, ancestors }: EffectiveSetting,
  value: "previous" | "value",
  rule: "previousRule" | "rule",
): Record<string, unknown> {
  if ("value" in own) return { [value]: ancestors.length === 0 ? own.value : undefined };
  return { [value]: undefined, ...("rule" in own && { [rule]: own.rule }) };
}

function affected({ flag, from, to }: Difference): AffectedFlag {
  return { flag: flag.name, from: effectiveAuditSetting(from), to: effectiveAuditSetting(to) };
}
