import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "vitest";

/** The parts of Meta's description: what is sent, what is answered, and what a webhook holds. */
export type Part = "request" | "answer" | "error" | "webhook";

const schema = JSON.parse(readFileSync(new URL("./cloud-api.schema.json", import.meta.url), "utf8"));
const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addSchema(schema);

/** Where a value is not as Meta describes it, one line each. */
export function slips(part: Part, value: unknown): readonly string[] {
  const check = ajv.getSchema(`${schema.$id}#/$defs/${part}`);
  if (check === undefined) throw new Error(`the description has no ${part}`);
  check(value);
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** The value, which has to be as Meta describes it. */
export function described<T>(part: Part, value: T): T {
  expect(slips(part, value)).toEqual([]);
  return value;
}
