import { BurgeeError, messageOf, type Problem, problemsError } from "../errors.js";
import type { Author, Engine } from "./engine.js";
import type { WatchOptions } from "./options.js";
import type { ProfileSource } from "./profile-source.js";
import type { FlagState } from "./state.js";
import { FileWatch } from "./watch.js";

interface ReloaderParts {
  readonly engine: Engine;
  readonly profile: ProfileSource | undefined;
  readonly accepted: (source: string, changed: readonly string[]) => void;
}

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
    this.#watch = new FileWatch(profile.path, options, () => this.#queue(() => this.#reloadByWatch()), onError);
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
    if (everything) await this.#askResolvers();
    if (read === undefined && !everything) return;
    const undo = read === undefined ? undefined : profile?.accept(read);
    const states = engine.parts.table.compute(engine.parts.registry.flags.values());
    const problems = newlyUnmet(states, engine);
    if (problems.length > 0) {
      undo?.();
      throw problemsError("RELOAD_FAILED", "the reload was refused; the last good values stay in force", problems);
    }
    for (const warning of read?.parsed.warnings ?? []) engine.parts.reporter.tolerated(warning);
    for (const problem of read?.parsed.problems ?? []) engine.parts.reporter.tolerated(problem);
    const changed = engine.commitStates(states, { action: "reload" }, author, "reload").map(({ flag }) => flag.name);
    this.#parts.accepted(author.source, changed);
  }

  async #askResolvers(): Promise<void> {
    for (const step of this.#parts.engine.parts.chain.steps) {
      try {
        await step.reload?.();
      } catch (cause) {
        throw new BurgeeError("RELOAD_FAILED", `resolver "${step.name}" refused the reload: ${messageOf(cause)}`, {
          cause,
        });
      }
    }
  }
}

function newlyUnmet(states: ReadonlyMap<string, FlagState>, { parts }: Engine): Problem[] {
  const problems: Problem[] = [];
  for (const [flag, state] of states) {
    const before = parts.table.slots.get(flag)?.state.unmet;
    if (state.unmet.length === 0 || before?.length !== 0) continue;
    problems.push({
      code: "REQUIREMENT_UNMET",
      flag,
      message: `flag "${flag}" would be on, and requires ${state.unmet.join(", ")}`,
    });
  }
  return problems;
}

function asReloadError(failure: unknown): BurgeeError {
  return failure instanceof BurgeeError
    ? failure
    : new BurgeeError("RELOAD_FAILED", `the reload failed: ${messageOf(failure)}`, { cause: failure });
}
