import { DefaultTrainer, type TorchProbe } from "burgee/services/training";

/** What the interpreters of this machine have; undefined where there is none of the kind. */
interface Pythons {
  /** One with torch, as a trainer finds it. */
  readonly torch: TorchProbe | undefined;
  /** One whose torch can shard a model: BURGEE_FSDP_PYTHON, or else the same. */
  readonly fsdp: TorchProbe | undefined;
}

async function withTorch(python: string | undefined): Promise<TorchProbe | undefined> {
  const probe = await new DefaultTrainer({ python }).probe().catch(() => undefined);
  return probe?.torch === null ? undefined : probe;
}

/** Finds the interpreters, and says on stderr which tests are skipped for want of one. */
export async function findPythons(): Promise<Pythons> {
  const torch = await withTorch(undefined);
  const named = process.env.BURGEE_FSDP_PYTHON || undefined;
  const candidate = named === undefined ? torch : await withTorch(named);
  const fsdp = candidate?.fsdp1 || candidate?.fsdp2 ? candidate : undefined;
  const skip = (what: string, why: string) => process.stderr.write(`skipped: real training ${what}, because ${why}\n`);
  if (torch === undefined)
    skip("in one process and by DDP", "no Python with torch was found; BURGEE_PYTHON may name one");
  if (fsdp === undefined)
    skip("by FSDP", "no Python with torch 2.4 or newer was found; BURGEE_FSDP_PYTHON may name one");
  return { torch, fsdp };
}
