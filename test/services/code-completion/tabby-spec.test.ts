import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CompletionRequest, TabbyCodeCompletionClient } from "../../../src/services/code-completion/index.js";
import { failure } from "./fixtures/failure.js";
import { startPrism } from "./fixtures/prism.js";
import { type Recorder, record } from "./fixtures/recorder.js";
import { specFile, violations } from "./fixtures/tabby-spec.js";

let prism: Awaited<ReturnType<typeof startPrism>>;
let server: Recorder;

beforeAll(async () => {
  prism = await startPrism(specFile);
  server = await record(prism.url);
});
afterEach(() => {
  server.prefer = undefined;
  // Whatever was said in the test, by either side, is as Tabby's description says.
  expect(server.recorded.splice(0).flatMap(violations)).toEqual([]);
});
afterAll(async () => {
  await server?.close();
  await prism?.close();
});

const request: CompletionRequest = { language: "python", prefix: "def fib(n):\n    " };

function client(more: object = {}): TabbyCodeCompletionClient {
  return new TabbyCodeCompletionClient({ url: server.url, apiKey: "made-up", ...more });
}

describe("a server generated from Tabby's description", () => {
  it("completes", async () => {
    expect(await client().complete(request)).toEqual({
      id: "cmpl-a1b2",
      choices: [{ index: 0, text: "if n < 2:\n        return n" }],
    });
    expect(server.recorded.map(({ sent }) => JSON.parse(sent))).toEqual([
      { language: "python", segments: { prefix: "def fib(n):\n    " } },
    ]);
    expect(server.recorded[0]?.headers.authorization).toBe("Bearer made-up");
  });

  it("is told all that a request can say", async () => {
    const whole = { ...request, suffix: "\nprint(fib(9))", user: "ana", temperature: 0.1, seed: 7 };
    await client().complete(whole);
    expect(server.recorded.map(({ sent }) => JSON.parse(sent))).toEqual([
      {
        language: "python",
        segments: { prefix: whole.prefix, suffix: whole.suffix },
        user: "ana",
        temperature: 0.1,
        seed: 7,
      },
    ]);
  });

  it("tells its health, model and version", async () => {
    expect(await client().healthCheck()).toEqual({ status: "ok", model: "StarCoder-1B", version: "v0.21.0" });
    expect(await client().isAvailable()).toBe(true);
    expect(server.recorded).toHaveLength(2);
  });

  it("understands every request that is accepted here", async () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const requests = fc.record(
      {
        language: fc.constantFrom("python", "typescript", "rust"),
        prefix: text,
        suffix: text,
        user: text,
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        seed: fc.maxSafeNat(),
      },
      { requiredKeys: ["language", "prefix"] },
    );
    const asked = client();
    await fc.assert(
      fc.asyncProperty(
        requests.filter(({ prefix, suffix }) => prefix !== "" || !!suffix),
        async (wanted) => {
          await asked.complete(wanted);
          const { segments, ...rest } = JSON.parse(server.recorded.at(-1)?.sent ?? "");
          expect({ ...rest, ...segments }).toEqual(JSON.parse(JSON.stringify(wanted)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is understood, whatever it answers within its description", async () => {
    server.prefer = "dynamic=true";
    for (let n = 0; n < 50; n++) {
      const completion = await client().complete(request);
      const answered = JSON.parse(server.recorded.at(-1)?.answered ?? "");
      expect(completion.id).toBe(answered.id);
      expect(completion.choices.map(({ index, text }) => ({ index, text }))).toEqual(
        answered.choices.map(({ index, text }: { index: number; text: string }) => ({ index, text })),
      );
      const health = await client().healthCheck();
      const { model } = JSON.parse(server.recorded.at(-1)?.answered ?? "");
      expect(health.status).toBe(model ? "ok" : "no-model");
    }
  });

  it("refuses a request without a key", async () => {
    const error = await failure(client({ apiKey: undefined }).complete(request));
    expect(error).toMatchObject({ reason: "unauthorized", status: 401, code: "SERVICE_CALL_FAILED" });
    expect(error.message).toContain("TABBY_API_KEY");
    expect(await client({ apiKey: "" }).isAvailable()).toBe(false);
  });

  it.each([
    [400, "empty-prompt"],
    [401, "unauthorized"],
    [501, "no-model"],
  ])("answers %i, with nothing in it", async (status, reason) => {
    server.prefer = `code=${status}`;
    expect(await failure(client().complete(request))).toMatchObject({ reason, status, retryAfterMs: undefined });
    expect(server.recorded).toMatchObject([{ status, answered: "" }]);
  });

  it("is not there under a path too many", async () => {
    const error = await failure(client({ url: `${server.url}/tabby/` }).complete(request));
    expect(error).toMatchObject({ reason: "not-found", status: 404 });
    expect(error.message).toMatch(/TABBY_URL.*\(404 at \/v1\/completions\)$/);
    expect(server.recorded.splice(0)).toMatchObject([{ path: "/tabby/v1/completions" }]);
  });
});
