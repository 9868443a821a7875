import { BurgeeError } from "../errors.js";
import type { GateGround } from "../flags/gate-ground.js";
import type { Required } from "../flags/requirements.js";
import { Blotter } from "./blotter.js";

/** Says what goes wrong with one service, without the values of the variables that its flag requires. */
export class Trouble {
  readonly #ground: GateGround;
  /** What the service is called in messages. */
  readonly #title: string;
  #blotter = new Blotter([], undefined);
  #last: BurgeeError | undefined;

  constructor(ground: GateGround, title: string) {
    this.#ground = ground;
    this.#title = title;
  }

  /** What went wrong last, and was not forgotten since. */
  get last(): BurgeeError | undefined {
    return this.#last;
  }

  /** Keeps the values of what is required out of all messages from now on. */
  hide({ read, parsed }: Required): void {
    this.#blotter = new Blotter(read, parsed);
  }

  error(what: string, thrown?: unknown, more = ""): BurgeeError {
    const why = thrown === undefined ? "" : `: ${this.#blotter.message(thrown)}`;
    const cause = thrown === undefined ? undefined : this.#blotter.cause(thrown);
    return new BurgeeError("SERVICE_FAILED", `${this.#title} ${what}${why}${more}${remedy(cause, why)}`, {
      flag: this.#ground.flag.name,
      cause,
    });
  }

  /** Keeps an error, or none, as the last one. */
  note(error: BurgeeError | undefined): void {
    this.#last = error;
  }

  /** Keeps an error as the last one, and tells of it. */
  tell(error: BurgeeError): void {
    this.#last = error;
    this.#ground.report(error);
  }

  switchedOff(): BurgeeError {
    return new BurgeeError("SERVICE_UNAVAILABLE", `${this.#title} is switched off`, { flag: this.#ground.flag.name });
  }
}

/** How to mend it where a package is missing. A path is none. */
function remedy(cause: unknown, why: string): string {
  const code: unknown = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return "";
  const name = /^: Cannot find (?:package|module) '((?:@[a-z\d][\w.~-]*\/)?[a-z\d][\w.~-]*)['/]/.exec(why)?.[1];
  return name === undefined ? "" : `; npm install ${name}`;
}
