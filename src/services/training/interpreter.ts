import * as z from "zod/mini";
import { messageOf } from "../../errors.js";
import { ownFile } from "../../rules/load.js";
import { childEnvironment } from "./child-environment.js";
import { after } from "./escalation.js";
import { ProcessGroup } from "./process-group.js";
import type { TorchProbe } from "./trainer.js";
import type { TrainerSettings } from "./trainer-options.js";
import { TrainingError } from "./training-error.js";

/** Importing torch from a cold disk takes its time; an interpreter that hangs is given up. */
const PROBE_MS = 120_000;
/** So much of what it writes is kept, in characters; its answer is the last line. */
const KEPT_OUTPUT = 65_536;
/** Debian's own python3, which another one may hide on the PATH. */
const SYSTEM_PYTHON = "/usr/bin/python3";

const report = z.object({
  executable: z.string(),
  python: z.string(),
  torch: z.nullable(z.string()),
  problem: z.nullable(z.string()),
  distributed: z.boolean(),
  gloo: z.boolean(),
  nccl: z.boolean(),
  cuda_devices: z.number(),
  fsdp1: z.boolean(),
  fsdp2: z.boolean(),
  strategies: z.object({ cpu: z.array(z.string()), cuda: z.array(z.string()) }),
});

type Asked = Pick<TrainerSettings, "python" | "variables" | "env">;
/** What one interpreter has, or why it cannot be asked. */
type Answer = { readonly probe: Omit<TorchProbe, "passedOver"> } | { readonly why: string; readonly cause: unknown };

/**
 * The path of one of the Python files that burgee brings along.
 *
 * @throws BurgeeError `PACKAGE_MISSING` where a bundler has left them behind
 */
export function pythonFile(name: "train.py" | "probe.py"): string {
  return ownFile(`python/${name}`, "to train", import.meta.url);
}

/**
 * Finds the interpreter and asks it what it has: the one that was named, or else `python3`, or else Debian's own where
 * that one has no torch.
 *
 * @throws TrainingError `no-python` where none of them can be asked; BurgeeError `PACKAGE_MISSING`; the signal's reason
 * where that is aborted
 */
export async function probeTorch(asked: Asked, signal?: AbortSignal): Promise<TorchProbe> {
  const variables = asked.variables ?? process.env;
  const named = asked.python ?? (variables.BURGEE_PYTHON || undefined);
  const passedOver: { python: string; why: string }[] = [];
  let first: Answer | undefined;
  for (const python of named === undefined ? ["python3", SYSTEM_PYTHON] : [named]) {
    const answer = await ask(python, childEnvironment(variables, asked.env), signal);
    if ("probe" in answer && answer.probe.torch !== null) return finish(answer, passedOver);
    // Where none has torch, the answer is of the first that can be asked at all.
    if (first === undefined || ("why" in first && "probe" in answer)) first = answer;
    passedOver.push({ python, why: "why" in answer ? answer.why : noTorch(answer.probe) });
  }
  if (first !== undefined && "probe" in first) {
    const { python } = first.probe;
    return finish(
      first,
      passedOver.filter((other) => other.python !== python),
    );
  }
  const tried = passedOver.map(({ python, why }) => `${python}: ${why}`).join("; ");
  const message = `no Python can be started (${tried}); install it, or name one by BURGEE_PYTHON or the option \`python\``;
  throw new TrainingError("no-python", message, { cause: first?.cause });
}

/** Why an interpreter without torch will not do. */
export function noTorch({ problem }: Pick<TorchProbe, "problem">): string {
  // Of most that have none, there is no more to tell.
  return problem === null || problem.includes("No module named 'torch'")
    ? "it has no torch"
    : `its torch fails: ${problem}`;
}

function finish({ probe }: { readonly probe: Omit<TorchProbe, "passedOver"> }, passedOver: TorchProbe["passedOver"]) {
  return Object.freeze({ ...probe, passedOver: Object.freeze(passedOver.map((other) => Object.freeze(other))) });
}

async function ask(python: string, env: Record<string, string>, signal?: AbortSignal): Promise<Answer> {
  const file = pythonFile("probe.py");
  let written: string;
  try {
    written = await run(python, ["-u", file], env, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    return { why: reasonOf(cause), cause };
  }
  const parsed = z.safeParse(report, jsonOf(written));
  if (!parsed.success) return { why: "it did not answer as a Python does", cause: parsed.error };
  const { python: pythonVersion, cuda_devices: cudaDevices, strategies, ...rest } = parsed.data;
  const { cpu, cuda } = strategies;
  const frozen = Object.freeze({ cpu: Object.freeze(cpu), cuda: Object.freeze(cuda) });
  return { probe: { python, pythonVersion, cudaDevices, ...rest, strategies: frozen } };
}

/** What a child writes to stdout. Rejects where it cannot be started, ends badly, takes too long, or is not wanted any more. */
function run(command: string, args: string[], env: Record<string, string>, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    let err = "";
    let isLate = false;
    const child = new ProcessGroup({
      ...{ command, args, env, input: "" },
      onOut: (chunk) => {
        out = (out + chunk).slice(-KEPT_OUTPUT);
      },
      onErr: (chunk) => {
        err = (err + chunk).slice(-KEPT_OUTPUT);
      },
      onEnd: () => {
        cancel();
        signal?.removeEventListener("abort", kill);
        if (child.unstarted !== undefined) reject(child.unstarted);
        else if (isLate) reject(new Error(`it did not answer within ${PROBE_MS / 1_000} s`));
        else if (child.code === 0) resolve(out);
        else reject(new Error(err.trim() || `it ended with ${child.signal ?? `code ${child.code}`}`));
      },
    });
    const kill = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", kill, { once: true });
    const cancel = after(PROBE_MS, () => {
      isLate = true;
      kill();
    });
  });
}

/** What a child wrote last is its answer: a package may print something before it. */
function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written.trim().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT") return "it is not there";
  if (code === "EACCES") return "it may not be started";
  return messageOf(cause).trim().split("\n").at(-1) ?? "";
}
