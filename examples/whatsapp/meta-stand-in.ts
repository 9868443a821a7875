import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";

const phoneNumberId = "106540352242922";
const appSecret = "the-secret-of-the-stand-in";
const verifyToken = "the-word-of-the-stand-in";

/** A server on this machine that does as Meta's Cloud API does: it takes messages, and it comes with webhooks. */
export class MetaStandIn {
  /** What the flag requires, with values for this server. They open nothing else. */
  readonly variables = {
    WHATSAPP_PHONE_NUMBER_ID: phoneNumberId,
    WHATSAPP_TOKEN: "the-token-of-the-stand-in",
    WHATSAPP_VERIFY_TOKEN: verifyToken,
    WHATSAPP_APP_SECRET: appSecret,
  };
  readonly url: string;
  readonly #server: Server;
  readonly #refusals: { readonly status: number; readonly code: number }[] = [];
  #sent = 0;
  #told = 0;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on("request", async (request, reply) => {
      const { to } = JSON.parse(await text(request));
      const refusal = this.#refusals.shift();
      const answer = refusal ? this.#refuse(refusal.code) : this.#take(to);
      reply.writeHead(refusal?.status ?? 200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    });
  }

  static async start(): Promise<MetaStandIn> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a port was asked for");
    return new MetaStandIn(server, `http://127.0.0.1:${address.port}`);
  }

  /** Has it refuse the next message with one of Meta's errors. */
  refuseNext(status: number, code: number): void {
    this.#refusals.push({ status, code });
  }

  /** Asks whether the webhook is its app's, and gives what was answered. */
  async askWebhook(url: string): Promise<string> {
    const query = { "hub.mode": "subscribe", "hub.verify_token": verifyToken, "hub.challenge": "1158201444" };
    return (await fetch(`${url}?${new URLSearchParams(query)}`)).text();
  }

  /** Comes with a message, always the same; gives the status it was answered with. */
  tellMessage(url: string, body: string, secret?: string): Promise<number> {
    const contacts = [{ profile: { name: "Ann" }, wa_id: "15551234567" }];
    const id = `wamid.of-ann-${body.length}`;
    const messages = [{ from: "15551234567", id, timestamp: "1749416383", type: "text", text: { body } }];
    return this.#tell(url, { contacts, messages }, secret);
  }

  /** Comes with what became of a message. */
  tellStatus(url: string, id: string, status: string): Promise<number> {
    const statuses = [{ id, status, timestamp: "1749416384", recipient_id: "15551234567" }];
    return this.#tell(url, { statuses });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(to: string): object {
    const messages = [{ id: `wamid.${++this.#sent}` }];
    return { messaging_product: "whatsapp", contacts: [{ input: to, wa_id: to.replace(/\D/g, "") }], messages };
  }

  #refuse(code: number): object {
    return { error: { message: `(#${code}) refused`, type: "OAuthException", code, fbtrace_id: `A${++this.#told}` } };
  }

  async #tell(url: string, facts: object, secret = appSecret): Promise<number> {
    const metadata = { display_phone_number: "15550783881", phone_number_id: phoneNumberId };
    const value = { messaging_product: "whatsapp", metadata, ...facts };
    const entry = [{ id: "102290129340398", changes: [{ field: "messages", value }] }];
    const body = JSON.stringify({ object: "whatsapp_business_account", entry });
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": signature };
    return (await fetch(url, { method: "POST", headers, body })).status;
  }
}
