/** Begins a training that never ends and tells the processes of its ranks; then whoever started it kills it. */
import { FsdpTrainer } from "burgee/services/training";

const [python, folder = "", ready = "start", strategy] = process.argv.slice(2);
const trainer = new FsdpTrainer({ python, strategy: strategy === "ddp" ? "ddp" : "fsdp" });
let pids: readonly number[] = [];
let started = 0;

await trainer.train(
  {
    task: "classifier",
    data: { generated: { samples: 400 } },
    steps: 1_000_000,
    device: "cpu",
    reportEverySteps: 1,
    checkpoint: { folder },
    env: { STAND_IN: "immortal" },
  },
  {
    onEvent: (event) => {
      if (event.type === "launch") pids = event.pids;
      if (event.type === "start") started++;
      const isReady = event.type === ready && started === pids.length;
      if (isReady || event.type === "failed") process.stdout.write(`${JSON.stringify(isReady ? pids : event)}\n`);
    },
  },
);
