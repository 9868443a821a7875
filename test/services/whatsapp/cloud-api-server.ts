import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createEncryptedServer } from "node:https";
import type { AddressInfo } from "node:net";
import { described, slips } from "./description.js";

export const phoneNumberId = "106540352242922";
export const token = "EAAG-token-of-the-loopback-server";

/** One request as the server got it. */
export interface Exchange {
  readonly body: { readonly to?: string; readonly recipient?: string } & Readonly<Record<string, unknown>>;
  readonly response: ServerResponse;
  /** Sends the message to its recipient: from here on it counts. */
  accept(): string;
  /** Answers as Meta does where it took the message. */
  answer(status?: string): void;
  /** Answers as Meta does where it did not. */
  refuse(status: number, code: number, more?: Refusal): void;
}

export interface Refusal {
  readonly message?: string;
  readonly details?: string;
  readonly subcode?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Reaction = (exchange: Exchange) => void;

/** A server on the loopback that does as Meta's Cloud API does, but for what the test has it do. */
export interface CloudApi extends AsyncDisposable {
  readonly baseUrl: string;
  /** The bodies of all requests, in order. */
  readonly requests: Exchange["body"][];
  /** To whom a message was sent, each time that one was. */
  readonly accepted: string[];
  /** What it does with the next requests, in order; afterwards it takes all. */
  readonly next: Reaction[];
  /** How many encrypted connections there have been. */
  readonly handshakes: number;
  connections(): Promise<number>;
}

/** @param pair a key and its certificate, for https */
export async function cloudApi(pair?: { readonly key: Buffer; readonly cert: Buffer }): Promise<CloudApi> {
  const requests: Exchange["body"][] = [];
  const accepted: string[] = [];
  const next: Reaction[] = [];
  const listener: RequestListener = (request, response) => {
    void read(request).then((text) => {
      const exchange = exchangeOf(request, response, text, accepted);
      if (exchange === undefined) return;
      requests.push(exchange.body);
      (next.shift() ?? ((it) => it.answer()))(exchange);
    });
  };
  const server = pair === undefined ? createServer(listener) : createEncryptedServer(pair, listener);
  let handshakes = 0;
  server.on("secureConnection", () => handshakes++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${pair === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    get handshakes() {
      return handshakes;
    },
    requests,
    accepted,
    next,
    connections: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/** Checks a request as Meta does, and answers one that is wrong. */
function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  accepted: string[],
): Exchange | undefined {
  const json = (status: number, value: object, headers: Readonly<Record<string, string>> = {}) =>
    response
      .writeHead(status, { "Content-Type": "application/json; charset=UTF-8", ...headers })
      .end(JSON.stringify(value));
  const refuse: Exchange["refuse"] = (
    status,
    code,
    { message = `(#${code}) refused`, details, subcode, headers } = {},
  ) =>
    json(
      status,
      described("error", {
        error: {
          message,
          type: "OAuthException",
          code,
          ...(details === undefined ? {} : { error_data: { messaging_product: "whatsapp", details } }),
          ...(subcode === undefined ? {} : { error_subcode: subcode }),
          fbtrace_id: "Az8or2yhqkZfEZ-_4Qn_Bam",
        },
      }),
      headers,
    );
  const isKnown =
    request.method === "POST" && new RegExp(`^/v\\d+\\.\\d+/${phoneNumberId}/messages$`).test(request.url ?? "");
  if (!isKnown) return void refuse(404, 33, { message: "Object does not exist" });
  if (request.headers.authorization !== `Bearer ${token}`) return void refuse(401, 190);
  const body = JSON.parse(text);
  const wrong = slips("request", body);
  if (wrong.length > 0) return void refuse(400, 100, { details: wrong.join(", ") });
  const to: string = body.to ?? body.recipient;
  const accept = () => `wamid.${accepted.push(to)}`;
  const answer: Exchange["answer"] = (status) =>
    json(
      200,
      described("answer", {
        messaging_product: "whatsapp",
        contacts: [{ input: to, wa_id: to.replace(/\D/g, "") }],
        messages: [{ id: accept(), ...(status === undefined ? {} : { message_status: status }) }],
      }),
    );
  return { body, response, accept, answer, refuse };
}
