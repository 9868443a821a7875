import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { withoutNotifications } from "./without-notifications.js";

/** Stands between instances and PostgreSQL, and disturbs as it is told. On loopback only. */
export class Relay {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  readonly #forgotten = new Set<readonly [client: Socket, server: Socket]>();
  readonly port: number;
  #refuses = false;
  #swallows = false;
  /** How many notifications it has swallowed. */
  swallowed = 0;

  private constructor(server: Server, target: number, port: number) {
    this.#server = server;
    this.#target = target;
    this.port = port;
    server.on("connection", (client) => this.#pair(client));
  }

  static async to(target: number): Promise<Relay> {
    const server = createServer({ allowHalfOpen: false });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port is free");
    return new Relay(server, target, address.port);
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets every connection, and each new one, until `heal`. */
  cut(): void {
    this.#refuses = true;
    this.cutOnce();
  }

  /** Resets the connections that there are. */
  cutOnce(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Passes nothing on any more and loses nothing, as a network that is cut in two; new connections are accepted and hang. */
  swallow(): void {
    this.#swallows = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Passes everything on again, what was held back first. */
  heal(): void {
    this.#refuses = false;
    this.#swallows = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  /**
   * Passes nothing on any more on the connections that there are, for ever, and tells nobody: as where a router has forgotten
   * them, or a server's machine is gone and another has its address. New connections work.
   */
  forget(): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) socket.pause();
      this.#forgotten.add(pair);
    }
    this.#pairs.clear();
  }

  /** From now on notifications do not arrive, on the connections that there are and on new ones. */
  dropsNotifications = false;

  async close(): Promise<void> {
    this.cut();
    for (const pair of this.#forgotten) for (const socket of pair) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #pair(client: Socket): void {
    if (this.#refuses) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const filter = withoutNotifications(() => {
      if (this.dropsNotifications) this.swallowed++;
      return this.dropsNotifications;
    });
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => client.write(filter(bytes)));
    for (const [socket, other] of [pair, [server, client] as const]) {
      socket.setNoDelay(true);
      if (this.#swallows) socket.pause();
      // What one side has ended, however, the other learns as an end.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        other.destroySoon();
      });
    }
  }
}
