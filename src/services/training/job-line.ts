import { resolve } from "node:path";
import * as z from "zod/mini";
import { didYouMean } from "../../rules/nearest.js";
import type { Plan } from "./strategy.js";
import { variables } from "./trainer-options.js";
import { TrainingError } from "./training-error.js";
import type { TrainingJob } from "./training-job.js";

const text = () => z.string("must be a text").check(z.minLength(1, "must not be empty"));
const count = () => z.int("must be a whole number").check(z.positive("must be at least 1"));
const rate = () => z.number("must be a number").check(z.positive("must be above 0"));
const SEED_LIMIT = 2 ** 32;

const data = z.union(
  [z.strictObject({ path: text() }), z.strictObject({ generated: z.strictObject({ samples: count() }) })],
  "must be { path } or { generated: { samples } }, the number of samples a whole one, at least 1",
);
const model = z.strictObject({
  width: z.optional(count()),
  layers: z.optional(count()),
  context: z.optional(count()),
});
const checkpoint = z.strictObject({
  folder: text(),
  everySteps: z.optional(count()),
  keep: z.optional(count()),
});
const schema = z.strictObject({
  id: z.optional(text()),
  task: z.enum(["language-model", "classifier"], 'must be "language-model" or "classifier"'),
  data,
  steps: count(),
  batchSize: z.optional(count()),
  learningRate: z.optional(rate()),
  seed: z.optional(
    z
      .int("must be a whole number")
      .check(z.nonnegative("must not be negative"), z.lt(SEED_LIMIT, `must be below ${SEED_LIMIT}`)),
  ),
  device: z.optional(z.enum(["auto", "cpu", "cuda"], 'must be "auto", "cpu" or "cuda"')),
  model: z.optional(model),
  checkpoint: z.optional(checkpoint),
  resume: z.optional(z.union([z.literal(false), text()], 'must be false, "latest", or the path of a checkpoint')),
  reportEverySteps: z.optional(count()),
  env: z.optional(variables()),
});
const sections: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(schema.shape),
  model: Object.keys(model.shape),
  checkpoint: Object.keys(checkpoint.shape),
};

/**
 * Checks a job, for those who write JavaScript and those who read jobs from elsewhere.
 *
 * @throws TrainingError `invalid-job`, naming everything that is wrong
 */
export function checkJob(given: unknown, id: string): TrainingJob {
  const parsed = z.safeParse(schema, given);
  const problems = parsed.success ? contradictions(parsed.data) : parsed.error.issues.map(problemOf);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new TrainingError("invalid-job", `the job cannot be used\n  ${problems.join("\n  ")}`, { id });
}

function contradictions({ checkpoint: plan, resume }: TrainingJob): string[] {
  if (plan !== undefined || resume !== "latest") return [];
  return ['`resume` is "latest", which is looked for in `checkpoint.folder`; give that too'];
}

function problemOf(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join(".");
  if (issue.code !== "unrecognized_keys")
    return place === "" ? "it must be an object" : `\`${place}\` ${issue.message}`;
  const before = place === "" ? "" : `${place}.`;
  return issue.keys
    .map((key) => `there is no \`${before}${key}\`${didYouMean(key, sections[place] ?? [])}`)
    .join("\n  ");
}

/** The one line that each process reads: the job with every default filled in, and paths made absolute. */
export function jobLine(job: TrainingJob, { strategy, device }: Pick<Plan, "strategy" | "device">): string {
  const { data, checkpoint: plan, model: size = {}, resume = false } = job;
  return JSON.stringify({
    task: job.task,
    data: "path" in data ? { path: resolve(data.path) } : data,
    strategy,
    device,
    steps: job.steps,
    batch_size: job.batchSize ?? 16,
    learning_rate: job.learningRate ?? 0.003,
    seed: job.seed ?? 0,
    model: { width: size.width ?? 64, layers: size.layers ?? 2, context: size.context ?? 64 },
    checkpoint:
      plan === undefined
        ? null
        : { folder: resolve(plan.folder), every_steps: plan.everySteps ?? 100, keep: plan.keep ?? 3 },
    resume: resume === false || resume === "latest" ? resume : resolve(resume),
    report_every_steps: job.reportEverySteps ?? 10,
  });
}
