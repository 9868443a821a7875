import { isDeepStrictEqual } from "node:util";
import type { AffectedFlag, AuditEntry, AuditLog, AuditRecord } from "../changes/audit.js";
import type { ChangeBus } from "../changes/bus.js";
import { BurgeeError, messageOf } from "../errors.js";
import type { AnyRegistry, RegisteredFlag } from "../registry/registry.js";
import type { Chain } from "../resolvers/chain.js";
import { isOff } from "../resolvers/resolutions.js";
import type { Steps } from "../resolvers/steps.js";
import type { OverrideTable } from "../store/overrides.js";
import type { AmbientContext } from "./ambient.js";
import type { Clock } from "./clock.js";
import type { Draft } from "./draft.js";
import { type Author, type ChangeOrigin, type CommandCause, changeDetails, changeOf } from "./flag-change.js";
import { Outbox } from "./outbox.js";
import type { Reporter } from "./reporter.js";
import type { Requirements } from "./requirements.js";
import type { Scheduler } from "./scheduler.js";
import { type EffectiveSetting, effectiveAuditSetting } from "./setting.js";
import type { Difference, FlagState, StateTable } from "./state.js";
import { textOf, unknownFlag } from "./unknown-flag.js";

/** What is written down of a command, beside what the engine itself knows. */
export type CommandRecord = Pick<
  AuditRecord,
  "action" | "flag" | "setting" | "expiresAt" | "warnings" | "cleared" | "instance" | "revision"
>;

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
const UNASKED: ReadonlySet<string> = new Set<CommandRecord["action"]>(["reload", "schedule", "resync"]);

/** Carries a change through: commit, audit, listeners, in that order. */
export class Engine {
  readonly parts: EngineParts;
  #sequence = 0;
  #version = 0;
  /** What is in force and not told yet. */
  readonly #outbox = new Outbox();

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

  /**
   * Works the flags out anew, puts them in force, writes the command down and tells the listeners. Gives what differs. `at`
   * is when the command was given, in milliseconds since 1970: now, unless it comes from elsewhere.
   */
  commit(
    flags: Iterable<RegisteredFlag>,
    record: CommandRecord,
    author: Author,
    cause: CommandCause,
    at = this.parts.clock(),
  ): readonly Difference[] {
    try {
      const origin = { author, cause, at, revision: record.revision };
      return this.#putInForce(this.parts.table.compute(flags), record, origin);
    } finally {
      this.#outbox.deliver();
      this.parts.scheduler.arm();
    }
  }

  /** The same with what was worked out already. Whoever calls has yet to tell of it, by `telling`. */
  commitDraft(draft: Draft, record: CommandRecord, author: Author, cause: "reload" | "resync"): readonly Difference[] {
    const origin = { author, cause, at: this.parts.clock(), revision: record.revision };
    const differences = this.#putInForce(draft.states, record, origin, draft);
    this.parts.scheduler.arm();
    return differences;
  }

  /** Tells what is in force and was not told yet, in steps. Whoever gives a command meanwhile tells the rest first. */
  telling(): Steps<void> {
    return this.#outbox.steps();
  }

  /** Runs work whose changes are told after it. Whoever calls has yet to tell of them, by `telling`. */
  untold(work: () => void): void {
    this.#outbox.hold(work);
  }

  /** Runs work whose changes are told after it, in a microtask: who is told may do whatever must not be done within it. */
  tellingLater(work: () => void): void {
    try {
      this.#outbox.hold(work);
    } finally {
      queueMicrotask(() => this.#outbox.deliver());
    }
  }

  #putInForce(
    states: ReadonlyMap<string, FlagState>,
    record: CommandRecord,
    origin: ChangeOrigin,
    draft?: Draft,
  ): readonly Difference[] {
    const told: (() => void)[] = [];
    for (const [name, state] of states) {
      if (state.unmet.length > 0 || state.constant?.source === "dependency")
        this.#noteWorthTelling(this.flag(name), state, told);
    }
    const differences = this.parts.table.commit(states, draft?.same);
    this.#version++;
    this.#outbox.push(this.#tell(differences, told, origin));
    const quiet = UNASKED.has(record.action) && differences.length === 0;
    const entry = withEffects(record, differences, (difference) => draft?.affected(difference) ?? affected(difference));
    for (const warning of entry.warnings ?? []) this.parts.reporter.warn(warning);
    if (!quiet) this.write(entry, origin.author, origin.at, draft?.written);
    return differences;
  }

  /** Tells of a commit, a flag at a time. Whoever is told may give a command, whose changes come after these. */
  *#tell(differences: readonly Difference[], told: readonly (() => void)[], origin: ChangeOrigin): Steps<void> {
    const { reporter, bus } = this.parts;
    const first = this.#sequence + 1;
    this.#sequence += differences.length;
    for (const tell of told) yield tell();
    for (const { flag, to } of differences) {
      this.warnUnexpected(flag, to);
      yield;
    }
    for (const [index, difference] of differences.entries()) {
      const change = changeOf(difference, origin, first + index);
      reporter.logger.info(changeDetails(change), `flag "${change.flag}" changed`);
      bus.publish([change]);
      yield;
    }
  }

  /** Writes an entry. What has happened stands, even where it cannot be written down. */
  write(
    record: CommandRecord & Pick<AuditRecord, "affected">,
    { source, actor, reason }: Author,
    at = this.parts.clock(),
    ahead?: ReadonlyMap<AffectedFlag, string>,
  ): void {
    const { audit, written, reporter } = this.parts;
    try {
      written(audit.append({ ...record, source, actor, reason, at: new Date(at).toISOString() }, ahead));
    } catch (cause) {
      const message = `the audit log refused an entry (${record.action}): ${messageOf(cause)}`;
      reporter.error(new BurgeeError("AUDIT_SINK_FAILED", message, { flag: record.flag, cause }));
    }
  }

  /** Warns where a setting is not, for everybody, what the flag's definition expects of this environment. */
  warnUnexpected({ name, definition: { expect } }: RegisteredFlag, { own, ancestors }: EffectiveSetting): void {
    const environment = this.parts.environmentName;
    if (environment === undefined || expect === undefined || !Object.hasOwn(expect, environment)) return;
    const actual = "value" in own && ancestors.length === 0 ? own.value : "decided by the context";
    if (isDeepStrictEqual(actual, expect[environment])) return;
    this.parts.reporter.warn(
      `flag "${name}" should be ${JSON.stringify(expect[environment])} in ${environment}, and is ${JSON.stringify(actual)}`,
      { flag: name },
    );
  }

  /** Warns of a flag that is off, against its own setting, because one it depends on is. */
  warnHeld({ name }: RegisteredFlag, { constant }: FlagState): void {
    if (constant?.source === "dependency")
      this.parts.reporter.warn(`flag "${name}" is off because "${constant.dependency}" is`, { flag: name });
  }

  /** What a flag's new state brings with it, said with what is known now: whoever is told may change it again. */
  #noteWorthTelling(flag: RegisteredFlag, state: FlagState, told: (() => void)[]): void {
    const before = this.parts.table.state(flag);
    if (state.unmet.length > 0 && before.unmet.length === 0)
      told.push(() => this.parts.reporter.staysOff(flag, state.unmet));
    if (state.constant?.source === "dependency" && before.constant?.source !== "dependency")
      told.push(() => this.warnHeld(flag, state));
  }
}

/** A command's record with what it does to flags. */
export function withEffects(
  record: CommandRecord,
  differences: readonly Difference[],
  affectedOf: (difference: Difference) => AffectedFlag = affected,
): CommandRecord & Pick<AuditRecord, "affected"> {
  const thawed = differences.filter(turnsFrozenOn).map(({ flag }) => frozenWarning(flag));
  // What comes from a store has been written down once, warnings included.
  const warnings = [...new Set([...(record.warnings ?? []), ...thawed])];
  return {
    ...record,
    warnings: warnings.length > 0 ? warnings : undefined,
    affected: differences.map(affectedOf),
  };
}

/** Turning on a frozen flag works, whoever does it, and is worth a word. */
function turnsFrozenOn({ flag, from, to }: Difference): boolean {
  if (flag.definition.status !== "frozen") return false;
  const off = ({ own }: EffectiveSetting) => "value" in own && isOff(flag, own.value);
  return off(from) && !off(to);
}

/** What is said of a frozen flag that is on. */
export function frozenWarning({ name }: RegisteredFlag): string {
  return `flag "${name}" is frozen, and is turned on all the same`;
}

function affected({ flag, from, to }: Difference): AffectedFlag {
  return { flag: flag.name, from: effectiveAuditSetting(from), to: effectiveAuditSetting(to) };
}
