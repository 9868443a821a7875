import type { AuditEntry, AuditHead, AuditQuery, AuditVerdict } from "../changes/audit.js";
import type { FlagChange } from "../changes/change.js";
import type { EventHub } from "../changes/event-hub.js";
import { BurgeeError } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import { didYouMean } from "../rules/nearest.js";
import type { RuleScope } from "../rules/unit.js";
import { Asking } from "./asking.js";
import { checkCall } from "./check-call.js";
import { author, type Commands } from "./commands.js";
import type { EvaluationCounter } from "./counter.js";
import { Counting } from "./counting.js";
import type { Engine } from "./engine.js";
import { type Explanation, explainFlag } from "./explain.js";
import type { Exposures } from "./exposures.js";
import type { CommandOptions, FlagMetadata, FlagsEvents, ListenOptions, OverrideOptions } from "./flags.js";
import { GateGround } from "./gate-ground.js";
import type { Lifecycle } from "./lifecycle.js";
import { describeFlag } from "./metadata.js";
import type { OwnAnswer } from "./own-answer.js";
import { Reader } from "./reader.js";
import type { Reloader } from "./reloader.js";
import type { CheckServicesOptions, ServiceList } from "./service-list.js";
import type { ServiceStatus } from "./service-status.js";
import { SnapshotView } from "./snapshot.js";

const EVENTS: readonly string[] = ["error", "reload", "ready", "audit", "exposure"] satisfies (keyof FlagsEvents)[];

interface InstanceParts {
  readonly engine: Engine;
  readonly commands: Commands;
  readonly reloader: Reloader;
  readonly lifecycle: Lifecycle;
  readonly hub: EventHub<FlagsEvents>;
  readonly exposures: Exposures;
  readonly services: ServiceList;
  /** The variable that sets a flag, where the chain reads any. */
  readonly variableOf: (flag: RegisteredFlag) => string | undefined;
}

/** What is in force at one moment. */
interface Present {
  /** By the flags' own clock, in milliseconds since 1970. */
  readonly now: number;
  readonly scope: RuleScope;
  readonly own: ReadonlyMap<string, OwnAnswer>;
}

/** `Flags` as it is at run time; `Flags<T>` gives it its types. Each method is a line: the work is done by the parts. */
export class FlagsInstance extends Asking {
  readonly #parts: InstanceParts;
  readonly #engine: Engine;
  readonly #counting: Counting;
  #captured: { readonly version: number; readonly reader: Reader } | undefined;

  constructor(parts: InstanceParts) {
    const { engine } = parts;
    const { registry, table, reporter, ambient } = engine.parts;
    const reader = new Reader({ slots: table.slots, reporter, version: () => engine.version });
    super(registry, reader, ambient);
    parts.exposures.attach(reader);
    this.#counting = new Counting(reader);
    this.#parts = parts;
    this.#engine = engine;
  }

  explain(name: string, context?: Context): Explanation {
    const flag = this.#engine.flag(name);
    return explainFlag(flag, context ?? this.#engine.parts.ambient.current, this.#engine.parts);
  }

  snapshot(context?: Context): SnapshotView {
    return new SnapshotView(this.registry, this.#capture(), context ?? this.#engine.parts.ambient.current);
  }

  /** What `simulate` starts from: what every flag says by itself at this moment, and what rules are read against. */
  present(): Present {
    const { table, chain, clock } = this.#engine.parts;
    const own = new Map([...table.slots].map(([name, { state }]) => [name, state.own]));
    return { now: clock(), scope: chain.scope, own };
  }

  /**
   * What a gate on this flag stands on.
   *
   * @throws BurgeeError `FLAG_NOT_FOUND`
   */
  gateGround(name: string): GateGround {
    const evaluate = (context: Context | undefined) => this.evaluate(name, context);
    return new GateGround({
      engine: this.#engine,
      flag: this.#engine.flag(name),
      services: this.#parts.services,
      evaluate,
    });
  }

  services(): readonly ServiceStatus[] {
    return this.#parts.services.statuses();
  }

  checkServices(options?: CheckServicesOptions): Promise<readonly ServiceStatus[]> {
    return this.#parts.services.check(options);
  }

  countEvaluations(): EvaluationCounter {
    return this.#counting.begin();
  }

  runWithContext<R>(context: Context, fn: () => R): R {
    return this.#engine.parts.ambient.run(context, fn);
  }

  setFlag(name: string, value: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setValue(name, value, options);
  }

  setRule(name: string, rule: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setRule(name, rule, options);
  }

  setRollout(name: string, percentage: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setRule(name, { rollout: percentage }, options);
  }

  resetFlag(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.reset(name, options);
  }

  resetAll(options: CommandOptions = {}): number {
    return this.#parts.commands.resetAll(options);
  }

  kill(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.kill(name, options);
  }

  revive(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.revive(name, options);
  }

  onFlagChanged(name: string, listener: (change: FlagChange) => void, options: ListenOptions = {}): () => void {
    checkCall(options, ["signal", "once"], "a listener");
    if (name !== "*") this.#engine.flag(name);
    return this.#engine.parts.bus.onChange(name, listener, options);
  }

  on<E extends keyof FlagsEvents>(
    event: E,
    listener: (event: FlagsEvents[E]) => void,
    options: ListenOptions = {},
  ): () => void {
    if (!EVENTS.includes(event)) {
      const hint = didYouMean(String(event), EVENTS) || "; changes of flags are told by onFlagChanged";
      throw new BurgeeError("INVALID_OPTIONS", `there is no event "${String(event)}"${hint}`);
    }
    checkCall(options, ["signal", "once"], "a listener");
    const { hub, exposures } = this.#parts;
    return (event === "exposure" ? exposures.hub : hub).on(event, listener, options);
  }

  once<E extends keyof FlagsEvents>(
    event: E,
    listener: (event: FlagsEvents[E]) => void,
    options?: ListenOptions,
  ): () => void {
    return this.on(event, listener, { ...options, once: true });
  }

  getFlagMetadata(name: string): FlagMetadata {
    const flag = this.#engine.flag(name);
    return describeFlag(flag, this.#parts.variableOf(flag));
  }

  getAuditLog(about?: string | AuditQuery, more: Omit<AuditQuery, "flag"> = {}): readonly AuditEntry[] {
    const query = typeof about === "string" ? { ...more, flag: about } : { ...about, ...more };
    checkCall(query, ["flag", "actor", "source", "since", "until", "limit"], "an audit query");
    if (query.flag !== undefined) this.#engine.flag(query.flag);
    return this.#engine.parts.audit.entries(query);
  }

  auditHead(): AuditHead {
    return this.#engine.parts.audit.head();
  }

  verify(options?: { readonly head?: AuditHead | undefined }): AuditVerdict {
    return this.#engine.parts.audit.verify(options);
  }

  clearAuditLog(options: CommandOptions = {}): number {
    this.#parts.commands.begin("clear the audit log");
    const by = author(options);
    const cleared = this.#engine.parts.audit.clear();
    this.#engine.write({ action: "clear", affected: [], cleared }, by);
    return cleared;
  }

  async reload(options: CommandOptions = {}): Promise<void> {
    this.#parts.commands.begin("reload");
    return this.#parts.reloader.reload({ ...author(options), source: options.source ?? "reload" });
  }

  ready(): Promise<void> {
    return this.#parts.lifecycle.ready();
  }

  flush(): Promise<void> {
    return this.#parts.lifecycle.flush();
  }

  close(): Promise<void> {
    this.#counting.close();
    return this.#parts.lifecycle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Reads what is in force now, whatever comes. Snapshots of the same moment share it. */
  #capture(): Reader {
    const { table, reporter } = this.#engine.parts;
    const { version } = this.#engine;
    if (this.#captured?.version !== version)
      this.#captured = { version, reader: new Reader({ slots: table.slots, captured: table.capture(), reporter }) };
    return this.#captured.reader;
  }
}
