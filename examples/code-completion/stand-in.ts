import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** Says of itself what Tabby would, and completes nothing but the beginning of a Fibonacci function. */
export async function startStandIn() {
  const server = createServer(async (request, reply) => {
    const body = await text(request);
    reply.setHeader("content-type", "application/json");
    if (request.url === "/v1/health") reply.end('{"model":"stand-in","version":{"git_describe":"v0"}}');
    else if (request.url === "/v1/completions") reply.end(JSON.stringify(completion(body)));
    else reply.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a port was asked for");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function completion(body: string) {
  const { segments } = JSON.parse(body);
  const known = segments.prefix.trimEnd().endsWith("def fib(n):");
  return { id: "cmpl-1", choices: known ? [{ index: 0, text: "return n if n < 2 else fib(n - 1) + fib(n - 2)" }] : [] };
}
