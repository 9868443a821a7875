import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { MessagingService, WebhookEvent } from "burgee/services/whatsapp";

/** Meta sends no longer bodies. */
const LONGEST_BODY = 3 * 1024 * 1024;

/** Receives Meta's webhooks, as your own server would. `messaging` may be off: it then answers 503, and Meta comes again. */
export async function startWebhookServer(messaging: MessagingService, port: number) {
  const server = createServer((request, response) => {
    void answer(messaging, request, response).catch(() => response.writeHead(500).end());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    url: `http://127.0.0.1:${address.port}/webhook`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(messaging: MessagingService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname !== "/webhook") return void response.writeHead(404).end();
  if (request.method === "GET") {
    const verified = await messaging.verifyWebhook(url.searchParams);
    response.writeHead(verified.status, { "Content-Type": "text/plain" });
    return void response.end(verified.verified ? verified.challenge : "");
  }
  // The bytes as they came: the signature is theirs.
  const rawBody = await read(request);
  if (rawBody === undefined) return void response.writeHead(413, { Connection: "close" }).end();
  const result = await messaging.handleWebhook({ rawBody, signature: request.headers["x-hub-signature-256"] });
  for (const event of result.events) show(event);
  // Only now: what was answered with 200 does not come again.
  response.writeHead(result.status).end();
}

async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LONGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function show(event: WebhookEvent): void {
  if ("duplicate" in event && event.duplicate) console.log(`  (known already: ${event.id})`);
  else if (event.type === "message" && event.content.kind === "text")
    console.log(`  ${event.name ?? event.from} says: ${event.content.text}`);
  else if (event.type === "status") console.log(`  ${event.id} is ${event.status}`);
  else console.log(`  ${event.type}`);
}
