import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What is done with a connection whose client sends a certain text:
 * - `cut before`: both ends are cut, and the text never arrives
 * - `cut after`: the text arrives, and both ends are cut when the server has answered
 * - `cut client`: the client is cut; the server hears nothing until `deliver`
 * - `hang`: the text never arrives, nobody is cut, and nothing is answered
 */
export type Fault = "cut before" | "cut after" | "cut client" | "hang";

/** A way to a server on this machine that breaks at a chosen moment. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed: { readonly text: string; readonly fault: Fault; readonly done: () => void } | undefined;
  #held: () => void = () => {};

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(port: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on("connection", (client) => proxy.#join(client, connect(port, "127.0.0.1")));
    await once(server.listen(0, "127.0.0.1"), "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  /** Breaks the first connection whose client sends the text. Resolves when it has. */
  break(text: string, fault: Fault): Promise<void> {
    return new Promise((done) => {
      this.#armed = { text, fault, done };
    });
  }

  /** Lets the server hear what was held back. */
  deliver(): void {
    this.#held();
  }

  /** Lets nobody connect any more. */
  refuse(): void {
    this.#server.close();
  }

  async end(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
    }
    let isHeld = false;
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    server.on("data", (data) => client.write(data));
    client.on("data", (data) => {
      const armed = this.#armed;
      if (armed === undefined || !data.includes(armed.text)) {
        if (!isHeld) server.write(data);
        return;
      }
      this.#armed = undefined;
      isHeld = true;
      if (armed.fault === "cut before") cut();
      if (armed.fault === "cut client") {
        this.#held = () => server.write(data);
        client.destroy();
      }
      if (armed.fault === "cut after") {
        server.removeAllListeners("data");
        server.once("data", cut);
        server.write(data);
      }
      armed.done();
    });
    client.on("close", () => {
      if (!isHeld) server.destroy();
    });
    server.on("close", () => client.destroy());
  }
}
