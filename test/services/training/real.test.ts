import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DefaultTrainer, FsdpTrainer, type TrainingEvent, type TrainingJob } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { findPythons } from "./pythons.js";
import { isAlive, listener, scratch } from "./stand-in.js";

const { torch, fsdp } = await findPythons();

/** A classifier of samples that the program makes; small enough for a slow machine. */
function small(folder: string, more: Partial<TrainingJob> = {}): TrainingJob {
  return {
    task: "classifier",
    data: { generated: { samples: 400 } },
    steps: 40,
    device: "cpu",
    reportEverySteps: 5,
    checkpoint: { folder, everySteps: 20 },
    ...more,
  };
}

const endless = { steps: 1_000_000, reportEverySteps: 1 };
const lossesOf = (events: readonly TrainingEvent[]) =>
  new Map(events.flatMap((event) => (event.type === "step" ? [[event.step, event.loss] as const] : [])));

describe.skipIf(torch === undefined)("training in one process", () => {
  const trainer = new DefaultTrainer({ python: torch?.python });

  it("trains for real: the loss falls, and checkpoints are there", async () => {
    const folder = join(scratch(), "kept");
    const { events, onEvent } = listener();
    const result = await trainer.train(small(folder), { onEvent });
    const losses = [...lossesOf(events).values()];
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(result.loss).toBeLessThan((losses[0] ?? 0) / 4);
    const found = await trainer.listCheckpoints(folder);
    expect(found.map(({ step }) => step)).toEqual([40, 20]);
    expect(result).toMatchObject({ outcome: "done", step: 40, checkpoint: found[0]?.path });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const { path } of found) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(events.find(({ type }) => type === "start")).toMatchObject({ torch: torch?.torch, strategy: "single" });
    expect(events.filter((event) => event.type === "log" && event.level !== "info" && event.level !== "debug")).toEqual(
      [],
    );
  });

  it("goes on from a checkpoint as if there had been no break", async () => {
    const whole = listener();
    await trainer.train(small(join(scratch(), "a")), { onEvent: whole.onEvent });
    const folder = join(scratch(), "b");
    await trainer.train(small(folder, { steps: 20 }));
    const rest = listener();
    const result = await trainer.train(small(folder, { resume: "latest" }), { onEvent: rest.onEvent });
    expect(result).toMatchObject({ outcome: "done", step: 40 });
    expect(rest.events.find(({ type }) => type === "start")).toMatchObject({ resumedFrom: 20 });
    for (const [step, loss] of lossesOf(rest.events)) {
      if (step % 5 === 0) expect(loss).toBeCloseTo(lossesOf(whole.events).get(step) ?? Number.NaN, 6);
    }
  });

  it("is cancelled with a checkpoint, from which it can go on", async () => {
    const folder = join(scratch(), "kept");
    const { onEvent, first } = listener();
    const training = trainer.train(small(folder, { id: "long", ...endless }), { onEvent });
    await first((event) => event.type === "step" && event.step >= 3);
    const [status] = await trainer.cancel("long");
    const result = await training;
    expect(result.outcome).toBe("cancelled");
    expect(status?.pids.some(isAlive)).toBe(false);
    const [newest] = await trainer.listCheckpoints(folder);
    expect(newest).toMatchObject({ step: result.step, path: result.checkpoint });
    expect(result.step).toBeGreaterThanOrEqual(3);
  });

  it("learns a text of the user's own", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "text.txt"), "the cat sat on the mat. ".repeat(100));
    const { events, onEvent } = listener();
    const job = small(join(folder, "kept"), {
      task: "language-model",
      data: { path: join(folder, "text.txt") },
      model: { width: 32, layers: 1, context: 16 },
    });
    const { loss } = await trainer.train(job, { onEvent });
    expect(loss).toBeLessThan((lossesOf(events).get(1) ?? 0) / 2);
  });

  it("names the line of bad data", async () => {
    const folder = scratch();
    const path = join(folder, "rows.csv");
    writeFileSync(path, "1,2,0\n3,4,1\n5,six,0\n");
    const failure = await trainer.train(small(join(folder, "kept"), { data: { path } })).catch((error) => error);
    expect(failure).toMatchObject({ reason: "invalid-job", rank: 0, output: expect.stringContaining("Traceback") });
    expect(failure.message).toMatch(/rows\.csv.*3/);
  });
});

describe.each([
  ["DDP", torch, "ddp"],
  ["FSDP", fsdp, "fsdp"],
] as const)("training in two processes by %s", (_, found, strategy) => {
  describe.skipIf(found === undefined)("with torch", () => {
    const trainer = new FsdpTrainer({ python: found?.python, strategy });

    it("trains for real, each rank with its shard", async () => {
      const folder = join(scratch(), "kept");
      const { events, onEvent } = listener();
      const result = await trainer.train(small(folder), { onEvent });
      const starts = events.flatMap((event) => (event.type === "start" ? [event] : []));
      expect(starts.map(({ rank }) => rank).sort()).toEqual([0, 1]);
      for (const { parameters, shardParameters, worldSize } of starts) {
        expect(worldSize).toBe(2);
        if (strategy === "ddp") expect(shardParameters).toBe(parameters);
        else expect(shardParameters).toBeLessThan(parameters * 0.6);
      }
      expect(result.loss).toBeLessThan((lossesOf(events).get(1) ?? 0) / 4);
      expect((await trainer.listCheckpoints(folder)).map(({ step }) => step)).toEqual([40, 20]);
    });

    it("is cancelled with one checkpoint, from which one process can go on", async () => {
      const folder = join(scratch(), "kept");
      const { onEvent, first } = listener();
      const training = trainer.train(small(folder, endless), { onEvent });
      await first((event) => event.type === "step" && event.step >= 3);
      const [status] = await trainer.cancel();
      const { outcome, step } = await training;
      expect(outcome).toBe("cancelled");
      expect(status?.pids.some(isAlive)).toBe(false);
      const single = new DefaultTrainer({ python: found?.python });
      const rest = listener();
      const again = await single.train(small(folder, { steps: step + 5, resume: "latest" }), { onEvent: rest.onEvent });
      expect(again).toMatchObject({ outcome: "done", step: step + 5 });
      expect(rest.events.find(({ type }) => type === "start")).toMatchObject({ resumedFrom: step });
    });

    it("ends as a whole when one rank is killed, and names that one", async () => {
      const folder = join(scratch(), "kept");
      const { onEvent, first } = listener();
      const training = trainer.train(small(folder, endless), { onEvent });
      await first((event) => event.type === "step" && event.step >= 3);
      const pids = (await trainer.getStatus())?.pids ?? [];
      process.kill(pids[1] ?? Number.NaN, "SIGKILL");
      await expect(training).rejects.toMatchObject({ reason: "rank-failed", rank: 1 });
      expect(pids.some(isAlive)).toBe(false);
      expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
    });
  });
});
