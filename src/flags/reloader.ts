import { BurgeeError, messageOf, type Problem, problemsError } from "../errors.js";
import type { RememberedResolver } from "../resolvers/remembered.js";
import { inSlices } from "../resolvers/slices.js";
import { finished, type Steps } from "../resolvers/steps.js";
import { Candidate } from "./candidate.js";
import { Draft } from "./draft.js";
import type { Engine } from "./engine.js";
import type { Author } from "./flag-change.js";
import type { Hold } from "./follow.js";
import type { WatchOptions } from "./options.js";
import type { ProfileRead, ProfileSource } from "./profile-source.js";
import { ReloadCheck } from "./reload-check.js";
import { Renewal } from "./renewal.js";
import { FileWatch } from "./watch.js";

interface ReloaderParts {
  readonly engine: Engine;
  readonly profile: ProfileSource | undefined;
  readonly resolvers: readonly RememberedResolver[];
  readonly hold: Hold;
  readonly accepted: (source: string, changed: readonly string[]) => void;
}

/** What a reload brings. */
interface News {
  readonly author: Author;
  readonly read: ProfileRead | undefined;
  readonly renewal?: Renewal;
  readonly signal?: AbortSignal;
}

/** How many things are told in the turn of the event loop that puts a reload in force. More are told in slices. */
const FEW = 100;

const REFUSED = "the reload was refused; the last good values stay in force";

/** Reloads, one at a time: everything is read and checked before anything is put in force. */
export class Reloader {
  readonly #parts: ReloaderParts;
  #last: Promise<unknown> = Promise.resolve();
  #watch: FileWatch | undefined;
  #told: string | undefined;
  readonly #closing = new AbortController();
  #warned = false;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** @throws BurgeeError `RELOAD_FAILED`; the `error` event tells it too */
  reload(author: Author): Promise<void> {
    return this.#queue(async () => {
      try {
        await this.#reload(author);
      } catch (failure) {
        const error = asReloadError(failure);
        this.#parts.engine.parts.reporter.error(error);
        throw error;
      }
    });
  }

  /** Follows the profile's file from now on. */
  watch(options: WatchOptions): void {
    const { profile, engine } = this.#parts;
    if (profile === undefined) return;
    const onError = (cause: unknown) => {
      const message = `${profile.path} cannot be watched, and is looked at every few seconds instead: ${messageOf(cause)}`;
      engine.parts.reporter.error(new BurgeeError("WATCH_FAILED", message, { cause }));
    };
    this.#watch = new FileWatch(profile.absolute, options, () => this.#queue(() => this.#reloadByWatch()), onError);
  }

  /** Lets a reload end that somebody waits for; one that nobody asked for ends without effect. */
  async close(): Promise<void> {
    this.#watch?.close();
    this.#closing.abort();
    await this.#last;
  }

  #queue<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Gives whether the file was fit. The same failure is told once. */
  async #reloadByWatch(): Promise<boolean> {
    try {
      const { signal } = this.#closing;
      const read = await this.#read(signal);
      if (read !== undefined) await this.#change({ author: { source: "watch" }, read, signal });
      this.#told = undefined;
      return true;
    } catch (failure) {
      if (this.#closing.signal.aborted) return false;
      const error = asReloadError(failure);
      if (this.#told !== error.message) this.#parts.engine.parts.reporter.error(error);
      this.#told = error.message;
      return false;
    }
  }

  async #reload(author: Author): Promise<void> {
    const { resolvers, hold, accepted } = this.#parts;
    const read = await this.#read();
    // Where no data is new, no flag is.
    if (read === undefined && resolvers.length === 0) return accepted(author.source, []);
    const renewal = new Renewal(resolvers, hold);
    try {
      await renewal.ask();
      await this.#change({ author, read, renewal });
    } finally {
      renewal.end();
    }
  }

  #read(signal?: AbortSignal): Promise<ProfileRead | undefined> {
    const onRefused = (cause: unknown) => this.#warnOfMainThread(cause);
    return this.#parts.profile?.read({ signal, onRefused }) ?? Promise.resolve(undefined);
  }

  /** Works all flags out with what is new, in slices, and puts them in force in one turn of the event loop. */
  async #change({ author, read, renewal, signal }: News): Promise<void> {
    const { engine, profile, accepted } = this.#parts;
    const { registry, chain, table, scheduler, clock } = engine.parts;
    const candidate = new Candidate(chain, profile, read, renewal?.resolvers ?? []);
    const draft = new Draft(table, registry.flags.values(), () => candidate, clock);
    const check = new ReloadCheck(engine, profile?.known, read === undefined ? profile?.known : read.parsed.known);
    renewal?.listen((resolver, names) => {
      candidate.forget(resolver, names);
      draft.again(names);
    });
    try {
      await inSlices(draft.steps(), signal);
      await inSlices(check.steps(), signal);
      await inSlices(draft.ahead(), signal);
      scheduler.catchUp();
      draft.catchUp();
      const problems = check.problems(draft, candidate.chain);
      if (problems.length > 0) throw problemsError("RELOAD_FAILED", REFUSED, problems);
    } finally {
      draft.close();
    }
    candidate.accept();
    renewal?.accept();
    const differences = engine.commitDraft(draft, { action: "reload" }, author, "reload");
    const problems = read === undefined ? [] : [...read.parsed.warnings, ...read.parsed.problems];
    const rest = tell(engine, problems);
    if (differences.length + problems.length <= FEW) finished(rest);
    else await inSlices(rest);
    accepted(
      author.source,
      differences.map(({ flag }) => flag.name),
    );
  }

  /** Said once: it will be so at each reload. */
  #warnOfMainThread(cause: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const why = `no worker thread could be started: ${messageOf(cause)}`;
    this.#parts.engine.parts.reporter.warn(
      `${this.#parts.profile?.path} is read on the main thread, which waits for it; ${why}`,
    );
  }
}

/** Tells what a reload has put in force, and what is wrong with it and tolerated. */
function* tell(engine: Engine, tolerated: readonly Problem[]): Steps<void> {
  for (const problem of tolerated) yield engine.parts.reporter.tolerated(problem);
  yield* engine.telling();
}

function asReloadError(failure: unknown): BurgeeError {
  return failure instanceof BurgeeError
    ? failure
    : new BurgeeError("RELOAD_FAILED", `the reload failed: ${messageOf(failure)}`, { cause: failure });
}
