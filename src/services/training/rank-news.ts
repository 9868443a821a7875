import * as z from "zod/mini";
import type { LogEvent, RankErrorEvent, TrainingNews } from "./training-event.js";

/** No log is longer, in characters. */
const LONGEST_LOG = 2_000;

/** What a line of a rank says: something that happened, or the end that it has come to. */
export type RankNews = Exclude<TrainingNews, { readonly type: "launch" | "failed" }> & {
  /** Of an `error`: it came only of another rank's end. */
  readonly consequence?: boolean | undefined;
};

const number = z.number();
const text = z.string();
const maybeText = z.nullable(text);
const strategy = z.enum(["single", "ddp", "fsdp1", "fsdp2"]);
const line = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("start"),
    rank: number,
    world_size: number,
    pid: number,
    python: text,
    torch: text,
    strategy,
    device: text,
    parameters: number,
    shard_parameters: number,
    resumed_from: z.nullable(number),
    steps: number,
  }),
  z.object({
    event: z.literal("step"),
    step: number,
    loss: number,
    samples_per_second: number,
    memory_bytes: number,
  }),
  z.object({ event: z.literal("checkpoint"), step: number, path: text }),
  z.object({ event: z.literal("log"), level: text, message: text }),
  z.object({ event: z.literal("done"), step: number, loss: z.nullable(number), path: maybeText }),
  z.object({ event: z.literal("cancelled"), step: number, path: maybeText }),
  z.object({
    event: z.literal("error"),
    rank: number,
    type: text,
    message: text,
    traceback: text,
    consequence: z.optional(z.boolean()),
  }),
]);
type Line = z.infer<typeof line>;

/** Reads a line that a rank wrote to stdout. What is none of the protocol becomes a log. */
export function readNews(written: string, rank: number): RankNews {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return logOf(rank, "info", written);
  }
  const parsed = z.safeParse(line, value);
  if (!parsed.success) return logOf(rank, "warn", `not a known event: ${written}`);
  const news = newsOf(parsed.data, rank);
  // All but rank 0 tell only how they start, what went wrong, and what there is to read.
  if (rank === 0 || news.type === "start" || news.type === "error" || news.type === "log") return news;
  return logOf(rank, "warn", `only rank 0 tells this: ${written}`);
}

function newsOf(data: Line, rank: number): RankNews {
  switch (data.event) {
    case "start":
      return {
        type: "start",
        rank,
        worldSize: data.world_size,
        pid: data.pid,
        python: data.python,
        torch: data.torch,
        strategy: data.strategy,
        device: data.device,
        parameters: data.parameters,
        shardParameters: data.shard_parameters,
        resumedFrom: data.resumed_from,
        steps: data.steps,
      };
    case "step": {
      const { step, loss, samples_per_second: samplesPerSecond, memory_bytes: memoryBytes } = data;
      return { type: "step", step, loss, samplesPerSecond, memoryBytes };
    }
    case "checkpoint":
      return { type: "checkpoint", step: data.step, path: data.path };
    case "log":
      return logOf(rank, levelOf(data.level), data.message);
    case "done":
      return { type: "done", step: data.step, loss: data.loss, path: data.path };
    case "cancelled":
      return { type: "cancelled", step: data.step, path: data.path };
    case "error":
      return errorOf(data, rank);
  }
}

function errorOf(data: Line & { event: "error" }, rank: number): RankErrorEvent & { consequence: boolean } {
  const { type: error, message, traceback, consequence = false } = data;
  return { type: "error", rank, error, message, traceback, consequence };
}

function levelOf(level: string): LogEvent["level"] {
  if (level === "debug" || level === "error") return level;
  return level.startsWith("warn") ? "warn" : "info";
}

/** A log, cut where it is very long. */
export function logOf(rank: number | undefined, level: LogEvent["level"], message: string): LogEvent {
  return {
    type: "log",
    rank,
    level,
    message: message.length > LONGEST_LOG ? `${message.slice(0, LONGEST_LOG - 1)}…` : message,
  };
}
