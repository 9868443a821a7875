import { BurgeeError, messageOf, type Problem, problemsError } from "../errors.js";
import type { KnownGroups } from "../resolvers/known-groups.js";
import type { RememberedResolver } from "../resolvers/remembered.js";
import type { Author, Engine } from "./engine.js";
import { missingInRules } from "./named-groups.js";
import type { WatchOptions } from "./options.js";
import type { ProfileSource } from "./profile-source.js";
import type { FlagState } from "./state.js";
import { unmetProblem } from "./unmet-problem.js";
import { FileWatch } from "./watch.js";

interface ReloaderParts {
  readonly engine: Engine;
  readonly profile: ProfileSource | undefined;
  readonly resolvers: readonly RememberedResolver[];
  /** Whether what resolvers that can reload say is part of a reload now: it counts only if all agree. */
  readonly hold: (waiting: boolean) => void;
  readonly accepted: (source: string, changed: readonly string[]) => void;
}

const REFUSED = "the reload was refused; the last good values stay in force";

/** Reloads, one at a time: everything is read and checked before anything is put in force. */
export class Reloader {
  readonly #parts: ReloaderParts;
  #last: Promise<unknown> = Promise.resolve();
  #watch: FileWatch | undefined;
  #told: string | undefined;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** @throws BurgeeError `RELOAD_FAILED`; the `error` event tells it too */
  reload(author: Author): Promise<void> {
    return this.#queue(async () => {
      try {
        await this.#reload(author, true);
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

  async close(): Promise<void> {
    this.#watch?.close();
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
      await this.#reload({ source: "watch" }, false);
      this.#told = undefined;
      return true;
    } catch (failure) {
      const error = asReloadError(failure);
      if (this.#told !== error.message) this.#parts.engine.parts.reporter.error(error);
      this.#told = error.message;
      return false;
    }
  }

  async #reload(author: Author, everything: boolean): Promise<void> {
    const { engine, profile } = this.#parts;
    const read = await profile?.read();
    const renewed = everything ? await this.#askResolvers() : [];
    if (read === undefined && !everything) return;
    engine.parts.scheduler.catchUp();
    const before = profile?.known;
    const undo = renewed.map((resolver) => resolver.forget());
    if (read !== undefined && profile !== undefined) undo.push(...this.#accept(profile, read));
    let states: ReadonlyMap<string, FlagState>;
    try {
      states = engine.parts.table.compute(engine.parts.registry.flags.values());
      const problems = [...newlyMissing(engine, before, profile?.known), ...newlyUnmet(states, engine)];
      if (problems.length > 0) throw problemsError("RELOAD_FAILED", REFUSED, problems);
    } catch (failure) {
      for (const takeBack of undo) takeBack();
      throw failure;
    }
    for (const warning of read?.parsed.warnings ?? []) engine.parts.reporter.tolerated(warning);
    for (const problem of read?.parsed.problems ?? []) engine.parts.reporter.tolerated(problem);
    const changed = engine.commitStates(states, { action: "reload" }, author, "reload").map(({ flag }) => flag.name);
    this.#parts.accepted(author.source, changed);
  }

  /** Puts a profile and what it declares in force; gives how to take both back. */
  #accept(profile: ProfileSource, read: NonNullable<Awaited<ReturnType<ProfileSource["read"]>>>): (() => void)[] {
    return [profile.accept(read), this.#parts.engine.parts.chain.use(profile.known)];
  }

  /** Asks the resolvers that can to bring their data up to date; gives those. What they prepare changes nothing yet. */
  async #askResolvers(): Promise<readonly RememberedResolver[]> {
    const renewed = this.#parts.resolvers.filter(({ source }) => source.reload !== undefined);
    this.#parts.hold(true);
    try {
      for (const { name, source } of renewed) {
        try {
          await source.reload?.();
        } catch (cause) {
          const message = `resolver "${name}" refused the reload: ${messageOf(cause)}`;
          throw new BurgeeError("RELOAD_FAILED", message, { cause });
        }
      }
    } finally {
      this.#parts.hold(false);
    }
    return renewed;
  }
}

/** Rules of definitions and overrides that name what the profile has taken away. */
function newlyMissing({ parts }: Engine, before?: KnownGroups, after?: KnownGroups): Problem[] {
  if (before === undefined || after === undefined || before === after) return [];
  const flags = [...parts.registry.flags.values()];
  const known = new Set(missingInRules(flags, parts.overrides, before).map(({ where }) => where));
  const missing = missingInRules(flags, parts.overrides, after).filter(({ where }) => !known.has(where));
  return missing.map(({ problem }) => problem);
}

function newlyUnmet(states: ReadonlyMap<string, FlagState>, { parts }: Engine): Problem[] {
  return [...parts.registry.flags.values()].flatMap((flag) => {
    const state = states.get(flag.name);
    if (state === undefined || state.unmet.length === 0 || parts.table.state(flag).unmet.length > 0) return [];
    return [unmetProblem(flag, state, parts.chain)];
  });
}

function asReloadError(failure: unknown): BurgeeError {
  return failure instanceof BurgeeError
    ? failure
    : new BurgeeError("RELOAD_FAILED", `the reload failed: ${messageOf(failure)}`, { cause: failure });
}
