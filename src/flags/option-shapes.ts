import * as z from "zod/mini";

export const text = z.optional(z.string("must be a text"));
export const yesOrNo = z.optional(z.boolean("must be true or false"));
export const record = z.record(z.string(), z.unknown(), "must be an object");
export const milliseconds = z.optional(
  z.number("must be a number of milliseconds").check(z.nonnegative("must not be negative")),
);
export const looseObject = (needs: readonly string[], message: string) =>
  z.custom(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      needs.every((name) => typeof Reflect.get(value, name) === "function"),
    message,
  );
