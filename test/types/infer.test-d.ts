import type {
  AnyRegistry,
  Context,
  FlagChange,
  FlagReader,
  FlagsOptions,
  InferFlags,
  Percentage,
  Registry,
  Resolution,
} from "burgee";
import { createFlags, defineFlags, flag } from "burgee";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const registry = defineFlags({
  on_off: flag.boolean({ default: false }),
  child: flag.boolean({ default: false, dependsOn: ["on_off"], requires: z.object({ API_KEY: z.string() }) }),
  mode: flag.oneOf(["sqlite", "postgresql"], {
    default: "sqlite",
    requires: { postgresql: z.object({ URL: z.url() }) },
  }),
  model: flag.experiment({ control: 50, treatment: 50 }, { default: "control" }),
  size: flag.number({ default: 10, schema: z.number().positive() }),
  text: flag.string({ default: "x" }),
  limits: flag.json(z.object({ perMinute: z.number().default(60), hosts: z.array(z.string()).optional() }), {
    default: { perMinute: 1 },
  }),
  nullable: flag.json(v.nullable(v.picklist(["a", "b"])), { default: null }),
  anything: flag.json(z.unknown(), { default: 1 }),
});
const flags = createFlags(registry, { env: false, profile: false, logger: false });
type Defined = (typeof registry)["definitions"];
type Limits = { perMinute: number; hosts?: string[] | undefined };

/** True for `any` and nothing else. */
type IsAny<T> = 0 extends 1 & T ? true : false;
/** The names of the members that are `any`, of what a function takes and gives too. */
type AnyMembers<T> = {
  [K in keyof T]-?: IsAny<T[K]> extends true
    ? K
    : T[K] extends (...input: infer I) => infer O
      ? true extends IsAny<O> | { [N in keyof I]: IsAny<I[N]> }[keyof I & `${number}`]
        ? K
        : never
      : never;
}[keyof T];

describe("InferFlags", () => {
  it("is exact", () => {
    expectTypeOf<InferFlags<typeof registry>>().toEqualTypeOf<{
      on_off: boolean;
      child: boolean;
      mode: "sqlite" | "postgresql";
      model: "control" | "treatment";
      size: number;
      text: string;
      limits: Limits;
      nullable: "a" | "b" | null;
      anything: unknown;
    }>();
  });

  it("holds no any, and the test for any finds one", () => {
    expectTypeOf<AnyMembers<InferFlags<typeof registry>>>().toEqualTypeOf<never>();
    // biome-ignore lint/suspicious/noExplicitAny: what the test above must find
    type Planted = { a: any; b: string; c: (input: any) => void; d: () => any; e: (input: string) => number };
    expectTypeOf<AnyMembers<Planted>>().toEqualTypeOf<"a" | "c" | "d">();
  });

  it("of no registry is never", () => {
    expectTypeOf<InferFlags<string>>().toEqualTypeOf<never>();
  });
});

describe("what flags give", () => {
  it("is the type of the flag", () => {
    expectTypeOf(flags.isEnabled("on_off")).toEqualTypeOf<boolean>();
    expectTypeOf(flags.resolveVariant("mode")).toEqualTypeOf<"sqlite" | "postgresql">();
    expectTypeOf(flags.resolveVariant("model", { userId: 7 })).toEqualTypeOf<"control" | "treatment">();
    expectTypeOf(flags.value("on_off")).toEqualTypeOf<boolean>();
    expectTypeOf(flags.value("size")).toEqualTypeOf<number>();
    expectTypeOf(flags.value("text")).toEqualTypeOf<string>();
    expectTypeOf(flags.value("limits")).toEqualTypeOf<Limits>();
    expectTypeOf(flags.value("nullable")).toEqualTypeOf<"a" | "b" | null>();
    expectTypeOf(flags.value("anything")).toEqualTypeOf<unknown>();
  });

  it("is the same type from evaluate, a snapshot and getAllFlags", () => {
    expectTypeOf(flags.evaluate("mode")).toEqualTypeOf<Resolution<"sqlite" | "postgresql">>();
    expectTypeOf(flags.evaluate("limits").value).toEqualTypeOf<Limits>();
    expectTypeOf(flags.snapshot().value("mode")).toEqualTypeOf<"sqlite" | "postgresql">();
    expectTypeOf(flags.getAllFlags()).toEqualTypeOf<Readonly<InferFlags<typeof registry>>>();
    expectTypeOf(flags.runWithContext({}, () => flags.value("size"))).toEqualTypeOf<number>();
  });

  it("is told to listeners with its type", () => {
    flags.onFlagChanged("mode", (change) => {
      expectTypeOf(change).toEqualTypeOf<FlagChange<"sqlite" | "postgresql", "mode">>();
      expectTypeOf(change.previous).toEqualTypeOf<"sqlite" | "postgresql" | undefined>();
    });
    flags.onFlagChanged("limits", (change) => expectTypeOf(change.value).toEqualTypeOf<Limits | undefined>());
    flags.onFlagChanged("*", (change) => {
      expectTypeOf<IsAny<typeof change.value>>().toEqualTypeOf<false>();
      if (change.flag === "size") expectTypeOf(change.value).toEqualTypeOf<number | undefined>();
    });
  });

  it("holds no any, and neither does what it takes", () => {
    expectTypeOf<AnyMembers<typeof flags>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<typeof registry>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<ReturnType<typeof flags.getAllFlags>>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<ReturnType<typeof flags.evaluate<"limits">>>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<ReturnType<typeof flags.getFlagMetadata<"limits">>>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<FlagChange<Limits>>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<Context>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<FlagsOptions>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<Defined["mode"]>>().toEqualTypeOf<never>();
    expectTypeOf<AnyMembers<Defined["child"]>>().toEqualTypeOf<never>();
  });
});

describe("what flags take", () => {
  it("is the type of the flag", () => {
    expectTypeOf(flags.setFlag<"mode">)
      .parameter(1)
      .toEqualTypeOf<"sqlite" | "postgresql">();
    expectTypeOf(flags.setFlag<"limits">)
      .parameter(1)
      .toEqualTypeOf<Limits>();
    expectTypeOf(flags.setRule<"size">)
      .parameter(1)
      .toHaveProperty("serve")
      .toEqualTypeOf<number | undefined>();
    expectTypeOf(flags.setRule<"model">)
      .parameter(1)
      .toHaveProperty("weights")
      .toEqualTypeOf<{ readonly control?: number | undefined; readonly treatment?: number | undefined } | undefined>();
    expectTypeOf(flags.setRollout<"on_off">)
      .parameter(1)
      .toEqualTypeOf<Percentage>();
    expectTypeOf<"25%">().toExtend<Percentage>();
  });

  it("are the names of the flags", () => {
    type Names = keyof InferFlags<typeof registry>;
    expectTypeOf(registry.names).toEqualTypeOf<readonly Names[]>();
    for (const name of registry.names) expectTypeOf(flags.value(name)).toEqualTypeOf<unknown>();
  });
});

describe("composition", () => {
  const billing = defineFlags({ invoices: flag.boolean({ default: true }) });
  const search = defineFlags({ ranking: flag.oneOf(["old", "new"], { default: "old" }) });

  it("has the flags of all its parts", () => {
    const all = defineFlags(billing, search, registry);
    expectTypeOf<InferFlags<typeof all>>().toEqualTypeOf<
      InferFlags<typeof registry> & { invoices: boolean; ranking: "old" | "new" } extends infer T
        ? { [N in keyof T]: T[N] }
        : never
    >();
    expectTypeOf(createFlags(all).resolveVariant("ranking")).toEqualTypeOf<"old" | "new">();
    expectTypeOf<AnyMembers<InferFlags<typeof all>>>().toEqualTypeOf<never>();
  });

  it("of one, and of compositions, is a registry like any other", () => {
    const one = defineFlags(billing);
    expectTypeOf(one).toEqualTypeOf<typeof billing>();
    const twice = defineFlags(defineFlags(billing, search), registry);
    expectTypeOf<InferFlags<typeof twice>["ranking"]>().toEqualTypeOf<"old" | "new">();
  });

  it("takes any registry, which is what AnyRegistry stands for", () => {
    expectTypeOf(billing).toExtend<AnyRegistry>();
    expectTypeOf(registry).toExtend<AnyRegistry>();
    expectTypeOf<Registry<Defined>>().toEqualTypeOf<typeof registry>();
  });
});

describe("asking", () => {
  it("needs a reader alone", () => {
    const component = (reader: FlagReader<Defined>): boolean => reader.isEnabled("on_off");
    expectTypeOf(component).toBeCallableWith(flags);
    expectTypeOf(component).toBeCallableWith(flags.snapshot());
  });

  it("needs a reader of the flags it asks for, and no others", () => {
    const part = defineFlags({ on_off: flag.boolean({ default: false }) });
    const component = (reader: FlagReader<(typeof part)["definitions"]>): boolean => reader.isEnabled("on_off");
    expectTypeOf(component).toBeCallableWith(flags);
    expectTypeOf(component).toBeCallableWith(flags.snapshot());
    const other = createFlags(defineFlags({ other: flag.boolean({ default: false }) }));
    // @ts-expect-error a reader without the flag will not do
    component(other);
  });
});
