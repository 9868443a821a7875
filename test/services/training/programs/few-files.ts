/** Trains where there are hardly any files left to be opened, and tells how that goes. */
import { closeSync, openSync } from "node:fs";
import { DefaultTrainer, TrainingError } from "burgee/services/training";

const [python] = process.argv.slice(2);
const job = { id: "x", task: "classifier", data: { generated: { samples: 10 } }, steps: 3 } as const;
const trainer = new DefaultTrainer({ python, env: { STAND_IN: "good" } });
// What is loaded later is loaded by now.
await trainer.train(job);
const held: number[] = [];
let isFull = false;
while (!isFull) {
  try {
    held.push(openSync("/dev/null", "r"));
  } catch {
    isFull = true;
  }
}
const failure = await trainer.train(job).catch((error) => error);
for (const file of held) closeSync(file);
const isTrainingError = failure instanceof TrainingError;
process.stdout.write(JSON.stringify({ isTrainingError, ...failure, message: failure.message }));
