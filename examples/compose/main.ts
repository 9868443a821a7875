import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { openFeatures } from "./features.js";

// The app of compose.yaml: it tells which features there are, and completes code where it can.
const { HOST: host = "127.0.0.1", PORT: port = "10010" } = process.env;
const { flags, completion } = openFeatures();

const server = createServer((request, response) => {
  // Whatever goes wrong with one request ends that one, and not the app.
  serve(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});

async function serve({ url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
  // `GET //` can be sent, and is no address.
  if (!URL.canParse(url, "http://app")) return answer(response, 400, { error: "no address" });
  const { pathname, searchParams } = new URL(url, "http://app");
  if (pathname === "/api/v1/features") return answer(response, 200, featureStates());
  if (pathname === "/api/v1/complete") return answer(response, ...(await complete(searchParams.get("code") ?? "")));
  answer(response, 404, { error: "not found" });
}

/** For anybody to read, so no addresses and no errors: only what there is, and whether it works. */
function featureStates() {
  return Object.fromEntries(
    flags.services().map(({ flag, state, healthy }) => [flag, { enabled: state !== "disabled", state, healthy }]),
  );
}

async function complete(code: string): Promise<[status: number, body: unknown]> {
  try {
    return [200, await completion.service.complete({ language: "python", prefix: code })];
  } catch {
    // Its error is for the log: it names the server's address.
    return [502, { error: "code completion did not answer" }];
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close(() => void flags.close());
    server.closeAllConnections();
  });
}

server.listen(Number(port), host, () => {
  const address = server.address();
  const open = typeof address === "object" ? address?.port : port;
  console.log(`http://${host}:${open}/api/v1/features`);
});
