import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on loopback that stands in for the services which some SDKs ask at the start. */
export interface Backend {
  /** `http://127.0.0.1:` and a free port. */
  readonly address: string;
  close(): void;
}

/** Says that nothing has changed since the flags that the SDK was given, in the words of each service. */
export async function openBackend(): Promise<Backend> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const { url = "" } = request;
      if (url.includes("/client/features")) return response.writeHead(304).end();
      const none = { d: [], s: 1, t: 1 };
      return response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(url.includes("/splitChanges") ? { ff: none, rbs: none } : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
