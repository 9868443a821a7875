/**
 * Trains a small classifier for real: in one process, or, with ENABLE_FSDP=true, in two that share the model out. A bar
 * shows how far it is on a terminal, and lines anywhere else. Ctrl-C ends it with a checkpoint, and the next run goes on
 * from there.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFlags, defineFlags } from "burgee";
import { fsdpFlag, progressWriter, type Trainer, TrainingError, trainerFactory } from "burgee/services/training";

const flags = createFlags(defineFlags({ enable_fsdp: fsdpFlag() }), { profile: false });
const training = trainerFactory(flags, { processes: 2, strategy: "auto" });

/** Where checkpoints go: the folder of the command line, or one that is gone at the end. */
const [given] = process.argv.slice(2);
const folder = given ?? join(mkdtempSync(join(tmpdir(), "burgee-training-")), "checkpoints");

async function main(trainer: Trainer): Promise<void> {
  const { python, torch } = await trainer.probe();
  if (torch === null) {
    console.log(`skipped: ${python} has no torch; install it, or name another Python by BURGEE_PYTHON`);
    return;
  }
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGINT", stop);
  const show = progressWriter(process.stdout);
  const result = await trainer.train(
    {
      task: "classifier",
      data: { generated: { samples: 500 } },
      steps: 100,
      reportEverySteps: 20,
      checkpoint: { folder, everySteps: 50 },
      resume: "latest",
    },
    {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "start") {
          const { rank, worldSize, strategy, shardParameters, parameters } = event;
          console.log(
            `rank ${rank} of ${worldSize} (${strategy}) holds ${shardParameters} of ${parameters} parameters`,
          );
        }
        show(event);
      },
    },
  );
  process.off("SIGINT", stop);
  const loss = result.loss === null ? "" : ` at a loss of ${result.loss.toFixed(4)}`;
  console.log(`${result.outcome} after step ${result.step}${loss}`);
  for (const { step, bytes } of await trainer.listCheckpoints(folder))
    console.log(`checkpoint of step ${step}: ${bytes} bytes`);
}

try {
  await main(training.service);
} catch (error) {
  if (!(error instanceof TrainingError)) throw error;
  if (error.reason === "no-python") console.log(`skipped: ${error.message}`);
  else {
    console.error(error.message);
    process.exitCode = 1;
  }
} finally {
  await flags.close();
  if (given === undefined) rmSync(join(folder, ".."), { recursive: true, force: true });
}
