import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ImageError } from "../../examples/image-generation/images.js";
import { answerProblems, requestProblems } from "../../examples/image-generation/published.js";
import { type Fault, StandIn } from "../../examples/image-generation/stand-in.js";
import { TogetherImages } from "../../examples/image-generation/together-images.js";
import { runExample } from "./child.js";

const key = "sk-not-a-real-key-4711";
const prompt = "a prompt that nobody else should read";

describe("the example", () => {
  it("draws while the flag is on, tells why it cannot, and swallows calls while it is off", async () => {
    const { code, stdout, stderr } = await runExample("image-generation/main.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const off = "there are no images: image generation is off (FEATURE_IMAGE_GENERATION_ENABLED)";
    expect(stdout.trimEnd().split("\n")).toEqual([
      `as set: ${off}`,
      expect.stringMatching(/^on: a PNG file of \d+ bytes$/),
      "on, and busy: busy, the API answered with status 429, again in 2000 ms",
      `off: ${off}`,
      "swallowed while it was off: 2",
    ]);
  });

  it("draws at once where a variable turns it on", async () => {
    const { code, stdout } = await runExample("image-generation/main.ts", [], {
      FEATURE_IMAGE_GENERATION_ENABLED: "true",
    });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^as set: a PNG file of \d+ bytes\nswallowed while it was off: 0\n$/),
    });
  });
});

describe("the stand-in", () => {
  it("holds requests to the published schema", () => {
    expect(requestProblems({ model: "m", prompt: "p", n: 1, response_format: "base64" })).toEqual([]);
    expect(requestProblems({ model: "m" })).toEqual(["request: must have required property 'prompt'"]);
    expect(requestProblems({ model: "m", prompt: "p", n: "1" })).toEqual(["request/n: must be integer"]);
    expect(requestProblems({ model: "m", prompt: "p", responseFormat: "url" })).not.toEqual([]);
  });

  it("and its own answers", () => {
    expect(answerProblems("error", { error: { message: "m", type: "t", param: null, code: null } })).toEqual([]);
    expect(answerProblems("error", { message: "m" })).not.toEqual([]);
    expect(answerProblems("answer", { id: "1", model: "m", object: "list", data: [{ index: 0 }] })).not.toEqual([]);
  });
});

describe("the real service", () => {
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await StandIn.open(key);
  });
  afterEach(async () => {
    expect(standIn.problems).toEqual([]);
    await standIn.close();
  });

  const open = (options: { apiKey?: string; timeoutMs?: number } = {}) =>
    new TogetherImages({ apiKey: key, baseUrl: standIn.url, ...options });
  const failure = async (drawing: Promise<unknown>): Promise<ImageError> => {
    const error = await drawing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ImageError)) throw new Error(`this is no ImageError: ${inspect(error)}`);
    // Whatever is looked at of it, neither of these is in there.
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/sk-|nobody else/);
    return error;
  };

  it("draws a PNG file", async () => {
    const { images, message } = await open().draw(prompt);
    expect(message).toBeUndefined();
    expect(images.map((image) => Buffer.from(image).toString("latin1", 1, 4))).toEqual(["PNG"]);
  });

  it.each<[Fault, Partial<ImageError>]>([
    ["busy", { reason: "busy", retryAfterMs: 2_000 }],
    ["overloaded", { reason: "busy", retryAfterMs: undefined }],
    ["broken", { reason: "server" }],
    ["not-json", { reason: "invalid-answer" }],
    ["no-images", { reason: "invalid-answer" }],
    ["moved", { reason: "unreachable" }],
  ])("tells of an API that is %s, and asks once only", async (fault, told) => {
    standIn.failNext(fault);
    expect(await failure(open().draw(prompt))).toMatchObject(told);
    expect(standIn.requests).toBe(1);
    expect((await open().draw(prompt)).images).toHaveLength(1);
  });

  it("does not show a key that is refused, though the API does", async () => {
    const { reason, message } = await failure(open({ apiKey: "sk-wrong-0815" }).draw(prompt));
    expect(reason).toBe("key");
    expect(message).toBe("the API answered with status 401: TOGETHER_API_KEY is not taken");
  });

  it.each<Fault>(["silent", "stalled"])("gives up on an answer that is %s", async (fault) => {
    standIn.failNext(fault);
    expect(await failure(open({ timeoutMs: 50 }).draw(prompt))).toMatchObject({ reason: "timed-out" });
    expect(standIn.requests).toBe(1);
  });

  it("ends with the caller's own reason where the caller does not want to wait", async () => {
    standIn.failNext("silent");
    const caller = new AbortController();
    const drawing = open().draw(prompt, { signal: caller.signal });
    const reason = new Error("the user left");
    await vi.waitFor(() => expect(standIn.requests).toBe(1), { interval: 2 });
    caller.abort(reason);
    await expect(drawing).rejects.toBe(reason);
  });

  it("tells of an API that is not there", async () => {
    const baseUrl = standIn.url;
    await standIn.close();
    expect(await failure(new TogetherImages({ apiKey: key, baseUrl }).draw(prompt))).toMatchObject({
      reason: "unreachable",
    });
    standIn = await StandIn.open(key);
  });
});
