import type { FlagChange } from "../changes/change.js";
import type { ListenOptions } from "../changes/dispatcher.js";
import type { EventHub } from "../changes/event-hub.js";
import { BurgeeError } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Context } from "../rules/context.js";
import { didYouMean } from "../rules/nearest.js";
import type { RuleScope } from "../rules/unit.js";
import { Asking } from "./asking.js";
import { checkCall } from "./check-call.js";
import { author } from "./command-author.js";
import type { CommandOptions } from "./command-options.js";
import type { EvaluationCounter } from "./counter.js";
import { Counting } from "./counting.js";
import type { Doorkeeper } from "./doorkeeper.js";
import type { Engine } from "./engine.js";
import { type ExplainedStore, type Explanation, explainFlag } from "./explain.js";
import type { Exposures } from "./exposures.js";
import type { FlagMetadata, FlagsEvents } from "./flags-base.js";
import { GateGround } from "./gate-ground.js";
import type { Lifecycle } from "./lifecycle.js";
import { describeFlag } from "./metadata.js";
import type { OwnAnswer } from "./own-answer.js";
import { Reader } from "./reader.js";
import type { Reloader } from "./reloader.js";
import type { CheckServicesOptions, ServiceList } from "./service-list.js";
import type { ServiceStatus } from "./service-status.js";
import { SnapshotView } from "./snapshot.js";
import type { FlagsStatus, ReadyOptions } from "./status.js";

const EVENTS: readonly string[] = [
  "error",
  "reload",
  "ready",
  "status",
  "audit",
  "exposure",
] satisfies (keyof FlagsEvents)[];

/** Where the status comes from. */
interface StatusSource {
  readonly status: FlagsStatus;
  /** How far the store, where there is one, is behind the answers. */
  readonly explained: ExplainedStore | undefined;
}

/** What every instance is made of. */
export interface InstanceParts {
  readonly engine: Engine;
  readonly door: Doorkeeper;
  readonly reloader: Reloader;
  readonly lifecycle: Lifecycle;
  readonly hub: EventHub<FlagsEvents>;
  readonly exposures: Exposures;
  readonly services: ServiceList;
  readonly standing: StatusSource;
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

/** What flags with and without a store have in common: `FlagsBase` at run time. Each method is a line: the work is done by the parts. */
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
    const { explained } = this.#parts.standing;
    const explanation = explainFlag(flag, context ?? this.#engine.parts.ambient.current, this.#engine.parts);
    return explained === undefined ? explanation : { ...explanation, store: explained };
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

  async reload(options: CommandOptions = {}): Promise<void> {
    this.#parts.door.begin("reload");
    return this.#parts.reloader.reload({ ...author(options), source: options.source ?? "reload" });
  }

  async ready(options: ReadyOptions = {}): Promise<void> {
    checkCall(options, ["timeoutMs"], "ready");
    return this.#parts.lifecycle.ready(options.timeoutMs);
  }

  status(): FlagsStatus {
    return this.#parts.standing.status;
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
