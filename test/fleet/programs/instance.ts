// One instance of the fleet: opens a store, and does what the test asks.
import { type AuditEntry, createFlags, type StoredFlags } from "burgee";
import { answer, described } from "./answering.js";
import { EvaluatingLoop, type LoopReport } from "./evaluating.js";
import { type FleetFlags, fleetRegistry } from "./fleet-registry.js";
import { openStore, type StorePlace } from "./store-place.js";
import { threadTimes } from "./thread-times.js";
import { type Outcome, Traffic } from "./traffic.js";
import { type Work, work } from "./work.js";

/** One change event, as far as all instances must agree on it. */
export interface SeenChange {
  readonly revision: number | undefined;
  readonly flag: string;
  readonly value: unknown;
  readonly rule: unknown;
  readonly cause: string;
}

/** What the instance answers, for several contexts. */
export interface View {
  readonly revision: number | undefined;
  readonly values: readonly unknown[];
  readonly revisions: Readonly<Record<string, number>>;
}

interface Reached {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** For how long the machine had no processor for this process since it was asked, in milliseconds. */
  readonly waitedMs: number;
}

let running: StoredFlags<FleetFlags> | undefined;
let loop: EvaluatingLoop | undefined;
let traffic: Traffic | undefined;
let clockBackMs = 0;
const changes: SeenChange[] = [];
const statuses: { readonly state: string; readonly at: number }[] = [];
const errors: { readonly code: string | undefined; readonly message: string }[] = [];

const flags = (): StoredFlags<FleetFlags> => {
  if (running === undefined) throw new Error("the instance was not started");
  return running;
};

const contexts = ["u1", "u2", "u3", "u4", "u5", "u6", "u7"].flatMap((userId) => [
  { userId, plan: "pro" },
  { userId, plan: "free" },
]);

const calls = {
  start: (input: { store: StorePlace; name: string; lastKnownGood?: string | undefined }): void => {
    const { lastKnownGood } = input;
    running = createFlags(fleetRegistry, {
      store: openStore(input.store),
      instance: input.name,
      clock: () => Date.now() - clockBackMs,
      env: false,
      profile: false,
      logger: false,
      ...(lastKnownGood === undefined ? {} : { lastKnownGood }),
    });
    running.onFlagChanged("*", ({ revision, flag, value, rule, cause }) => {
      changes.push({ revision, flag, value, rule, cause: cause.kind });
    });
    running.on("status", ({ state }) => statuses.push({ state, at: Date.now() }));
    running.on("error", (error) => errors.push(described(error)));
  },
  ready: (timeoutMs: number): Promise<void> => flags().ready({ timeoutMs }),
  /** Resolves when the instance is ready and has applied the revision. */
  reach: async (revision: number): Promise<Reached> => {
    const before = threadTimes().waited;
    await until(() => flags().status().state === "ready" && (flags().status().store?.revision ?? 0) >= revision);
    return { at: Date.now(), waitedMs: threadTimes().waited - before };
  },
  /** Resolves when the instance is in that state, with when that was. */
  state: async (state: string): Promise<number> => {
    await until(() => flags().status().state === state);
    return Date.now();
  },
  status: () => flags().status(),
  statuses: () => statuses,
  errors: () => errors,
  changes: () => changes,
  view: (): View => ({
    revision: flags().status().store?.revision,
    values: contexts.map((context) => flags().getAllFlags(context)),
    revisions: Object.fromEntries(names().map((name) => [name, flags().revision(name)])),
  }),
  chain: async (): Promise<AuditEntry[]> => {
    const entries: AuditEntry[] = [];
    for await (const entry of flags().exportAudit()) entries.push(entry);
    return entries;
  },
  head: () => flags().auditHead(),
  verify: () => flags().verify(),
  set: (input: { flag: "text_0" | "text_1"; value: string; ttlMs?: number; reason?: string }): Promise<boolean> =>
    flags().setFlag(input.flag, input.value, { ttlMs: input.ttlMs, reason: input.reason }),
  killLocally: (reason: string): Promise<boolean> => flags().kill("emergency", { local: true, reason }),
  flush: (): Promise<void> => flags().flush(),
  setClockBack: (ms: number): void => {
    clockBackMs = ms;
  },
  work: (input: Work) => work(flags(), input),
  startTraffic: (input: { name: string; seed: number }): void => {
    traffic = new Traffic(flags(), input);
    traffic.start();
  },
  /** Resolves when the traffic has tried that many commands more. */
  moreTraffic: (count: number): Promise<void> => {
    const wanted = outcomes().length + count;
    return until(() => outcomes().length >= wanted);
  },
  /** Resolves when the store has refused that many commands more. */
  moreRefused: (count: number): Promise<void> => {
    const refused = () => outcomes().filter(({ outcome }) => outcome.startsWith("STORE_")).length;
    const wanted = refused() + count;
    return until(() => refused() >= wanted);
  },
  stopTraffic: async (): Promise<readonly Outcome[]> => (await traffic?.stop()) ?? [],
  startEvaluating: (): void => {
    loop = new EvaluatingLoop(flags());
    loop.start();
  },
  /** Resolves when the loop has evaluated so often. */
  evaluated: (rounds: number): Promise<void> => until(() => (loop?.rounds ?? 0) >= rounds),
  /** Does nothing else for so long, as a synchronous piece of work would, or a synchronous wait. */
  occupy: ({ how, ms }: { how: "work" | "wait"; ms: number }): void => {
    if (how === "wait") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    else for (const until = workedMs() + ms; workedMs() < until; );
  },
  stopEvaluating: (): LoopReport | undefined => loop?.stop(),
  close: (): Promise<void> => flags().close(),
};
export type InstanceCalls = typeof calls;

function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function outcomes(): readonly Outcome[] {
  return traffic?.outcomes ?? [];
}

function names(): (keyof FleetFlags & string)[] {
  return Object.keys(fleetRegistry.definitions) as (keyof FleetFlags & string)[];
}

/** Looks again every few milliseconds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

answer(calls);
