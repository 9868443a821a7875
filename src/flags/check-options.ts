import * as z from "zod/mini";
import { BurgeeError } from "../errors.js";
import type { AnyRegistry } from "../registry/registry.js";
import { didYouMean } from "../rules/nearest.js";
import { isPlainObject } from "../rules/plain-object.js";
import { STORE_OPTIONS, STORE_SECTIONS, storeProblems } from "./check-stored-options.js";
import { clockOf } from "./clock.js";
import { groupProblems } from "./code-groups.js";
import { LOG_LEVELS } from "./logger.js";
import { looseObject, milliseconds, record, text, yesOrNo } from "./option-shapes.js";
import type { BuiltInStep, CommonOptions } from "./options.js";
import { unknownFlag } from "./unknown-flag.js";

export const BUILT_IN_STEPS: readonly BuiltInStep[] = ["env", "profile", "overrides", "rollout"];

const clockHelp = "must be a function, or a clock: { now(), wake(at, ring) }";
const clock = z.union(
  [z.custom((value) => typeof value === "function"), looseObject(["now", "wake"], clockHelp)],
  clockHelp,
);
const bucketingHelp = "must be a bucketing: { name, rollout, variant, point }; `bucketing(name, point)` makes one";

const envSchema = z.strictObject({
  prefix: text,
  files: z.optional(z.array(z.string(), "must be a list of paths")),
  variables: z.optional(record),
});
const watchSchema = z.strictObject({ settleMs: milliseconds, pollMs: milliseconds });
const profileSchema = z.strictObject({
  path: text,
  name: text,
  watch: z.optional(z.union([z.boolean(), watchSchema], "must be true, false, or { settleMs, pollMs }")),
});
const auditSchema = z.strictObject({
  log: z.optional(
    looseObject(
      ["append", "entries", "head", "verify", "clear"],
      "must be an audit log: { append, entries, head, verify, clear }",
    ),
  ),
  limit: z.optional(z.int("must be a whole number").check(z.positive("must be at least 1"))),
  file: z.optional(z.string("must be a text").check(z.minLength(1, "must not be empty"))),
  sinks: z.optional(
    z.array(looseObject(["write"], "must be a sink: { name, write(entries) }"), "must be a list of sinks"),
  ),
});
const exposuresSchema = z.strictObject({
  window: z.optional(z.int("must be a whole number").check(z.positive("must be at least 1"))),
  sinks: z.optional(
    z.array(looseObject(["write"], "must be a sink: { name, write(exposures) }"), "must be a list of sinks"),
  ),
});
const stepHelp = `must be one of ${BUILT_IN_STEPS.join(", ")}, or a resolver: { name, prepare(flag) }`;
const step = z.union([z.enum(BUILT_IN_STEPS), looseObject(["prepare"], stepHelp)], stepHelp);

const sections = {
  env: envSchema,
  profile: profileSchema,
  audit: auditSchema,
  exposures: exposuresSchema,
  ...STORE_SECTIONS,
} as const;

const optionsSchema = z.strictObject({
  env: z.optional(z.union([z.literal(false), record], "must be false or an object")),
  profile: z.optional(z.union([z.literal(false), z.string(), record], "must be false, a path, or an object")),
  resolvers: z.optional(z.array(step, "must be a list of steps")),
  context: z.optional(record),
  instance: text,
  unknown: z.optional(z.enum(["error", "warn"], 'must be "error" or "warn"')),
  onInvalid: z.optional(z.enum(["error", "warn"], 'must be "error" or "warn"')),
  readOnly: yesOrNo,
  logger: z.optional(
    z.union(
      [z.boolean(), z.enum(LOG_LEVELS), looseObject(["info", "warn", "error"], "")],
      `must be a pino-compatible logger, true, false, or a level: ${LOG_LEVELS.join(", ")}`,
    ),
  ),
  audit: z.optional(record),
  exposures: z.optional(record),
  segments: z.optional(z.unknown()),
  layers: z.optional(z.unknown()),
  holdouts: z.optional(z.unknown()),
  bucketing: z.optional(
    z.array(looseObject(["rollout", "variant", "point"], bucketingHelp), "must be a list of bucketings"),
  ),
  clock: z.optional(clock),
  ...STORE_OPTIONS,
});

/**
 * Checks the options of `createFlags` at run time, for those who write JavaScript; or those of another call that takes
 * some of them.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, naming each option that is wrong
 */
export function checkOptions(options: CommonOptions, registry: AnyRegistry, whose = "createFlags"): void {
  const problems = isPlainObject(options) ? inspect(options, optionsSchema, "") : ["the options must be an object"];
  for (const [name, schema] of Object.entries(sections)) {
    const section: unknown = isPlainObject(options) ? Reflect.get(options, name) : undefined;
    if (isPlainObject(section)) problems.push(...inspect(section, schema, `${name}.`));
  }
  if (problems.length === 0) {
    problems.push(
      ...contradictions(options),
      ...storeProblems(options),
      ...unknownFlags(options, registry),
      ...clockProblems(options),
    );
    problems.push(...groupProblems(options, registry));
  }
  if (problems.length > 0)
    throw new BurgeeError("INVALID_OPTIONS", `${whose} was given options it cannot use\n  ${problems.join("\n  ")}`);
}

/** A resolver that names a flag that is not there would never be asked. */
function unknownFlags({ resolvers = [] }: CommonOptions, { flags }: AnyRegistry): string[] {
  return resolvers.flatMap((entry) => {
    if (typeof entry === "string") return [];
    const strangers = (entry.flags ?? []).filter((name) => !flags.has(name));
    return strangers.map((name) => `the resolver "${entry.name}" names an ${unknownFlag(name, flags.keys())}`);
  });
}

function clockProblems({ clock }: CommonOptions): string[] {
  return Number.isFinite(clockOf(clock).now()) ? [] : ["`clock` must give milliseconds since 1970"];
}

function inspect(value: unknown, schema: z.ZodMiniObject, prefix: string): string[] {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map(
        (key) => `there is no option \`${prefix}${key}\`${didYouMean(key, Object.keys(schema.shape))}`,
      );
    }
    return [`\`${prefix}${issue.path.map(String).join(".")}\` ${issue.message}`];
  });
}

function contradictions({ resolvers = [], readOnly, profile }: CommonOptions): string[] {
  const problems: string[] = [];
  const names = resolvers.map((entry) => (typeof entry === "string" ? entry : entry.name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`\`resolvers\` names the step "${twice}" twice`);
  for (const entry of resolvers) {
    if (typeof entry === "string") continue;
    const taken = ([...BUILT_IN_STEPS, "kill", "default", "dependency", "requirement"] as string[]).includes(
      entry.name,
    );
    if (typeof entry.name !== "string" || entry.name === "" || taken)
      problems.push(`a resolver needs a name of its own, not "${entry.name}"`);
  }
  if (readOnly === true && typeof profile === "object" && profile.watch) {
    problems.push("`readOnly` refuses every reload, so the profile cannot be watched; leave one of them out");
  }
  return problems;
}
