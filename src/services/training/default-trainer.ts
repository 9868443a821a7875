import { ProcessTrainer } from "./process-trainer.js";
import { type TrainerOptions, trainerSettings } from "./trainer-options.js";

/**
 * Trains in one process. Needs Python with torch, of version 1.13 or newer; nothing is loaded or started before the
 * first call.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 *
 * @example
 * const trainer = new DefaultTrainer();
 * const { loss, checkpoint } = await trainer.train({
 *   task: "classifier",
 *   data: { path: "flowers.csv" },
 *   steps: 300,
 *   checkpoint: { folder: "checkpoints/flowers" },
 * });
 */
export class DefaultTrainer extends ProcessTrainer {
  constructor(options: TrainerOptions = {}) {
    super("default", trainerSettings(options, "DefaultTrainer"));
  }
}
