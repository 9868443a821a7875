import { culprit, isConsequence, type Trouble } from "./culprit.js";
import { after, type EndSignal, Escalation } from "./escalation.js";
import type { JobTime, Lateness } from "./job-time.js";
import { Rank } from "./rank.js";
import { logOf, type RankNews } from "./rank-news.js";
import type { CancelledEvent, DoneEvent, TrainingNews } from "./training-event.js";

/** How the ranks of one job are to be started and watched. */
export interface CrewOrder {
  readonly command: string;
  readonly args: readonly string[];
  /** The environment of each rank, rank 0 first. */
  readonly environments: readonly Readonly<Record<string, string>>[];
  readonly line: string;
  readonly lineLimit: number;
  readonly time: JobTime;
  readonly interruptMs: number;
  readonly terminateMs: number;
  /** Aborted when the job is to end. */
  readonly stop: AbortSignal;
  /** Called with the process of each rank, when all were started. */
  readonly onLaunch: (pids: readonly number[]) => void;
  /** Told of all but the end. */
  readonly tell: (news: Exclude<TrainingNews, DoneEvent | CancelledEvent>) => void;
}

/** How a crew has ended. */
export interface CrewEnd {
  /** What rank 0 told last of all. */
  readonly told: DoneEvent | CancelledEvent | undefined;
  /** Why it was ended before its time; undefined where it ended by itself. */
  readonly why: EndReason | undefined;
  readonly trouble: Trouble | undefined;
  /** Whether it got as far as a step. */
  readonly hasStepped: boolean;
}

type EndReason = "stopped" | Lateness | "failed";
type RankError = Trouble["error"];

/** How long the rank that a failure began with may take to tell of it, where another one told first. */
const SETTLE_MS = 2_000;
/** What a rank ends with that was asked to end. */
const INTERRUPTED = 130;

/** Starts the ranks of a job, and resolves when all of them have ended: none outlives this. */
export function superviseCrew(order: CrewOrder): Promise<CrewEnd> {
  return new Crew(order).run();
}

class Crew {
  readonly #order: CrewOrder;
  readonly #ranks: Rank[] = [];
  readonly #errors = new Map<Rank, RankError>();
  /** Ranks in trouble, in the order in which it showed. */
  readonly #troubled: Rank[] = [];
  readonly #escalation: Escalation;
  #why: EndReason | undefined;
  #told: DoneEvent | CancelledEvent | undefined;
  #hasStepped = false;
  #timers: (() => void)[] = [];
  #resolve = () => {};

  constructor(order: CrewOrder) {
    this.#order = order;
    this.#escalation = new Escalation(order, (signal) => this.#send(signal));
  }

  async run(): Promise<CrewEnd> {
    const { stop, time, onLaunch } = this.#order;
    const ended = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    const onStop = () => this.#end("stopped");
    try {
      this.#start();
      // Of one that could not be started there is no process, and to a signal 0 means the sender.
      onLaunch(this.#ranks.map((rank) => rank.process.pid).filter((pid) => pid !== 0));
      stop.addEventListener("abort", onStop, { once: true });
      if (stop.aborted) onStop();
      this.#timers.push(time.watch((how) => this.#end(how)));
      await ended;
    } finally {
      stop.removeEventListener("abort", onStop);
      this.#escalation.stop();
      for (const cancel of this.#timers) cancel();
      for (const rank of this.#ranks) if (!rank.process.hasEnded) rank.process.kill("SIGKILL");
    }
    const trouble = culprit(this.#troubled.map((rank) => this.#troubleOf(rank)));
    return { told: this.#told, why: this.#why, trouble, hasStepped: this.#hasStepped };
  }

  #start(): void {
    const { command, args, line, lineLimit, environments } = this.#order;
    environments.forEach((env, number) => {
      const onNews = (news: RankNews, rank: Rank) => this.#hear(news, rank);
      const onEnd = (rank: Rank) => this.#ended(rank);
      this.#ranks.push(new Rank(number, { command, args, env, line, lineLimit, onNews, onEnd }));
    });
  }

  #hear(news: RankNews, rank: Rank): void {
    const { tell, time } = this.#order;
    // Anybody can print; only what the protocol knows shows that it goes on.
    if (news.type !== "log") time.heard();
    if (news.type === "done" || news.type === "cancelled") {
      this.#told ??= news;
      // It has no more to do than to end.
      this.#timers.push(after(this.#order.interruptMs, () => this.#escalation.reach("SIGTERM")));
      return;
    }
    if (news.type === "step") this.#hasStepped = true;
    if (news.type === "error") this.#hearError(news, rank);
    else tell(news);
  }

  #hearError({ consequence = false, ...event }: RankNews & { type: "error" }, rank: Rank): void {
    const { error: type, message, traceback } = event;
    this.#errors.set(rank, { type, message, traceback, consequence });
    this.#order.tell(event);
    this.#fail(rank);
  }

  #ended(rank: Rank): void {
    const { code } = rank.process;
    const isFine = code === 0 || code === INTERRUPTED;
    // Where all is well, rank 0 has told how it went before it ends.
    if (!isFine || (rank.number === 0 && this.#told === undefined)) this.#fail(rank);
    if (this.#ranks.every((one) => one.process.hasEnded)) this.#resolve();
  }

  /** A rank is in trouble: the job cannot go on without it. */
  #fail(rank: Rank): void {
    if (!this.#troubled.includes(rank)) this.#troubled.push(rank);
    // The others wait for it, and would wait for ever. Where they were asked to end, they have had that time.
    if (this.#why !== undefined && this.#why !== "failed") this.#escalation.reach("SIGTERM");
    if (this.#told !== undefined) return;
    this.#why ??= "failed";
    if (this.#why !== "failed") return;
    // One that only lost another is not the one to blame: that one may yet tell.
    const patience = isConsequence(this.#troubleOf(rank)) ? SETTLE_MS : 0;
    this.#timers.push(after(patience, () => this.#escalation.reach("SIGKILL")));
  }

  #end(why: EndReason): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#escalation.reach("SIGINT");
  }

  #send(signal: EndSignal): void {
    const left = this.#ranks.filter((rank) => !rank.process.hasEnded);
    if (left.length === 0) return;
    if (signal !== "SIGINT" && this.#why !== "failed")
      this.#order.tell(
        logOf(undefined, "warn", `${left.length} of ${this.#ranks.length} processes still run; sent ${signal}`),
      );
    for (const rank of left) rank.process.kill(signal);
  }

  #troubleOf(rank: Rank): Trouble {
    const { code, signal, unstarted } = rank.process;
    const { number, output } = rank;
    return { rank: number, error: this.#errors.get(rank), code, signal, unstarted: unstarted?.message, output };
  }
}
