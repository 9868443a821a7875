import { noTorch } from "./interpreter.js";
import type { TorchProbe } from "./trainer.js";
import type { TrainerSettings } from "./trainer-options.js";
import { TrainingError } from "./training-error.js";
import type { TrainingStrategy } from "./training-event.js";
import type { TrainingJob } from "./training-job.js";

/** How a job is to be run. */
export interface Plan {
  readonly strategy: TrainingStrategy;
  readonly processes: number;
  /** Where to compute. One process chooses by itself. */
  readonly device: "auto" | "cpu" | "cuda";
  /** Something that whoever began the job should know. */
  readonly remark?: string | undefined;
}

type Device = "cpu" | "cuda";
type Spread = Exclude<TrainingStrategy, "single">;

/** What each word of the option takes, the best first. */
const TAKES: Readonly<Record<TrainerSettings["strategy"], readonly Spread[]>> = {
  fsdp: ["fsdp2", "fsdp1"],
  auto: ["fsdp2", "fsdp1", "ddp"],
  ddp: ["ddp"],
  fsdp1: ["fsdp1"],
  fsdp2: ["fsdp2"],
};
const FIRST = "1.13";
/** The oldest torch that can do it. */
const FIRST_OF: Readonly<Record<Spread, Readonly<Record<Device, string>>>> = {
  ddp: { cpu: FIRST, cuda: FIRST },
  fsdp1: { cpu: "2.4", cuda: "2.4" },
  fsdp2: { cpu: "2.7", cuda: "2.6" },
};
const TITLES = { fsdp: "FSDP", auto: "FSDP", ddp: "DDP", fsdp1: "FSDP1", fsdp2: "FSDP2" } as const;
const PLACES = { cpu: "the CPU", cuda: "CUDA" } as const;

/**
 * Chooses how to train by what the interpreter has, or refuses.
 *
 * @throws TrainingError `no-torch`, `torch-too-old` or `no-distributed`, naming what was found and what is needed;
 * `invalid-job` where there are too few devices
 */
export function planFor(
  kind: "default" | "fsdp",
  device: TrainingJob["device"] = "auto",
  probe: TorchProbe,
  settings: TrainerSettings,
): Plan {
  const found = versionOf(probe);
  if (kind === "default") {
    if (!isAtLeast(found, FIRST)) throw tooOld("training", FIRST, probe);
    return { strategy: "single", processes: 1, device };
  }
  const { processes, strategy } = settings;
  const devices = devicesFor(device, processes, probe);
  const chosen = choose(strategy, devices, probe);
  if (chosen === undefined) throw refusal(strategy, devices, probe);
  const isCopied = strategy === "auto" && chosen.strategy === "ddp";
  const remark = `${problemOf("fsdp", devices[0], probe).text}; the model is copied to each process (DDP)`;
  return { ...chosen, processes, remark: isCopied ? remark : undefined };
}

/** Where it can be, the best first. Each process needs a CUDA device of its own. */
function devicesFor(
  wanted: "auto" | Device,
  processes: number,
  probe: TorchProbe,
): readonly [Device, ...(readonly Device[])] {
  const hasEnough = probe.cudaDevices >= processes;
  if (wanted === "cuda" && !hasEnough) {
    const message = `the job cannot be used: \`device\` is "cuda", for which ${processes} processes need a device each; ${whose(probe)}, which sees ${probe.cudaDevices}`;
    throw new TrainingError("invalid-job", message);
  }
  if (wanted !== "auto") return [wanted];
  return hasEnough ? ["cuda", "cpu"] : ["cpu"];
}

function choose(
  strategy: TrainerSettings["strategy"],
  devices: readonly Device[],
  probe: TorchProbe,
): { readonly strategy: Spread; readonly device: Device } | undefined {
  for (const device of devices)
    for (const one of TAKES[strategy]) {
      const isThere = probe.strategies[device].includes(one);
      if (isThere && isAtLeast(probe.torch ?? "", FIRST_OF[one][device])) return { strategy: one, device };
    }
  return undefined;
}

/** Refuses, and names what would do. */
function refusal(
  strategy: TrainerSettings["strategy"],
  devices: readonly [Device, ...(readonly Device[])],
  probe: TorchProbe,
): TrainingError {
  const { reason, text } = problemOf(strategy, devices[0], probe);
  const sharded = choose("fsdp", devices, probe)?.strategy;
  const mend = reason === "torch-too-old" ? "install a newer one, or name" : "name";
  const others = [
    sharded && `; strategy: "fsdp" takes ${TITLES[sharded]} there`,
    choose("ddp", devices, probe) && '; strategy: "ddp", which copies the model to each process, works there',
  ];
  const hint = others.find((other) => other !== undefined) ?? "";
  return new TrainingError(reason, `${text}; ${mend} another Python by BURGEE_PYTHON${hint}`);
}

/** Why it cannot be done on this device. */
function problemOf(strategy: TrainerSettings["strategy"], device: Device, probe: TorchProbe) {
  const easiest = TAKES[strategy].at(-1) ?? "ddp";
  const first = FIRST_OF[easiest][device];
  const what = `${TITLES[strategy]} on ${PLACES[device]}`;
  if (!isAtLeast(probe.torch ?? "", first))
    return { reason: "torch-too-old", text: `${what} needs torch ${first} or newer, and ${whose(probe)}` } as const;
  const backend = device === "cpu" ? "gloo" : "nccl";
  const missing = probe.distributed ? (probe[backend] ? undefined : backend) : "torch.distributed";
  const text =
    missing === undefined
      ? `${whose(probe)}, which cannot do ${what}`
      : `${whose(probe)}, which was built without ${missing}; several processes cannot train on ${PLACES[device]} with it`;
  return { reason: "no-distributed", text } as const;
}

function versionOf(probe: TorchProbe): string {
  if (probe.torch !== null) return probe.torch;
  const others = probe.passedOver.map(({ python, why }) => `; ${python} was tried too: ${why}`).join("");
  const mend = "install it (`pip install torch`, or Debian's python3-torch), or name another Python by BURGEE_PYTHON";
  const message = `${probe.python} (Python ${probe.pythonVersion}) cannot train: ${noTorch(probe)}${others}; ${mend}`;
  throw new TrainingError("no-torch", message);
}

function tooOld(what: string, needed: string, probe: TorchProbe): TrainingError {
  const mend = "install a newer one, or name another Python by BURGEE_PYTHON";
  return new TrainingError("torch-too-old", `${what} needs torch ${needed} or newer, and ${whose(probe)}; ${mend}`);
}

function whose({ python, torch }: TorchProbe): string {
  return `${python} has torch ${torch}`;
}

/** Whether a version such as `2.6.0+cpu` is this one, or newer. */
function isAtLeast(found: string, needed: string): boolean {
  const [major = 0, minor = 0] = found.split(".").map((part) => Number.parseInt(part, 10));
  const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}
