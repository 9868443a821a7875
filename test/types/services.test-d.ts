import type { Gate, GatingFlags, ServiceUse } from "burgee";
import { createFlags, defineFlags, flag, gate, gateBy } from "burgee";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const registry = defineFlags({
  on_off: flag.boolean({ default: false }),
  tabby: flag.boolean({ default: false, requires: z.object({ URL: z.string(), PORT: z.coerce.number() }) }),
  mode: flag.oneOf(["sqlite", "postgresql"], {
    default: "sqlite",
    requires: { postgresql: z.object({ URL: z.url() }) },
  }),
  model: flag.experiment({ small: 50, large: 50 }, { default: "small", requires: z.object({ KEY: z.string() }) }),
  size: flag.number({ default: 1 }),
});
const flags = createFlags(registry, { env: false, profile: false, logger: false });

/** A service with overloads, a generic method and an optional one. */
interface Completion {
  complete(prompt: string): Promise<string>;
  complete(prompt: string, count: number): Promise<string[]>;
  wrap<A>(value: A): Promise<A[]>;
  hint?(): Promise<void>;
}

declare class RealCompletion implements Completion {
  private readonly hidden;
  constructor(url?: string);
  complete(prompt: string): Promise<string>;
  complete(prompt: string, count: number): Promise<string[]>;
  wrap<A>(value: A): Promise<A[]>;
  close(): Promise<void>;
}

declare const none: Completion;
declare const closing: { close(): Promise<void>; [Symbol.asyncDispose](): Promise<void>; ping(): Promise<string> };

describe("gate", () => {
  it("gives the factory what the flag requires, parsed", () => {
    gate(flags, "tabby", {
      on: async (config, start) => {
        expectTypeOf(config).toEqualTypeOf<{ URL: string; PORT: number }>();
        expectTypeOf(start).toEqualTypeOf<{ readonly signal: AbortSignal }>();
        return new RealCompletion(config.URL);
      },
      off: none,
    });
    gate(flags, "on_off", {
      on: (config) => {
        expectTypeOf(config).toEqualTypeOf<undefined>();
        return new RealCompletion();
      },
      off: none,
    });
  });

  it("serves the methods as they are: overloads, generics, all but the disposal", () => {
    const { service, for: of, use } = gate(flags, "on_off", { on: () => new RealCompletion(), off: none });
    expectTypeOf(service.complete("a")).toEqualTypeOf<Promise<string>>();
    expectTypeOf(service.complete("a", 2)).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(service.wrap(3)).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf<keyof typeof service>().toEqualTypeOf<"complete" | "wrap">();
    expectTypeOf(of({ userId: "u" })).toEqualTypeOf<typeof service>();
    expectTypeOf(use((given) => given.wrap("a"))).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(use(() => 1)).toEqualTypeOf<Promise<number>>();
    const bare = gate(flags, "on_off", { on: () => closing, off: { ping: async () => "" } });
    expectTypeOf<keyof typeof bare.service>().toEqualTypeOf<"ping">();
  });

  it("is a gate of the interface", () => {
    const made = gate(flags, "on_off", { on: async (): Promise<Completion> => new RealCompletion(), off: none });
    expectTypeOf(made).toExtend<Gate<Completion>>();
    expectTypeOf<Gate<Completion>>().toExtend<typeof made>();
  });

  it("types what is written as `off`, and asks its health", () => {
    gate(flags, "tabby", {
      on: () => new RealCompletion(),
      off: {
        complete: none.complete,
        wrap: async (value) => [value],
      },
      healthCheck: (service) => {
        expectTypeOf(service.complete("a")).toEqualTypeOf<Promise<string>>();
      },
    });
  });

  it("needs types in a literal `off` where `on` takes what is required, and says so of a wider answer", () => {
    const on = () => ({ find: async (words: string) => [words] });
    gate(flags, "tabby", { on: (_config) => on(), off: { find: async (_words: string) => [] } });
    // @ts-expect-error the parameter has the type any
    gate(flags, "tabby", { on: (_config) => on(), off: { find: async (words) => [words] } });
    const wider = { find: async (): Promise<readonly string[]> => [] };
    // @ts-expect-error readonly string[] is no string[]
    gate(flags, "tabby", { on, off: wider });
    gate(flags, "tabby", { on: (): { find(words: string): Promise<readonly string[]> } => on(), off: wider });
  });

  it("works with synchronous methods, where the factory is not asynchronous", () => {
    const adder = gate(flags, "on_off", {
      on: () => ({ add: (a: number, b: number) => a + b }),
      off: { add: (a: number, _b: number) => a },
    });
    expectTypeOf(adder.service.add(1, 2)).toEqualTypeOf<number>();
  });

  it("takes the flags of any registry that has the flag", () => {
    type Switch = Pick<(typeof registry)["definitions"], "on_off">;
    const make = (given: GatingFlags<Switch>) => gate(given, "on_off", { on: () => new RealCompletion(), off: none });
    expectTypeOf(make(flags).service.wrap(1)).toEqualTypeOf<Promise<number[]>>();
    // @ts-expect-error they have no flag 'on_off'
    make(createFlags(defineFlags({ other: flag.boolean({ default: false }) })));
  });

  it("says in a sentence what does not fit", () => {
    const on = () => new RealCompletion();
    // @ts-expect-error there is no flag 'tabyb' in this registry
    gate(flags, "tabyb", { on, off: none });
    // @ts-expect-error 'mode' is not a boolean flag; use gateBy
    gate(flags, "mode", { on, off: none });
    // @ts-expect-error a snapshot stands still
    gate(flags.snapshot(), "on_off", { on, off: none });
    // @ts-expect-error 'complete' is missing
    gate(flags, "on_off", { on, off: { wrap: none.wrap } });
    // @ts-expect-error 'b' is missing
    gate(flags, "on_off", { on: async () => ({ async a() {}, async b() {} }), off: { async a() {} } });
    // @ts-expect-error 'a' does not give a promise; where `on` is asynchronous, every method must
    gate(flags, "on_off", { on: async () => ({ a() {}, async b() {} }), off: { a() {}, async b() {} } });
    // @ts-expect-error 'count' is not a method; a gated service has methods only
    gate(flags, "on_off", { on: () => ({ count: 1, b() {} }), off: { count: 1, b() {} } });
    // @ts-expect-error another answer than the real one's
    gate(flags, "on_off", { on, off: { complete: none.complete, wrap: async () => 1 } });
    // @ts-expect-error there is no such option
    gate(flags, "on_off", { on, off: none, drainMS: 1 });
  });

  it("refuses an asynchronous factory whose service has one synchronous signature, or a method then", () => {
    interface Mixed {
      load(id: number): number;
      load(id: string): Promise<number>;
    }
    const mixed = null as unknown as Mixed;
    // @ts-expect-error 'load' does not give a promise
    gate(flags, "on_off", { on: async () => mixed, off: mixed });
    const thenable = null as unknown as { then(a: number): Promise<number> };
    // @ts-expect-error a service with a method 'then' cannot come from a promise
    gate(flags, "on_off", { on: () => Promise.resolve<typeof thenable>(thenable), off: thenable });
    gate(flags, "on_off", { on: () => thenable, off: thenable });
  });
});

describe("gateBy", () => {
  it("gives each factory what its value requires", () => {
    gateBy(flags, "mode", {
      sqlite: (config) => {
        expectTypeOf(config).toEqualTypeOf<undefined>();
        return none;
      },
      postgresql: async (config, { signal }) => {
        expectTypeOf(config).toEqualTypeOf<{ URL: string }>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return new RealCompletion(config.URL);
      },
    });
    gateBy(flags, "model", {
      small: none,
      large: (config) => {
        expectTypeOf(config).toEqualTypeOf<{ KEY: string } | undefined>();
        return none;
      },
    });
  });

  it("has a service only where its methods are named", () => {
    const bare = gateBy(flags, "mode", { sqlite: none, postgresql: async () => new RealCompletion() });
    expectTypeOf(bare).toExtend<ServiceUse<object>>();
    expectTypeOf(bare).not.toHaveProperty("service");
    expectTypeOf(bare.use((service) => service.complete("a"))).toEqualTypeOf<Promise<string>>();
    const named = gateBy(flags, "mode", { sqlite: none, postgresql: async () => none }, { methods: ["wrap"] });
    expectTypeOf<keyof typeof named.service>().toEqualTypeOf<"wrap">();
    expectTypeOf(named.service.wrap(1)).toEqualTypeOf<Promise<number[]>>();
    const standing = gateBy(flags, "mode", { sqlite: none, postgresql: async () => none }, { off: none });
    expectTypeOf(standing.for({}).complete("a", 1)).toEqualTypeOf<Promise<string[]>>();
    const worker = gateBy(flags, "mode", { sqlite: {}, postgresql: async () => closing }, { methods: [] });
    expectTypeOf(worker).toExtend<Gate<object>>();
    expectTypeOf<keyof typeof worker.service>().toEqualTypeOf<never>();
  });

  it("takes methods that give a promise in every choice, and with `off` others where no choice comes late", () => {
    interface Mixed {
      load(id: number): number;
      load(id: string): Promise<number>;
      both?(): Promise<number>;
    }
    const mixed = (): Mixed => null as unknown as Mixed;
    gateBy(flags, "mode", { sqlite: mixed, postgresql: mixed }, { methods: ["both"] }).service.both?.();
    // @ts-expect-error 'load' does not give a promise
    gateBy(flags, "mode", { sqlite: mixed, postgresql: mixed }, { methods: ["both", "load"] });
    const there = gateBy(flags, "mode", { sqlite: mixed, postgresql: (_config) => mixed() }, { off: mixed() });
    expectTypeOf(there.service.load(1)).toEqualTypeOf<number>();
    // @ts-expect-error 'load' does not give a promise
    gateBy(flags, "mode", { sqlite: mixed, postgresql: async () => mixed() }, { off: mixed() });
    // What only one choice has is not served, and may be anything.
    const more = {
      sqlite: () => ({ path: "", both: async () => 1 }),
      postgresql: async () => ({ both: async () => 2 }),
    };
    const served = gateBy(flags, "mode", more, {
      off: { both: async () => 0 },
      healthCheck: async (service) => (await service.both()) > 0,
    });
    expectTypeOf<keyof typeof served.service>().toEqualTypeOf<"both">();
    // biome-ignore lint/suspicious/noExplicitAny: of a service without types nothing is asked
    const untyped = async (): Promise<any> => 1;
    expectTypeOf(gateBy(flags, "mode", { sqlite: untyped, postgresql: none }, { methods: ["wrap"] })).toHaveProperty(
      "service",
    );
  });

  it("says in a sentence what does not fit", () => {
    const both = { sqlite: none, postgresql: none };
    // @ts-expect-error 'on_off' has no named values; use gate
    gateBy(flags, "on_off", both);
    // @ts-expect-error there is no flag 'mood' in this registry
    gateBy(flags, "mood", both);
    // @ts-expect-error 'postgresql' is missing
    gateBy(flags, "mode", { sqlite: none });
    // @ts-expect-error the flag has no value 'mysql'
    gateBy(flags, "mode", { sqlite: none, postgresql: none, mysql: none });
    // @ts-expect-error not every choice has a method 'warp'
    gateBy(flags, "mode", both, { methods: ["warp"] });
    // @ts-expect-error 'complete' is missing
    gateBy(flags, "mode", both, { off: { wrap: none.wrap } });
  });
});
