import type { ServiceStatus } from "../flags/service-status.js";
import type { Context } from "../rules/context.js";
import { isPlainObject } from "../rules/plain-object.js";
import type { Gate, ServiceUse } from "./gate-shape.js";
import { methodOf, objectOf } from "./methods.js";
import type { Switchboard } from "./switchboard.js";

/** A gate that is asked for its service each time. */
export class OpenUse<S extends object> implements ServiceUse<S> {
  readonly #board: Switchboard;

  constructor(board: Switchboard) {
    this.#board = board;
  }

  async use<R>(fn: (service: S) => R, context?: Context): Promise<Awaited<R>> {
    // What the switchboard connects with is what the factories gave, which have the type S; and it gives what `fn` does.
    const run = async (service: object) => fn(service as S);
    return (await this.#board.run(run, kept(context))) as Awaited<R>;
  }

  ready(): Promise<void> {
    return this.#board.ready();
  }

  status(): ServiceStatus {
    return this.#board.status();
  }

  close(): Promise<void> {
    return this.#board.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A gate with a service to call. */
export class OpenGate<S extends object> extends OpenUse<S> implements Gate<S> {
  readonly service: S;
  readonly #make: (context: Context | undefined) => S;

  constructor(board: Switchboard, names: readonly PropertyKey[], standIn: object | undefined) {
    super(board);
    // The one place where methods by name take on the type of the service.
    this.#make = (context) => objectOf(names, (name) => forward(board, name, context, standIn)) as S;
    this.service = this.#make(undefined);
  }

  for(context: Context): S {
    return this.#make(kept(context));
  }
}

/** The context as it is now, whatever is done to the caller's object later. */
function kept(context: Context | undefined): Context | undefined {
  return isPlainObject(context) ? Object.freeze({ ...context }) : context;
}

/** A method that makes each call with whatever serves at that moment. */
function forward(
  board: Switchboard,
  name: PropertyKey,
  context: Context | undefined,
  standIn: object | undefined,
): (...input: readonly unknown[]) => unknown {
  const method = standIn && methodOf(standIn, name);
  if (method === undefined) return (...input) => board.call(name, input, context);
  return (...input) =>
    board.settled() === standIn ? Reflect.apply(method, standIn, input) : board.call(name, input, context);
}
