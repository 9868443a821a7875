import { BurgeeError, type ErrorCode, messageOf, type Problem, problemLine } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { Logger } from "./logger.js";

const ONE_MINUTE = 60_000;
/** How many different names that no flag has are told. */
const MANY = 1000;

/** Tells of what went wrong without refusing anything: to the `error` listeners, and once to the log. */
export class Reporter {
  readonly logger: Logger;
  readonly #clock: () => number;
  readonly #emit: (error: BurgeeError) => void;
  readonly #lastFailure = new Map<string, number>();
  readonly #saidOnce = new Set<string>();
  #unknownNames = 0;
  /** While the flags are being created nobody can listen yet. */
  readonly #held: BurgeeError[] = [];
  #started = false;

  constructor(logger: Logger, clock: () => number, emit: (error: BurgeeError) => void) {
    this.logger = logger;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Delivers, in a microtask, what was found during creation; from now on errors are delivered at once. */
  started(): void {
    this.#started = true;
    queueMicrotask(() => {
      for (const error of this.#held.splice(0)) this.#emit(error);
    });
  }

  error(error: BurgeeError): void {
    this.#log(error);
    if (this.#started) this.#emit(error);
    else this.#held.push(error);
  }

  /**
   * A failing step of the chain: at most once a minute for each step and flag. Told in a microtask, because flags are
   * being worked out just now, and a listener may change them.
   */
  resolverFailed(step: string, flag: RegisteredFlag, failure: unknown): void {
    const key = `${step}\n${flag.name}`;
    const now = this.#clock();
    const last = this.#lastFailure.get(key);
    // A clock that was set back must not silence it for long.
    if (last !== undefined && Math.abs(now - last) < ONE_MINUTE) return;
    this.#lastFailure.set(key, now);
    const message = `resolver "${step}" failed for flag "${flag.name}": ${messageOf(failure)}; the walk goes on without it`;
    const error = new BurgeeError("RESOLVER_FAILED", message, { flag: flag.name, cause: failure });
    this.#log(error);
    if (this.#started) queueMicrotask(() => this.#emit(error));
    else this.#held.push(error);
  }

  /** A question that untyped code should not have asked; said once for each. */
  misuse(code: ErrorCode, flag: string, message: () => string): void {
    const key = `${code}\n${flag}`;
    if (this.#saidOnce.has(key)) return;
    // Names of flags are few; names that no flag has may come from anywhere, and without end.
    if (code === "FLAG_NOT_FOUND" && ++this.#unknownNames > MANY) return;
    this.#saidOnce.add(key);
    this.error(new BurgeeError(code, message(), { flag }));
  }

  /** A custom function turns a flag on that lacks what it requires; said once for each flag. */
  unmet(flag: RegisteredFlag, unmet: readonly string[]): void {
    this.misuse("REQUIREMENT_UNMET", flag.name, () => staysOff(flag, unmet));
  }

  /** A flag would be on, and lacks what it requires. */
  staysOff(flag: RegisteredFlag, unmet: readonly string[]): void {
    this.error(new BurgeeError("REQUIREMENT_UNMET", staysOff(flag, unmet), { flag: flag.name }));
  }

  warn(message: string, details: object = {}): void {
    this.logger.warn(details, message);
  }

  /** A problem that the options tolerate. */
  tolerated(problem: Problem): void {
    const { code, flag } = problem;
    this.warn(problemLine(problem), { code, ...(flag !== undefined && { flag }) });
  }

  #log({ code, flag, message }: BurgeeError): void {
    this.logger.error({ code, ...(flag !== undefined && { flag }) }, message);
  }
}

function staysOff({ name }: RegisteredFlag, unmet: readonly string[]): string {
  return `flag "${name}" stays off: it requires ${unmet.join(", ")}`;
}
