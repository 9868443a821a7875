import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { squarePng } from "./png.js";
import { answerProblems, requestProblems } from "./published.js";

/** How the next request goes wrong. `silent` never answers; `stalled` begins to and stops. */
export type Fault = "busy" | "overloaded" | "broken" | "silent" | "stalled" | "not-json" | "no-images" | "moved";

const refusals: Readonly<Partial<Record<Fault, readonly [status: number, type: string, message: string]>>> = {
  busy: [429, "rate_limit", "Too many requests"],
  overloaded: [503, "overloaded", "No machine is free"],
  broken: [500, "server_error", "Internal error"],
};

/** A stand-in for Together's API on this machine, which holds requests and its own answers to the published schema. */
export class StandIn {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #key: string;
  readonly #faults: Fault[] = [];
  /** What the schema says against requests and answers; empty unless somebody made a mistake. */
  readonly problems: string[] = [];
  requests = 0;

  private constructor(key: string) {
    this.#key = key;
  }

  static async open(key: string): Promise<StandIn> {
    const standIn = new StandIn(key);
    await once(standIn.#server.listen(0, "127.0.0.1"), "listening");
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Makes one request fail. Called twice, the next two. */
  failNext(fault: Fault): void {
    this.#faults.push(fault);
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const body: unknown = await json(request).catch(() => undefined);
    if (request.method !== "POST" || request.url !== "/v1/images/generations") {
      return this.#refuse(response, 404, "not_found", "there is nothing here");
    }
    const fault = this.#faults.shift();
    if (fault !== undefined) return this.#fail(response, fault);
    const given = request.headers.authorization ?? "";
    // The real one quotes a wrong key in its message, too.
    if (!isSame(given, `Bearer ${this.#key}`)) {
      return this.#refuse(response, 401, "invalid_request_error", `Invalid API key provided: ${given}`);
    }
    const problems = requestProblems(body);
    this.problems.push(...problems);
    if (problems.length > 0) return this.#refuse(response, 400, "invalid_request_error", problems.join("; "));
    this.#answer(response, 200, "answer", drawingOf(body));
  }

  #fail(response: ServerResponse, fault: Fault): void {
    const refusal = refusals[fault];
    if (refusal !== undefined) {
      if (fault === "busy") response.setHeader("retry-after", "2");
      this.#refuse(response, ...refusal);
    } else if (fault === "moved") {
      response.writeHead(307, { location: `${this.url}/elsewhere` }).end();
    } else if (fault !== "silent") {
      response.writeHead(200, { "content-type": "application/json" });
      if (fault === "stalled") response.write('{"id":');
      else response.end(fault === "not-json" ? "<html>" : '{"data":[]}');
    }
  }

  #refuse(response: ServerResponse, status: number, type: string, message: string): void {
    this.#answer(response, status, "error", { error: { message, type, param: null, code: null } });
  }

  #answer(response: ServerResponse, status: number, kind: "answer" | "error", body: unknown): void {
    this.problems.push(...answerProblems(kind, body));
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
}

/** An image whose colour comes from the prompt. */
function drawingOf(request: unknown): unknown {
  const { model, prompt } = request as { readonly model: string; readonly prompt: string };
  const [red = 0, green = 0, blue = 0] = createHash("sha256").update(prompt).digest();
  const image = Buffer.from(squarePng(8, [red, green, blue])).toString("base64");
  return { id: "drawing-1", model, object: "list", data: [{ index: 0, b64_json: image, type: "b64_json" }] };
}

function isSame(given: string, known: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(known));
}
