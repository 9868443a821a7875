import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import { BurgeeError, createFlags, gate } from "burgee";
import { describe, expect, it } from "vitest";
import { isolated, rejectionOf, settled, thrownBy } from "../flags/fixtures/isolated.js";
import { type Closing, deferred, type Echo, off, RealEcho, registry, START, setUp } from "./fixtures/echo.js";

describe("a gate", () => {
  it("lets the null object serve while the flag is off, and makes nothing", async () => {
    const { flags, made, make } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(await lamp.for({ userId: "u" }).echo("x")).toBe("null:x");
    expect(await lamp.use((service) => service.echo("y"))).toBe("null:y");
    await lamp.ready();
    expect(made).toEqual([]);
    const condition = { state: "disabled", since: START, healthy: true, inFlight: 0 };
    expect(lamp.status()).toEqual({ name: "lamp", flag: "lamp", ...condition });
  });

  it("has a synchronous service there in the first call", async () => {
    const { flags, make, real, clock } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    clock.set(START + 5);
    flags.setFlag("lamp", true);
    expect(lamp.status()).toMatchObject({ state: "idle", since: START + 5 });
    const answer = lamp.service.echo("x");
    expect(lamp.status()).toMatchObject({ state: "ready", inFlight: 1 });
    real(1).calls[0]?.end();
    expect(await answer).toBe("1:x");
    expect(lamp.status()).toMatchObject({ state: "ready", inFlight: 0 });
  });

  it("lets the null object serve while the real one starts, and ready() waits", async () => {
    const { flags } = setUp();
    const start = deferred<Closing>();
    let starts = 0;
    const lamp = gate(flags, "lamp", {
      on: () => {
        starts++;
        return start.promise;
      },
      off,
    });
    flags.setFlag("lamp", true);
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(lamp.status().state).toBe("starting");
    const ready = lamp.ready();
    const real = new RealEcho(7);
    start.resolve(real);
    await ready;
    await lamp.ready();
    const answer = lamp.service.echo("x");
    real.calls[0]?.end();
    expect(await answer).toBe("7:x");
    expect(starts).toBe(1);
  });

  it("starts with the flag where it is eager, and stops with it", async () => {
    const { flags, made, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off, start: "eager" });
    flags.setFlag("lamp", true);
    expect(made).toHaveLength(1);
    flags.setFlag("lamp", false);
    await settled();
    expect(real(1).disposed).toBe(1);
    flags.setFlag("lamp", true);
    gate(flags, "lamp", { on: make, off, start: "eager", name: "second" });
    expect(made).toHaveLength(3);
    expect(lamp.status().state).toBe("ready");
  });

  it("decides by context, and keeps the real one while anybody may have it", async () => {
    const { flags, made, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setRule("lamp", { allow: ["ana"] });
    expect(await lamp.for({ userId: "bob" }).echo("x")).toBe("null:x");
    expect(made).toHaveLength(0);
    const answer = lamp.for({ userId: "ana" }).echo("x");
    const ambient = flags.runWithContext({ userId: "ana" }, () => lamp.service.echo("y"));
    const used = lamp.use((service) => service.echo("z"), { userId: "ana" });
    flags.setRollout("lamp", 25);
    await settled();
    expect(real(1).disposed).toBe(0);
    for (const call of real(1).calls) call.end();
    expect(await Promise.all([answer, ambient, used])).toEqual(["1:x", "1:y", "1:z"]);
    flags.setRollout("lamp", 0);
    await settled();
    expect(real(1).disposed).toBe(1);
  });

  it("keeps a copy of the context", async () => {
    const { flags, make, made } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setRule("lamp", { allow: ["ana"] });
    const context = { userId: "bob" };
    const service = lamp.for(context);
    context.userId = "ana";
    await service.echo("x");
    expect(made).toHaveLength(0);
  });

  it("exposes and counts what depends on the context, as asking does", async () => {
    const { flags, make } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    const exposed: unknown[] = [];
    flags.on("exposure", ({ flag, unit }) => void exposed.push([flag, unit]));
    const counter = flags.countEvaluations();
    flags.setRollout("lamp", 0.01);
    await lamp.for({ userId: "u1" }).echo("x");
    await settled();
    expect(exposed).toEqual([["lamp", "u1"]]);
    expect(counter.take()).toMatchObject([{ flag: "lamp", count: 1 }]);
  });

  it("follows a change from within a listener at once", async () => {
    const { flags, made, make } = setUp();
    flags.onFlagChanged("lamp", () => void lamp.service.echo("x"));
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setFlag("lamp", true);
    expect(made).toHaveLength(1);
  });

  it("gives each flag's service what the flag requires, parsed", async () => {
    const { flags } = setUp({ env: { variables: { API_KEY: "k-123456", PORT: "80" }, files: [] } });
    const given: unknown[] = [];
    const keyed = gate(flags, "keyed", {
      on: (config) => {
        given.push(config);
        return new RealEcho(config.PORT) as Echo;
      },
      off,
    });
    flags.setFlag("keyed", true);
    await keyed.ready();
    expect(given).toEqual([{ API_KEY: "k-123456", PORT: 80 }]);
    expect(Object.isFrozen(given[0])).toBe(true);
  });

  it("does not start what lacks its requirements, where a kill puts it on", async () => {
    const { flags, errors, make } = setUp();
    const safe = gate(flags, "safe", { on: make, off });
    flags.kill("safe");
    expect(flags.isEnabled("safe")).toBe(true);
    expect(await safe.service.echo("x")).toBe("null:x");
    expect(errors.map(({ message }) => message)).toEqual([
      'the service "safe" could not be started: it requires API_KEY (missing); it is tried again in 1000 ms',
    ]);
  });
});

describe("switching", () => {
  it("waits for calls in flight, which end with the service that they began with", async () => {
    const { flags, made, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setFlag("lamp", true);
    const first = lamp.service.echo("x");
    const second = lamp.service.echo("y").catch((error: Error) => error.message);
    flags.setFlag("lamp", false);
    expect(await lamp.service.echo("z")).toBe("null:z");
    expect(lamp.status()).toMatchObject({ state: "disabled", inFlight: 2 });
    real(1).calls[0]?.end();
    expect(await first).toBe("1:x");
    await settled();
    expect(real(1).disposed).toBe(0);
    flags.setFlag("lamp", true);
    expect(await lamp.service.echo("z")).toBe("null:z");
    expect(lamp.status().state).toBe("starting");
    expect(made).toHaveLength(1);
    const ready = lamp.ready();
    real(1).calls[1]?.fail(new Error("its own"));
    expect(await second).toBe("its own");
    await ready;
    expect(made.map(({ disposed }) => disposed)).toEqual([1, 0]);
    expect(lamp.status()).toMatchObject({ state: "ready", inFlight: 0 });
  });

  it("counts a use as one call", async () => {
    const { flags, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off });
    flags.setFlag("lamp", true);
    const answers = lamp.use(async (service) => [await service.echo("x"), await service.echo("y")]);
    flags.setFlag("lamp", false);
    real(1).calls[0]?.end();
    await settled();
    expect(real(1).disposed).toBe(0);
    real(1).calls[1]?.end();
    expect(await answers).toEqual(["1:x", "1:y"]);
    await settled();
    expect(real(1).disposed).toBe(1);
    await expect(
      lamp.use(() => {
        throw new Error("mine");
      }),
    ).rejects.toThrow("mine");
  });

  it("disposes all the same when the calls take too long, and tells of it", async () => {
    const { clock, flags, errors, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off, drainMs: 500 });
    flags.setFlag("lamp", true);
    void lamp.service.echo("x");
    flags.setFlag("lamp", false);
    clock.set(START + 499);
    await settled();
    expect(real(1).disposed).toBe(0);
    clock.set(START + 500);
    await settled();
    expect(real(1).disposed).toBe(1);
    expect(errors).toMatchObject([{ code: "SERVICE_FAILED", flag: "lamp" }]);
    expect(errors[0]?.message).toBe('the service "lamp" is stopped after 500 ms with 1 of its calls in flight');
    expect(clock.waiting).toEqual([]);
    // It runs on, whatever became of the service.
    expect(lamp.status().inFlight).toBe(1);
    real(1).calls[0]?.end();
    await settled();
    expect(lamp.status().inFlight).toBe(0);
  });

  it("waits for ever where it is told to", async () => {
    const { clock, flags, make, real } = setUp();
    const lamp = gate(flags, "lamp", { on: make, off, drainMs: Number.POSITIVE_INFINITY });
    flags.setFlag("lamp", true);
    void lamp.service.echo("x");
    flags.setFlag("lamp", false);
    expect(clock.waiting).toEqual([]);
    real(1).calls[0]?.end();
    await settled();
    expect(real(1).disposed).toBe(1);
  });

  it("gives up a start under way, and disposes what it gives too late", async () => {
    const { clock, flags, errors } = setUp();
    const starts: { readonly signal: AbortSignal; readonly give: (real: Closing) => void }[] = [];
    const lamp = gate(flags, "lamp", {
      on: (_config, { signal }) => {
        const { promise, resolve } = deferred<Closing>();
        starts.push({ signal, give: resolve });
        return promise;
      },
      off,
      start: "eager",
    });
    flags.setFlag("lamp", true);
    const ready = lamp.ready();
    flags.setFlag("lamp", false);
    await ready;
    expect(starts[0]?.signal.aborted).toBe(true);
    expect(starts[0]?.signal.reason).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    flags.setFlag("lamp", true);
    expect(starts).toHaveLength(1);
    const late = new RealEcho(1);
    starts[0]?.give(late);
    await settled();
    expect(late.disposed).toBe(1);
    expect(starts).toHaveLength(2);
    // The next is given up too, and never gives anything: it is waited for as long as a start may take.
    flags.setFlag("lamp", false);
    flags.setFlag("lamp", true);
    expect(starts).toHaveLength(2);
    clock.set(START + 30_000);
    await settled();
    expect(starts).toHaveLength(3);
    const later = new RealEcho(2);
    starts[1]?.give(later);
    await settled();
    expect(later.disposed).toBe(1);
    starts[2]?.give(new RealEcho(3));
    await lamp.ready();
    expect(errors).toEqual([]);
    expect(clock.waiting).toEqual([]);
  });

  it("hears nothing of a start that fails after it was given up", async () => {
    const { flags, errors } = setUp();
    const start = deferred<Closing>();
    const lamp = gate(flags, "lamp", { on: () => start.promise, off, start: "eager" });
    flags.setFlag("lamp", true);
    flags.setFlag("lamp", false);
    start.reject(new Error("late"));
    await settled();
    expect(errors).toEqual([]);
    expect(lamp.status().state).toBe("disabled");
  });

  it("may be done by the factory itself", async () => {
    const { flags, made, make } = setUp();
    const lamp = gate(flags, "lamp", {
      on: () => {
        flags.setFlag("lamp", false);
        return make();
      },
      off,
      start: "eager",
    });
    flags.setFlag("lamp", true);
    await settled();
    expect(made.map(({ disposed }) => disposed)).toEqual([1]);
    expect(lamp.status().state).toBe("disabled");
  });

  it("may be done while a service is disposed, or its start given up", async () => {
    const { flags } = setUp();
    let alive = 0;
    let starts = 0;
    const again = () => {
      flags.setFlag("lamp", true);
      expect(lamp.status().state).toBe("starting");
    };
    const lamp = gate(flags, "lamp", {
      on: async (_config, { signal }): Promise<Closing> => {
        starts++;
        signal.addEventListener("abort", again);
        await settled();
        expect(++alive).toBe(1);
        const close = async () => {
          if (starts === 2) again();
          await settled();
          alive--;
        };
        return { ...off, close };
      },
      off,
      start: "eager",
    });
    flags.setFlag("lamp", true);
    flags.setFlag("lamp", false);
    while (starts < 2) await settled();
    await lamp.ready();
    flags.setFlag("lamp", false);
    while (starts < 3) await settled();
    await lamp.ready();
    expect([starts, alive]).toEqual([3, 1]);
  });

  it("disposes by the first way that there is", async () => {
    const { flags } = setUp();
    const ways: string[] = [];
    const services = [
      { [Symbol.asyncDispose]: async () => void ways.push("async"), close: () => void ways.push("wrong") },
      { close: () => void ways.push("close"), [Symbol.dispose]: () => void ways.push("wrong") },
      { [Symbol.dispose]: () => void ways.push("sync") },
      {},
    ];
    let next = 0;
    gate(flags, "lamp", { on: (): object => services[next++] as object, off: {}, start: "eager" });
    for (const _ of services) {
      flags.setFlag("lamp", true);
      flags.setFlag("lamp", false);
      await settled();
    }
    expect(ways).toEqual(["async", "close", "sync"]);
    expect(next).toBe(4);
  });

  it("tells of a disposal that fails, or that does not end", async () => {
    const { clock, flags, errors } = setUp();
    const closes = [() => Promise.reject(new Error("no")), () => new Promise(() => {})];
    let next = 0;
    const lamp = gate(flags, "lamp", {
      on: () => ({ close: closes[next++] as () => unknown }),
      off: {},
      start: "eager",
    });
    for (const _ of closes) {
      flags.setFlag("lamp", true);
      await lamp.ready();
      flags.setFlag("lamp", false);
      await settled();
    }
    clock.set(START + 30_000);
    await settled();
    expect(errors.map(({ message }) => message)).toEqual([
      'the service "lamp" could not be stopped: no',
      'the service "lamp" did not stop within 30000 ms',
    ]);
  });
});

describe("a start that fails", () => {
  it("is told, not remembered, and tried again after longer and longer", async () => {
    const { clock, flags, errors, make, real } = setUp();
    let failures = 8;
    const lamp = gate(flags, "lamp", {
      on: async () => {
        if (failures-- > 0) throw new Error("no luck");
        return make();
      },
      off,
      retry: { firstMs: 100, maxMs: 1_000 },
    });
    flags.setFlag("lamp", true);
    const error = await rejectionOf(lamp.ready());
    expect(error).toMatchObject({ code: "SERVICE_FAILED", flag: "lamp", cause: new Error("no luck") });
    expect(error.message).toBe('the service "lamp" could not be started: no luck; it is tried again in 100 ms');
    expect(lamp.status()).toMatchObject({
      ...{ state: "failing", healthy: false },
      error: { code: "SERVICE_FAILED", message: error.message },
    });
    expect(await lamp.service.echo("x")).toBe("null:x");
    const waits: number[] = [];
    while (lamp.status().state === "failing") {
      const due = clock.waiting[0] ?? 0;
      waits.push(due - clock.now());
      const next = lamp.ready().catch(() => undefined);
      clock.set(due);
      await next;
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
    expect(errors).toHaveLength(8);
    expect(lamp.status()).toMatchObject({ state: "ready", healthy: true });
    expect("error" in lamp.status()).toBe(false);
    expect(real(1).disposed).toBe(0);
    expect(clock.waiting).toEqual([]);
  });

  it("is not tried again when the flag goes off, and at once when it comes back", async () => {
    const { clock, flags } = setUp();
    let starts = 0;
    const lamp = gate(flags, "lamp", {
      on: (): Echo => {
        starts++;
        throw new Error("no");
      },
      off,
    });
    flags.setFlag("lamp", true);
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(await lamp.service.echo("x")).toBe("null:x");
    expect(starts).toBe(1);
    flags.setFlag("lamp", false);
    expect(clock.waiting).toEqual([]);
    expect(lamp.status().state).toBe("disabled");
    flags.setFlag("lamp", true);
    await lamp.service.echo("x");
    expect(starts).toBe(2);
    expect(clock.waiting).toEqual([START + 1_000]);
  });

  it("is one that takes too long, whose service is disposed when it comes", async () => {
    const { clock, flags, errors } = setUp();
    const start = deferred<Closing>();
    const signals: AbortSignal[] = [];
    const lamp = gate(flags, "lamp", {
      on: (_config, { signal }) => {
        signals.push(signal);
        return start.promise;
      },
      off,
      startTimeoutMs: 50,
    });
    flags.setFlag("lamp", true);
    const ready = rejectionOf(lamp.ready());
    clock.set(START + 50);
    expect((await ready).message).toContain("it was not there within 50 ms");
    expect(signals[0]?.aborted).toBe(true);
    // The next one waits until that is gone, and so does whoever closes the gate.
    clock.set(START + 1_050);
    await settled();
    expect([signals.length, lamp.status().state]).toEqual([1, "starting"]);
    let isClosed = false;
    void lamp.close().then(() => {
      isClosed = true;
    });
    await settled();
    expect(isClosed).toBe(false);
    const late = new RealEcho(1);
    start.resolve(late);
    await settled();
    expect([late.disposed, isClosed]).toEqual([1, true]);
    expect(errors).toHaveLength(1);
  });

  it("is tried again beside one that goes on for long after it was given up", async () => {
    const { clock, flags } = setUp();
    const starts: ((real: Closing) => void)[] = [];
    const lamp = gate(flags, "lamp", {
      on: () => new Promise<Closing>((resolve) => void starts.push(resolve)),
      off,
      startTimeoutMs: 50,
    });
    flags.setFlag("lamp", true);
    const ready = rejectionOf(lamp.ready());
    clock.set(START + 50);
    await ready;
    clock.set(START + 30_049);
    await settled();
    expect(starts).toHaveLength(1);
    clock.set(START + 30_050);
    await settled();
    expect(starts).toHaveLength(2);
    starts[1]?.(new RealEcho(2));
    await lamp.ready();
    await lamp.close();
    expect(clock.waiting).toEqual([]);
  });

  it("is one that gives nothing", async () => {
    const { flags } = setUp();
    const lamp = gate(flags, "lamp", { on: async () => undefined as unknown as Echo, off });
    flags.setFlag("lamp", true);
    expect((await rejectionOf(lamp.ready())).message).toContain("the factory gave no service");
  });

  it("never shows a value that the flag requires", async () => {
    const secret = 's3cret/with "odd" letters';
    const { flags, errors } = setUp({ env: { variables: { API_KEY: secret, PORT: "8081" }, files: [] } });
    const thrown = [
      (key: string) => new Error(`no access with ${key}`),
      (key: string) => new Error(`GET /?key=${encodeURIComponent(key)}`),
      (key: string) => new Error("no access", { cause: { body: JSON.stringify({ key }) } }),
      () => new Error("port 8081, not 80815"),
      () => new Error("something else"),
    ];
    for (const error of thrown) {
      const keyed = gate(flags, "keyed", {
        on: ({ API_KEY }): Echo => {
          throw error(API_KEY);
        },
        off,
        start: "eager",
      });
      flags.setFlag("keyed", true);
      await keyed.close();
      flags.setFlag("keyed", false);
    }
    const middle = errors.map(({ message }) => message.split(": ")[1]?.split(";")[0]);
    expect(middle).toEqual([
      "no access with [hidden]",
      "GET /?key=[hidden]",
      "no access",
      "port [hidden], not 80815",
      "something else",
    ]);
    for (const { cause } of errors) expect(inspect(cause)).not.toContain("s3cret");
  });
});

describe("the methods of a gate", () => {
  it("are those of the null object, its own and its class's, whatever their names", () => {
    const { flags } = setUp();
    class Base {
      base(): string {
        return "null base";
      }
    }
    class Null extends Base {
      readonly #name = "null";
      readonly own = (): string => `${this.#name} own`;
      override toString(): string {
        return "null toString";
      }
      // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
      then(): string {
        return "null then";
      }
      status(): string {
        return "null status";
      }
      close(): void {}
    }
    const none = new Null();
    const lamp = gate(flags, "lamp", { on: () => new Null(), off: none });
    expect(Object.keys(lamp.service).sort()).toEqual(["base", "own", "status", "then", "toString"]);
    expect(Object.isFrozen(lamp.service)).toBe(true);
    const { base, own, status, toString: text } = lamp.service;
    expect([base(), own(), status(), text()]).toEqual(["null base", "null own", "null status", "null toString"]);
    const odd = { constructor: () => 1, hasOwnProperty: () => 3 };
    Object.defineProperty(odd, "__proto__", { value: () => 4, enumerable: true });
    const oddGate = gate(flags, "lamp", { on: () => odd, off: odd });
    expect(Object.getOwnPropertyNames(oddGate.service).sort()).toEqual(["__proto__", "constructor", "hasOwnProperty"]);
    expect(oddGate.service.constructor()).toBe(1);
    const bare: { ping(): string } = Object.assign(Object.create(null), { ping: () => "pong" });
    expect(gate(flags, "lamp", { on: () => bare, off: bare }).service.ping()).toBe("pong");
  });

  it("may be called then, where the factory is not asynchronous", async () => {
    const { flags } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
    const real = { then: () => "real then" };
    // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
    const lamp = gate(flags, "lamp", { on: () => real, off: { then: () => "null then" } });
    expect(lamp.service.then()).toBe("null then");
    flags.setFlag("lamp", true);
    expect(lamp.service.then()).toBe("real then");
    const service = await lamp.use((given) => [given.then()]);
    expect(service).toEqual(["real then"]);
  });

  it("take a promise of any kind from a factory", async () => {
    const { flags, make, made } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
    const late = { then: (give: (echo: Echo) => void) => give(make()) };
    const lamp = gate(flags, "lamp", { on: () => late as unknown as Promise<Echo>, off });
    flags.setFlag("lamp", true);
    await lamp.ready();
    expect(made).toHaveLength(1);
  });

  it("let through what the real ones give and throw, sync and async", async () => {
    const { flags } = setUp();
    class Special<T> extends Promise<T> {
      readonly more = "more";
    }
    const real = {
      sync: (a: number, b: number): number => a + b,
      throws: (): number => {
        throw new RangeError("mine");
      },
      special: () => new Special<number>((resolve) => resolve(1)),
      failing: () => new Special<number>((_, reject) => reject(new Error("special"))),
      me: function me(this: unknown): boolean {
        return this === real;
      },
    };
    const none = { ...real, sync: () => 0, throws: () => 0, me: () => false };
    const lamp = gate(flags, "lamp", { on: () => real, off: none });
    flags.setFlag("lamp", true);
    const { service } = lamp;
    expect(service.sync(2, 3)).toBe(5);
    expect(() => service.throws()).toThrow(RangeError);
    const special = service.special();
    expect([special instanceof Special, await special, special.more]).toEqual([true, 1, "more"]);
    await expect(service.failing()).rejects.toThrow("special");
    expect(service.me()).toBe(true);
    await settled();
    expect(lamp.status().inFlight).toBe(0);
  });

  it("run a query once, count it, and give a promise for it", async () => {
    const { flags } = setUp();
    const row = deferred<string>();
    let runs = 0;
    const run = (resolve: (value: string) => void) => {
      runs++;
      void row.promise.then(resolve);
    };
    // biome-ignore lint/suspicious/noThenProperty: this is what queries have
    const query = { then: run } as unknown as PromiseLike<string>;
    let disposed = 0;
    const lamp = gate(flags, "lamp", {
      on: () => ({ list: () => query, close: () => void disposed++ }),
      off: { list: (): PromiseLike<string> => Promise.resolve("null") },
    });
    flags.setFlag("lamp", true);
    const answer = lamp.service.list();
    expect(answer).toBeInstanceOf(Promise);
    flags.setFlag("lamp", false);
    await settled();
    expect([lamp.status().inFlight, disposed]).toEqual([1, 0]);
    row.resolve("row");
    expect([await answer, await answer, runs]).toEqual(["row", "row", 1]);
    await settled();
    expect([lamp.status().inFlight, disposed]).toEqual([0, 1]);
  });

  it("may give the service itself, whatever it is called", () => {
    const { flags } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
    const real = { then: () => "real", me: (): object => real };
    // biome-ignore lint/suspicious/noThenProperty: a service may have such a method
    const lamp = gate(flags, "lamp", { on: () => real, off: { then: () => "null", me: (): object => off } });
    flags.setFlag("lamp", true);
    expect(lamp.service.me()).toBe(real);
    expect(lamp.status().inFlight).toBe(0);
  });

  it("end where asking the promise itself throws", () => {
    const { flags } = setUp();
    class Broken extends Promise<void> {
      // biome-ignore lint/suspicious/noThenProperty: what is wrong with this one
      override then(): never {
        throw new Error("no promise at all");
      }
    }
    const lamp = gate(flags, "lamp", {
      on: () => ({ x: () => new Broken(() => {}) }),
      off: { x: () => new Broken(() => {}) },
    });
    flags.setFlag("lamp", true);
    expect(() => lamp.service.x()).toThrow("no promise at all");
    expect(lamp.status().inFlight).toBe(0);
  });

  it("go to the null object where the real one has none", async () => {
    const { flags } = setUp();
    const more = { ...off, extra: () => "null extra" };
    const lamp = gate(flags, "lamp", { on: (): Echo => new RealEcho(1), off: more });
    flags.setFlag("lamp", true);
    const extra: unknown = Reflect.get(lamp.service, "extra");
    expect(Reflect.apply(extra as () => string, undefined, [])).toBe("null extra");
  });

  it.each([
    ["of the platform", Promise<never>],
    ["of a class of its own", class Special extends Promise<never> {}],
  ])("leave a rejection that nobody hears to Node, of a promise %s", async (_kind, Kind) => {
    const { flags } = setUp();
    const lamp = gate(flags, "lamp", {
      on: () => ({ fail: (): Promise<never> => Kind.reject(new Error("unheard")) }),
      off: { fail: () => new Promise<never>(() => {}) },
    });
    flags.setFlag("lamp", true);
    const heard: unknown[] = [];
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.once("unhandledRejection", (reason) => void heard.push(reason));
    void lamp.service.fail();
    await settled();
    await settled();
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
    expect(heard).toEqual([new Error("unheard")]);
  });
});

describe("the ambient context", () => {
  it("is the caller's in a call, and nobody's in factories, disposals and health checks", async () => {
    const { flags } = setUp();
    const storage = new AsyncLocalStorage<string>();
    const seen: [string, unknown][] = [];
    const rule = { when: { userId: { $exists: true } } };
    flags.setRule("lamp", rule);
    const who = (what: string) => {
      const asked = flags.explain("lamp").resolution.value;
      seen.push([what, asked]);
    };
    const lamp = gate(flags, "lamp", {
      on: async () => {
        who("factory");
        await Promise.resolve();
        who("factory, later");
        return {
          async call() {
            who("call");
          },
          async close() {
            who("disposal");
          },
        };
      },
      off: { async call() {} },
      healthCheck: () => who("health"),
    });
    await flags.runWithContext({ userId: "ana" }, async () => {
      await lamp.ready();
      await lamp.service.call();
      await flags.checkServices();
      flags.setFlag("lamp", false);
    });
    await settled();
    await flags.runWithContext({ userId: "ana" }, async () => {
      flags.setRule("lamp", rule);
      await lamp.ready();
      await lamp.close();
    });
    expect(storage.getStore()).toBeUndefined();
    expect(seen).toEqual([
      ["factory", false],
      ["factory, later", false],
      ["call", true],
      ["health", false],
      ["disposal", false],
      ["factory", false],
      ["factory, later", false],
      ["disposal", false],
    ]);
  });
});

describe("gate refuses", () => {
  const { flags, make } = setUp();
  const on = make;

  it.each([
    ["an unknown flag", () => gate(flags, "lmap" as "lamp", { on, off }), "FLAG_NOT_FOUND", /did you mean "lamp"/],
    ["another kind", () => gate(flags, "kind" as "lamp", { on, off }), "TYPE_MISMATCH", /is oneOf.*use gateBy/],
    [
      "a snapshot",
      () => gate(flags.snapshot() as never, "lamp" as never, { on, off } as never),
      "INVALID_OPTIONS",
      /needs flags first/,
    ],
    ["no `on`", () => gate(flags, "lamp", { off } as never), "INVALID_OPTIONS", /`on` must be a function/],
    ["no `off`", () => gate(flags, "lamp", { on } as never), "INVALID_OPTIONS", /`off` must be an object/],
    [
      "a misspelt option",
      () => gate(flags, "lamp", { on, off, drainMS: 1 } as never),
      "INVALID_OPTIONS",
      /did you mean "drainMs"/,
    ],
    ["a negative time", () => gate(flags, "lamp", { on, off, drainMs: -1 }), "INVALID_OPTIONS", /`drainMs`/],
    [
      "no time",
      () => gate(flags, "lamp", { on, off, startTimeoutMs: Number.NaN }),
      "INVALID_OPTIONS",
      /`startTimeoutMs`/,
    ],
    [
      "retries without a pause",
      () => gate(flags, "lamp", { on, off, retry: { firstMs: 0 } }),
      "INVALID_OPTIONS",
      /`retry.firstMs`/,
    ],
    [
      "a retry that never comes",
      () => gate(flags, "lamp", { on, off, retry: { maxMs: Infinity } }),
      "INVALID_OPTIONS",
      /`retry.maxMs`/,
    ],
    ["an unknown start", () => gate(flags, "lamp", { on, off, start: "soon" as "lazy" }), "INVALID_OPTIONS", /`start`/],
    ["an empty name", () => gate(flags, "lamp", { on, off, name: "" }), "INVALID_OPTIONS", /`name`/],
    [
      "a health check that is none",
      () => gate(flags, "lamp", { on, off, healthCheck: 1 as never }),
      "INVALID_OPTIONS",
      /`healthCheck`/,
    ],
  ])("%s", (_what, make, code, message) => {
    const error = thrownBy(make);
    expect(error).toBeInstanceOf(BurgeeError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(flags.services()).toEqual([]);
  });

  it("flags that were closed", async () => {
    const closed = createFlags(registry, isolated);
    await closed.close();
    expect(thrownBy(() => gate(closed, "lamp", { on, off })).code).toBe("CLOSED");
  });
});
