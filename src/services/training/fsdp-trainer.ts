import { ProcessTrainer } from "./process-trainer.js";
import { type FsdpTrainerOptions, trainerSettings } from "./trainer-options.js";

/**
 * Trains in several processes of this machine, each of which holds a shard of the model. Needs Python with torch, of
 * version 2.4 or newer; `strategy: "ddp"`, which copies the model to each process, needs 1.13. Nothing is loaded or
 * started before the first call.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 *
 * @example
 * const trainer = new FsdpTrainer({ processes: 4 });
 * await trainer.train(job, {
 *   onEvent: (event) => {
 *     if (event.type === "start") console.log(`rank ${event.rank}: ${event.shardParameters} of ${event.parameters}`);
 *   },
 * });
 */
export class FsdpTrainer extends ProcessTrainer {
  constructor(options: FsdpTrainerOptions = {}) {
    super("fsdp", trainerSettings(options, "FsdpTrainer"));
  }
}
