import type { AnyFlagChange, FlagChange, FlagDefinition, InferFlags, Registry, Resolution, RuleFor } from "burgee";
import { createFlags, defineFlags, flag } from "burgee";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const weights = { control: 50, treatment_a: 25, treatment_b: 25 };
type Names = "control" | "treatment_a" | "treatment_b";

const registry = defineFlags({
  on: flag.boolean({ default: false }),
  plain: flag.experiment({ a: 1, b: 1 }, { default: "a" }),
  model: flag.experiment(
    { control: 50, treatment_a: 25, treatment_b: 25 },
    {
      default: "control",
      off: "treatment_a",
      dependsOn: ["on"],
      payloads: {
        control: { model: "small", temperature: 0 },
        treatment_a: { model: "large", temperature: 0.2 },
        treatment_b: { model: "large", temperature: 0.4, tools: ["search"] },
      },
    },
  ),
  page_size: flag.experiment({ a: 1, b: 1 }, { default: "a", payloads: { a: 20, b: 50 } }),
  banner: flag.experiment({ a: 1, b: 1, c: 1 }, { default: "a", payloads: { a: null, b: false, c: "text" } }),
  theme: flag.experiment({ a: 1, b: 1 }, { default: "a", payloads: { a: "dark", b: "light" } as const }),
  checked: flag.experiment(
    { a: 1, b: 1 },
    {
      default: "a",
      payloads: { a: { limit: 5 }, b: { limit: 5, hosts: "x,y" } },
      schema: z.object({
        limit: z.number(),
        hosts: z
          .string()
          .default("")
          .transform((text) => text.split(",")),
      }),
      requires: z.object({ KEY: z.string() }),
    },
  ),
  valibot: flag.experiment(weights, {
    default: "control",
    payloads: { control: 1, treatment_a: 2, treatment_b: 3 },
    schema: v.number(),
  }),
});
const flags = createFlags(registry, { env: false, profile: false, logger: false });
type Defined = (typeof registry)["definitions"];
interface Checked {
  limit: number;
  hosts: string[];
}

describe("value, evaluate and getAllFlags", () => {
  it("give the payload", () => {
    const { model, temperature, tools } = flags.value("model");
    expectTypeOf(model).toEqualTypeOf<string>();
    expectTypeOf(temperature).toEqualTypeOf<number>();
    expectTypeOf(tools).toEqualTypeOf<string[] | undefined>();
    expectTypeOf(flags.evaluate("checked")).toEqualTypeOf<Resolution<Checked>>();
    expectTypeOf(flags.getAllFlags().page_size).toEqualTypeOf<number>();
    expectTypeOf(flags.snapshot().value("theme")).toEqualTypeOf<"dark" | "light">();
  });

  it("give the name where there are no payloads", () => {
    expectTypeOf(flags.value("plain")).toEqualTypeOf<"a" | "b">();
  });
});

describe("InferFlags", () => {
  it("holds payloads: widened as variables are, constant where they are, and as the schema makes them", () => {
    type Values = InferFlags<typeof registry>;
    expectTypeOf<Values["page_size"]>().toEqualTypeOf<number>();
    expectTypeOf<Values["banner"]>().toEqualTypeOf<string | boolean | null>();
    expectTypeOf<Values["theme"]>().toEqualTypeOf<"dark" | "light">();
    expectTypeOf<Values["checked"]>().toEqualTypeOf<Checked>();
    expectTypeOf<Values["valibot"]>().toEqualTypeOf<number>();
    expectTypeOf<Values["plain"]>().toEqualTypeOf<"a" | "b">();
  });

  it("of a registry that is written out reads the fifth argument", () => {
    type Written = Registry<{ size: FlagDefinition<"a" | "b", "experiment", never, undefined, number> }>;
    expectTypeOf<InferFlags<Written>>().toEqualTypeOf<{ size: number }>();
    const defined = defineFlags({ size: flag.experiment({ a: 1, b: 1 }, { default: "a", payloads: { a: 1, b: 2 } }) });
    expectTypeOf(defined).toExtend<Written>();
    expectTypeOf<Defined["on"]>().toEqualTypeOf<FlagDefinition<boolean, "boolean", never, undefined>>();
  });
});

describe("all else speaks of names", () => {
  it("resolveVariant and changes", () => {
    expectTypeOf(flags.resolveVariant("model")).toEqualTypeOf<Names>();
    expectTypeOf(flags.resolveVariant("page_size")).toEqualTypeOf<"a" | "b">();
    flags.onFlagChanged("model", (change) => expectTypeOf(change).toEqualTypeOf<FlagChange<Names, "model">>());
    flags.onFlagChanged("*", (change) => {
      if (change.flag === "page_size") expectTypeOf(change.value).toEqualTypeOf<"a" | "b" | undefined>();
    });
    expectTypeOf<Extract<AnyFlagChange<Defined>, { flag: "checked" }>["previous"]>().toEqualTypeOf<
      "a" | "b" | undefined
    >();
  });

  it("setFlag and rules", () => {
    expectTypeOf(flags.setFlag<"model">)
      .parameter(1)
      .toEqualTypeOf<Names>();
    expectTypeOf<RuleFor<Defined, "checked">["serve"]>().toEqualTypeOf<"a" | "b" | undefined>();
    expectTypeOf<RuleFor<Defined, "checked">["otherwise"]>().toEqualTypeOf<"a" | "b" | undefined>();
  });
});
