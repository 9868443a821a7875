import { BurgeeError } from "../../errors.js";
import type { StoreSubscription } from "../../store/flag-store.js";
import { ConnectionLost, clientError, within } from "./connection-lost.js";
import { channelOf } from "./postgres-channel.js";
import { answersOf, connectWithin, type PostgresClient, type PostgresPool } from "./postgres-pool.js";

/**
 * How often the connection is tried, in milliseconds: one that carries nothing for some minutes is dropped by many a router, and
 * neither end is told.
 */
const TRY_MS = 30_000;

/** A channel that is listened to. */
export interface Listening extends StoreSubscription {
  /** Asks on the connection that listens. Where it does not answer in time, it is lost. */
  ask<R>(sql: string): Promise<readonly R[]>;
}

export interface NoticeListener {
  notice(payload: string): void;
  /** Called once: the connection has ended. */
  lost(error: unknown): void;
}

/** The one connection of each pool that listens, for all stores on it. */
const listening = new WeakMap<PostgresPool, PoolListener>();

/**
 * Listens for a namespace's notifications. The connection is taken out of the pool by the first subscription, and ended with the
 * last: so a pool of two serves any number of stores.
 */
export async function listen(
  pool: PostgresPool,
  timeoutMs: number,
  namespace: string,
  listener: NoticeListener,
): Promise<Listening> {
  const shared = listening.get(pool) ?? new PoolListener(pool, timeoutMs);
  listening.set(pool, shared);
  const member: Member = { channel: channelOf(namespace), timeoutMs, listener };
  await shared.add(member);
  return { ask: (sql) => shared.ask(sql, timeoutMs), close: async () => shared.remove(member) };
}

interface Member {
  readonly channel: string;
  readonly timeoutMs: number;
  readonly listener: NoticeListener;
}

class PoolListener {
  readonly #pool: PostgresPool;
  readonly #timeoutMs: number;
  readonly #members = new Set<Member>();
  #client: PostgresClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  /** Settles when what was asked before is answered: a connection is asked one thing at a time. */
  #turn: Promise<unknown>;

  constructor(pool: PostgresPool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
    this.#turn = this.#connect();
  }

  /** Resolves when everything that is committed from now on is told. */
  async add(member: Member): Promise<void> {
    this.#members.add(member);
    try {
      await this.ask(`LISTEN ${member.channel}`, member.timeoutMs);
    } catch (error) {
      this.remove(member);
      throw clientError(error);
    }
    if (this.#over) throw ended();
  }

  remove(member: Member): void {
    if (!this.#members.delete(member)) return;
    const isLast = [...this.#members].every(({ channel }) => channel !== member.channel);
    if (this.#members.size === 0) this.#end();
    else if (isLast) this.ask(`UNLISTEN ${member.channel}`, member.timeoutMs).catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = await connectWithin(this.#pool, this.#timeoutMs);
    this.#client = client;
    client.on("notification", ({ channel, payload = "" }) => {
      for (const member of [...this.#members]) if (member.channel === channel) member.listener.notice(payload);
    });
    client.on("error", this.#lose);
    client.on("end", () => this.#lose(ended()));
    const tryIt = () => void this.ask("SELECT 1", this.#timeoutMs).catch(() => {});
    this.#timer = setInterval(tryIt, TRY_MS).unref();
  }

  /** Asks when what was asked before is answered. Gives the rows of the last statement. */
  ask<R>(sql: string, timeoutMs: number): Promise<readonly R[]> {
    const asked = this.#turn.then(async () => {
      if (this.#over || this.#client === undefined) throw ended();
      const answering = this.#client.query<R>(sql);
      const answer = await within(answering, timeoutMs, "the connection that listens for changes did not answer");
      return answersOf(answer).at(-1)?.rows ?? [];
    });
    this.#turn = asked.catch((error: unknown) => {
      // What the server refuses is refused to the one who asked; anything else ends it for all.
      const told = clientError(error);
      if (told instanceof ConnectionLost) this.#lose(told);
    });
    return asked;
  }

  readonly #lose = (error: unknown): void => {
    if (this.#over) return;
    this.#end();
    const members = [...this.#members];
    this.#members.clear();
    for (const { listener } of members) listener.lost(clientError(error));
  };

  /** The connection is ended rather than given back: it would go on listening. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    listening.delete(this.#pool);
    clearInterval(this.#timer);
    this.#client?.release(true);
  }
}

function ended(): ConnectionLost {
  return new ConnectionLost("the connection that listens for changes ended");
}

/** @throws BurgeeError `INVALID_OPTIONS` for a client, or a pool that has no connection to spare for listening */
export function checkPool(pool: PostgresPool): void {
  const expected = "The store's pool must be a pg.Pool";
  if (typeof pool?.connect !== "function") throw new BurgeeError("INVALID_OPTIONS", `${expected}.`);
  // A pg.Client has a `connect` too, which gives nothing.
  if ("connectionParameters" in pool)
    throw new BurgeeError("INVALID_OPTIONS", `${expected}, not a pg.Client, because it keeps a connection to listen.`);
  const max = pool.options?.max;
  if (max === undefined || max >= 2) return;
  const why = "one of them is kept to listen for changes";
  throw new BurgeeError("INVALID_OPTIONS", `${expected} of at least 2 connections, because ${why}; its max is ${max}.`);
}
