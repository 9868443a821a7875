import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { TabbyCodeCompletionClient } from "../../../src/services/code-completion/index.js";
import { failure } from "./fixtures/failure.js";
import { closedPort, listen } from "./fixtures/loopback.js";

// The waits between tries are asked for and not waited.
vi.mock("node:timers/promises", () => ({ setTimeout: vi.fn(async () => undefined) }));

const waits = () =>
  vi
    .mocked(sleep)
    .mock.calls.splice(0)
    .map(([wait]) => wait);
const options = { retries: 6, timeoutMs: 300_000 };

it("each wait ahead of another try is twice the one before", async () => {
  const client = new TabbyCodeCompletionClient({ url: await closedPort(), ...options });
  expect(await failure(client.healthCheck())).toMatchObject({ reason: "unreachable" });
  expect(waits()).toEqual([100, 200, 400, 800, 1_600, 3_200]);
});

it("and no shorter than the server asked for", async () => {
  const server = await listen((_, reply) => void reply.writeHead(429, { "retry-after": "1" }).end());
  const client = new TabbyCodeCompletionClient({ url: server.url, ...options });
  expect(await failure(client.healthCheck())).toMatchObject({ reason: "rate-limited" });
  expect(waits()).toEqual([1_000, 1_000, 1_000, 1_000, 1_600, 3_200]);
  await server.close();
});
