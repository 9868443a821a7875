import { Ajv2020 } from "ajv/dist/2020.js";
import { registryJsonSchema } from "../../src/registry/json-schema.js";
import { parseProfile } from "../../src/resolvers/profile-file.js";
import { fixtureRegistry } from "../fixtures/registry.js";

const { flags } = fixtureRegistry;
// Own properties only: a flag may be called `constructor`.
export const ajv = new Ajv2020({ strictTypes: true, strictTuples: true, allErrors: true, ownProperties: true });
export const valid = ajv.compile(registryJsonSchema(fixtureRegistry));

/** Whether a profile of the fixture registry can be read. */
export function loads(text: string): boolean {
  return parseProfile(text, { file: "burgee.yaml", flags, unknown: "error" }).problems.length === 0;
}

/** Whether the schema and the parser both accept a profile, or both refuse it. JSON is YAML, as far as these go. */
export function agree(profile: unknown): boolean {
  const text = JSON.stringify(profile);
  const accepted = valid(profile);
  if (accepted === loads(text)) return accepted;
  const { problems } = parseProfile(text, { file: "burgee.yaml", flags, unknown: "error" });
  throw new Error(
    `${text}\nthe schema says ${JSON.stringify(valid.errors)}\nthe parser says ${JSON.stringify(problems)}`,
  );
}

/** The same of one flag's entry, beside groups that it may name. */
export function agreeOnEntry(name: string, entry: unknown): boolean {
  return agree({
    segments: { staff: { role: "staff" } },
    layers: { page: { slices: { new_checkout: [0, 50], answer_model: [50, 100] } } },
    holdouts: { q3: 5 },
    feature_flags: { [name]: entry },
  });
}

/** What the schema says of one flag's entry, of a condition, of a rule. */
export function definitionOf(name: string): Readonly<Record<string, unknown>> {
  const { $defs } = registryJsonSchema(fixtureRegistry) as { $defs: Record<string, Record<string, unknown>> };
  return $defs[name] ?? {};
}
