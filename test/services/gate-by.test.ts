import { gateBy } from "burgee";
import { describe, expect, it } from "vitest";
import { rejectionOf, settled, thrownBy } from "../flags/fixtures/isolated.js";
import { type Closing, deferred, type Echo, off, RealEcho, START, setUp } from "./fixtures/echo.js";

const withKey = { env: { variables: { API_KEY: "k-123456" }, files: [] } };

describe("gateBy", () => {
  it("lets each value choose its own service, and makes only those that are called", async () => {
    const { flags } = setUp(withKey);
    const made: RealEcho[] = [];
    const make = (name: string): Closing => {
      const real = new RealEcho(name);
      made.push(real);
      return real;
    };
    const given: unknown[] = [];
    const kind = gateBy(
      flags,
      "kind",
      {
        a: (config) => {
          given.push(config);
          return make("a");
        },
        b: async (config) => {
          given.push(config.API_KEY);
          return make("b");
        },
      },
      { methods: ["echo"] },
    );
    const first = kind.service.echo("x");
    expect(made.map(({ number }) => number)).toEqual(["a"]);
    flags.setFlag("kind", "b");
    const second = kind.service.echo("y");
    await settled();
    expect(made.map(({ disposed }) => disposed)).toEqual([0, 0]);
    for (const { calls } of made) calls[0]?.end();
    expect(await Promise.all([first, second])).toEqual(["a:x", "b:y"]);
    await settled();
    expect(made.map(({ disposed }) => disposed)).toEqual([1, 0]);
    expect(given).toEqual([undefined, "k-123456"]);
    expect(kind.status()).toEqual({
      ...{ name: "kind", flag: "kind", state: "ready", since: START, healthy: true, inFlight: 0 },
      choices: [
        { choice: "a", state: "disabled", since: START, healthy: true, inFlight: 0 },
        { choice: "b", state: "ready", since: START, healthy: true, inFlight: 0 },
      ],
    });
  });

  it("takes ready objects, which it neither starts nor disposes", async () => {
    const { flags, clock } = setUp(withKey);
    const a = new RealEcho("a");
    const kind = gateBy(flags, "kind", { a: a as Echo, b: off }, { methods: ["echo"] });
    const answer = kind.service.echo("x");
    a.calls[0]?.end();
    expect(await answer).toBe("a:x");
    clock.set(START + 9);
    flags.setFlag("kind", "b");
    expect(await kind.service.echo("x")).toBe("null:x");
    expect(kind.status()).toMatchObject({ state: "ready", since: START + 9 });
    await kind.close();
    expect(a.disposed).toBe(0);
    expect(kind.status().state).toBe("disabled");
    expect((await rejectionOf(kind.service.echo("x"))).message).toBe('the service "kind" was closed');
  });

  it("waits for the chosen service, and tells where it does not run", async () => {
    const { clock, flags } = setUp(withKey);
    const start = deferred<Closing>();
    let attempts = 0;
    const kind = gateBy(flags, "kind", {
      a: off,
      b: (): Promise<Echo> => {
        attempts++;
        return attempts === 1 ? start.promise : Promise.reject(new Error("no luck"));
      },
    });
    expect("service" in kind).toBe(false);
    flags.setFlag("kind", "b");
    const answer = kind.use((service) => service.echo("x"));
    await settled();
    expect(kind.status().state).toBe("starting");
    const real = new RealEcho("b");
    start.resolve(real);
    await settled();
    real.calls[0]?.end();
    expect(await answer).toBe("b:x");
    flags.setFlag("kind", "a");
    flags.setFlag("kind", "b");
    const failed = await rejectionOf(kind.use((service) => service.echo("x")));
    expect(failed).toMatchObject({ code: "SERVICE_UNAVAILABLE", flag: "kind" });
    expect(failed.message).toContain("no luck");
    // Between two attempts nobody waits.
    expect((await rejectionOf(kind.use(() => 1))).code).toBe("SERVICE_UNAVAILABLE");
    expect(kind.status()).toMatchObject({ state: "failing", healthy: false, error: { code: "SERVICE_FAILED" } });
    expect(clock.waiting).toEqual([START + 1_000]);
  });

  it("asks anew where the flag chooses another while a call waits", async () => {
    const { flags } = setUp(withKey);
    const kind = gateBy(
      flags,
      "kind",
      { a: () => ({ who: async () => "a" }), b: () => new Promise<{ who(): Promise<string> }>(() => {}) },
      { methods: ["who"] },
    );
    flags.setFlag("kind", "b");
    const answer = kind.service.who();
    flags.setFlag("kind", "a");
    expect(await answer).toBe("a");
  });

  it("lets `off` serve meanwhile, where there is one", async () => {
    const { flags } = setUp(withKey);
    const kind = gateBy(flags, "kind", { a: (): Promise<Echo> => Promise.reject(new Error("no")), b: off }, { off });
    expect(await kind.service.echo("x")).toBe("null:x");
    await settled();
    expect(kind.status().state).toBe("failing");
    expect(await kind.service.echo("x")).toBe("null:x");
    await kind.close();
    expect(await kind.service.echo("x")).toBe("null:x");
  });

  it("decides by context, and readies all that somebody may be given", async () => {
    const { flags } = setUp(withKey);
    const made: string[] = [];
    const make = (name: string) => {
      made.push(name);
      return { who: async () => name };
    };
    const kind = gateBy(flags, "kind", { a: () => make("a"), b: () => make("b") }, { methods: ["who"] });
    flags.setRule("kind", { rules: [{ allow: ["ana"], serve: "b" }], otherwise: "a" });
    await kind.ready();
    expect(made.sort()).toEqual(["a", "b"]);
    expect(await kind.for({ userId: "ana" }).who()).toBe("b");
    expect(await kind.for({ userId: "bob" }).who()).toBe("a");
    expect(await kind.use((service) => service.who(), { userId: "ana" })).toBe("b");
  });

  it("keeps a copy of the context while a call waits", async () => {
    const { flags } = setUp(withKey);
    const start = deferred<Echo>();
    const kind = gateBy(flags, "kind", { a: () => start.promise, b: (): Echo => new RealEcho("b") });
    const context = { userId: "ana" };
    const used = kind.use((service) => service === off, context);
    context.userId = "bob";
    start.resolve(off);
    flags.setRule("kind", { rules: [{ allow: ["bob"], serve: "b" }], otherwise: "a" });
    // The service that it waited for is gone: it asks anew.
    flags.setFlag("kind", "b");
    flags.resetFlag("kind");
    flags.setRule("kind", { rules: [{ allow: ["bob"], serve: "b" }], otherwise: "a" });
    expect(await used).toBe(true);
  });

  it("stops what nobody is given any more before it starts another", () => {
    const { flags } = setUp(withKey);
    const seen: unknown[] = [];
    const b = (): Echo => {
      seen.push(kind.status().choices?.map(({ state }) => state));
      return off;
    };
    const kind = gateBy(flags, "kind", { a: (): Echo => new RealEcho("a"), b }, { start: "eager" });
    flags.setFlag("kind", "b");
    expect(seen).toEqual([["disabled", "starting"]]);
  });

  it("starts nothing that a factory has made impossible meanwhile", async () => {
    const { flags } = setUp(withKey);
    const made: string[] = [];
    flags.setRule("kind", { rules: [{ allow: ["ana"], serve: "b" }], otherwise: "a" });
    const make = (name: string): Echo => {
      made.push(name);
      flags.setFlag("kind", "a");
      return off;
    };
    const kind = gateBy(flags, "kind", { a: () => make("a"), b: () => make("b") }, { start: "eager" });
    expect(made).toEqual(["a"]);
    expect(kind.status().choices).toMatchObject([{ state: "ready" }, { state: "disabled" }]);
  });

  it("says which method a service lacks, for those who write JavaScript", async () => {
    const { flags } = setUp();
    const kind = gateBy(flags, "kind", { a: off, b: off }, { methods: ["ehco" as "echo"] });
    const ehco: unknown = Reflect.get(kind.service, "ehco");
    const error = await rejectionOf(Reflect.apply(ehco as () => Promise<string>, undefined, []));
    expect(error.message).toBe('the service "kind" has no method "ehco"');
  });

  const { flags } = setUp(withKey);

  it.each([
    [
      "a flag without named values",
      () => gateBy(flags, "lamp" as never, {} as never),
      "TYPE_MISMATCH",
      /boolean.*use gate/,
    ],
    [
      "a missing choice",
      () => gateBy(flags, "kind", { a: off } as never),
      "INVALID_OPTIONS",
      /no service for the value "b"/,
    ],
    ["a choice too many", () => gateBy(flags, "kind", { a: off, b: off, c: off } as never), "INVALID_OPTIONS", /`c`/],
    ["choices that are none", () => gateBy(flags, "kind", null as never), "INVALID_OPTIONS", /must be an object/],
    [
      "an `off` that is none",
      () => gateBy(flags, "kind", { a: off, b: off }, { off: 1 as never }),
      "INVALID_OPTIONS",
      /`off`/,
    ],
    [
      "methods that are none",
      () => gateBy(flags, "kind", { a: off, b: off }, { methods: [1] as never }),
      "INVALID_OPTIONS",
      /`methods`/,
    ],
    [
      "both",
      () => gateBy(flags, "kind", { a: off, b: off }, { off, methods: ["echo"] }),
      "INVALID_OPTIONS",
      /leave one/,
    ],
  ])("refuses %s", (_what, make, code, message) => {
    const error = thrownBy(make);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(flags.services()).toEqual([]);
  });
});
