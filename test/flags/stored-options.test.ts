import { createFlags, MemoryStore } from "burgee";
import { describe, expect, test } from "vitest";
import { isolated, thrownBy } from "./fixtures/isolated.js";
import { registry } from "./fixtures/stored.js";

/** What is wrong with these options, line by line. */
function problemsOf(options: object): string[] {
  const error = thrownBy(() => createFlags(registry, { ...isolated, ...options } as never));
  expect(error.code).toBe("INVALID_OPTIONS");
  return error.message.split("\n  ").slice(1);
}

describe("the options that go with a store", () => {
  const store = new MemoryStore();

  test.each([
    [{ store: {} }, "`store` must be a store: new MemoryStore(), or what `burgee/sql` makes"],
    [{ store: null }, "`store` must be a store: new MemoryStore(), or what `burgee/sql` makes"],
    [{ store, lastKnownGood: "" }, "`lastKnownGood` must not be empty"],
    [{ store, lastKnownGood: 1 }, "`lastKnownGood` must be the path of a file"],
    [{ store, pollMs: 0.9 }, "`pollMs` must be at least 1"],
    [{ store, pollMs: 2 ** 31 }, "`pollMs` must be at most 2147483647 (24 days)"],
    [{ store, pollMs: "1" }, "`pollMs` must be a number of milliseconds"],
    [{ store, usage: 1 }, "`usage` must be true, false, or { flushMs }"],
    [{ store, usage: { flushMS: 1 } }, "there is no option `usage.flushMS`; did you mean `flushMs`?"],
    [
      { store, retention: { auditMs: -1 } },
      "`retention.auditMs` must be a number of milliseconds that is not negative, or false to keep all",
    ],
    [
      { store, retention: { usageMs: true } },
      "`retention.usageMs` must be a number of milliseconds that is not negative, or false to keep all",
    ],
    [{ store, usage: { flushMs: 0.5 } }, "`usage.flushMs` must be at least 1"],
    [{ store, retention: { everyMs: 0 } }, "`retention.everyMs` must be at least 1"],
    [{ store, retention: { batch: 0 } }, "`retention.batch` must be at least 1"],
    [{ store, retention: { batch: 0.5 } }, "`retention.batch` must be a whole number"],
    [{ store, retention: true }, "`retention` must be an object"],
  ])("are refused where they are wrong: %o", (options, problem) => {
    const problems = problemsOf(options);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.replace(/"/g, "`")).toBe(problem.replace(/"/g, "`"));
  });

  test("are refused without one", () => {
    expect(problemsOf({ lastKnownGood: "x", pollMs: 1, usage: true, retention: {} })).toEqual(
      ["lastKnownGood", "pollMs", "usage", "retention"].map((name) => `\`${name}\` needs a \`store\``),
    );
  });

  test("may be undefined wherever they are optional, and are copied", async () => {
    const retention = { auditMs: false as const, everyMs: 1_000 };
    const undefinedOnes = { lastKnownGood: undefined, pollMs: undefined, usage: undefined };
    const flags = createFlags(registry, { ...isolated, store, ...undefinedOnes, retention });
    retention.everyMs = 0;
    await flags.ready();
    await flags.close();
    await createFlags(registry, { ...isolated, store: undefined, ...undefinedOnes, usage: false } as never).close();
  });
});

describe("flags without a store", () => {
  test("are ready until they are closed, and say so", async () => {
    let now = 5_000;
    const flags = createFlags(registry, { ...isolated, clock: () => now });
    const told: unknown[] = [];
    flags.on("status", (status) => void told.push(status));
    await flags.ready({ timeoutMs: 1_000 });
    expect(flags.status()).toEqual({ state: "ready", since: 5_000, localKills: [] });
    expect(flags.explain("checkout")).not.toHaveProperty("store");
    now = 6_000;
    await flags.close();
    expect(flags.status()).toEqual({ state: "closed", since: 6_000, localKills: [] });
    expect(told).toEqual([flags.status()]);
  });

  test("wait for resolvers no longer than they are told to", async () => {
    const slow = { name: "slow", prepare: () => undefined, start: () => new Promise<void>(() => {}) };
    const flags = createFlags(registry, { ...isolated, resolvers: [slow, "overrides"] });
    await expect(flags.ready({ timeoutMs: 5 })).rejects.toMatchObject({
      code: "RESOLVER_FAILED",
      message: "not every resolver has started within 5 ms",
    });
  });
});
