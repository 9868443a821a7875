import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

const schema: object = JSON.parse(readFileSync(new URL("together-images.schema.json", import.meta.url), "utf8"));
const ajv = new Ajv({ allErrors: true }).addSchema(schema);

/** What the published schema says against a request; empty where it is sound. */
export function requestProblems(body: unknown): readonly string[] {
  return problems("request", body);
}

/** The same of an answer. */
export function answerProblems(kind: "answer" | "error", body: unknown): readonly string[] {
  return problems(kind, body);
}

function problems(part: "request" | "answer" | "error", body: unknown): readonly string[] {
  const isSound = ajv.getSchema(`together-images#/$defs/${part}`);
  if (isSound === undefined) throw new Error(`the schema has no ${part}`);
  if (isSound(body)) return [];
  return (isSound.errors ?? []).map(({ instancePath, message }) => `${part}${instancePath}: ${message}`);
}
