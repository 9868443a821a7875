import { join } from "node:path";
import { BurgeeError } from "burgee";
import { DefaultTrainer, FsdpTrainer, TrainingError, TrainingJobs } from "burgee/services/training";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { job, listener, scratch, standIn } from "./stand-in.js";

describe("the status of a job", () => {
  it("follows what happens, from the first moment to the end", async () => {
    const trainer = new FsdpTrainer(standIn("good"));
    expect(await trainer.getStatus()).toBeUndefined();
    const { events, onEvent } = listener();
    const states: unknown[] = [];
    const training = trainer.train(
      { ...job, id: "one" },
      {
        onEvent: (event) => {
          onEvent(event);
          void trainer.getStatus("one").then((status) => states.push(status?.state));
        },
      },
    );
    const begun = await trainer.getStatus("one");
    expect(begun).toMatchObject({ id: "one", trainer: "fsdp", state: "starting", endedAt: null, pids: [], step: 0 });
    const result = await training;
    expect(result).toEqual({
      id: "one",
      outcome: "done",
      step: 3,
      loss: 0.25,
      checkpoint: "/somewhere/step-00000003.safetensors",
    });
    const ended = await trainer.getStatus();
    expect(ended).toMatchObject({
      state: "done",
      strategy: "fsdp1",
      step: 3,
      steps: 3,
      loss: 0.25,
      samplesPerSecond: 10,
      memoryBytes: 1_000,
      checkpoint: result.checkpoint,
    });
    expect(ended?.pids).toHaveLength(2);
    expect(ended?.endedAt).toBeGreaterThanOrEqual(ended?.startedAt ?? Number.NaN);
    expect(begun?.state).toBe("starting");
    expect(states).toContain("running");
    expect(events.every(({ id, at }) => id === "one" && at >= (ended?.startedAt ?? 0))).toBe(true);
    expect(events.map(({ type }) => type).filter((type) => type === "launch" || type === "done")).toEqual([
      "launch",
      "done",
    ]);
    expect(events.at(-1)?.type).toBe("done");
    for (const frozen of [ended, result, ...events]) expect(Object.isFrozen(frozen)).toBe(true);
  });

  it("keeps the newest 100 logs", async () => {
    const trainer = new DefaultTrainer({ ...standIn("chatter"), silenceMs: Number.POSITIVE_INFINITY });
    let count = 0;
    await new Promise<void>((resolve) => {
      trainer.train(job, { onEvent: ({ type }) => type === "log" && ++count === 105 && resolve() }).catch(() => {});
    });
    const [status] = await trainer.cancel();
    expect(status?.logs).toHaveLength(100);
    expect(status?.logs[99]).toMatchObject({ type: "log", rank: 0, level: "info", message: "still there" });
  });

  it("is remembered of 100 jobs that have ended", async () => {
    const trainer = new DefaultTrainer(standIn("good"));
    const aborted = AbortSignal.abort();
    for (let number = 0; number < 103; number++)
      await trainer.train({ ...job, id: `job-${number}` }, { signal: aborted });
    const jobs = await trainer.listJobs();
    expect([jobs.length, jobs[0]?.id, jobs.at(-1)?.id]).toEqual([101, "job-2", "job-102"]);
    await expect(trainer.getStatus("job-1")).rejects.toMatchObject({ reason: "unknown-job" });
  });

  it("is not there of a job that nobody began", async () => {
    const trainer = new DefaultTrainer(standIn("good"));
    await trainer.train({ ...job, id: "nightly" }, { signal: AbortSignal.abort() });
    await expect(trainer.getStatus("nightley")).rejects.toThrow(
      'there is no job with the id "nightley"; did you mean "nightly"?',
    );
    await expect(trainer.cancel("x")).rejects.toMatchObject({ reason: "unknown-job", code: "SERVICE_CALL_FAILED" });
  });
});

describe("a table of jobs", () => {
  it("shared by two trainers lets each find and cancel the other's jobs", async () => {
    const jobs = new TrainingJobs();
    const single = new DefaultTrainer({ ...standIn("hang"), jobs });
    const sharded = new FsdpTrainer({ ...standIn("hang"), jobs });
    const training = single.train({ ...job, id: "mine" });
    expect(await sharded.getStatus("mine")).toMatchObject({ trainer: "default" });
    expect(await sharded.cancel()).toMatchObject([{ id: "mine", state: "cancelled" }]);
    expect(await training).toMatchObject({ outcome: "cancelled" });
  });

  it("has one running job of an id, and of a folder", async () => {
    const folder = join(scratch(), "kept");
    const trainer = new DefaultTrainer(standIn("hang"));
    const training = trainer.train({ ...job, id: "a", checkpoint: { folder } });
    await expect(trainer.train({ ...job, id: "a" })).rejects.toThrow('a job with the id "a" is running');
    await expect(trainer.train({ ...job, id: "b", checkpoint: { folder: `${folder}/` } })).rejects.toMatchObject({
      reason: "invalid-job",
      message: expect.stringContaining('the job "a" is running, and writes its checkpoints into'),
    });
    await trainer.cancel("a");
    await training;
    const again = trainer.train({ ...job, id: "a", checkpoint: { folder } });
    expect((await trainer.listJobs()).map(({ id, state }) => `${id} ${state}`)).toEqual(["b failed", "a starting"]);
    await trainer.cancel();
    await again;
  });
});

describe("a port that was asked for", () => {
  it("is that of one running job", async () => {
    const trainer = new FsdpTrainer({ ...standIn("hang"), masterPort: 45_679 });
    const training = trainer.train({ ...job, id: "a" });
    const failure = await trainer.train({ ...job, id: "b" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "invalid-job", id: "b" });
    expect(failure.message).toBe(
      'the job "a" is running, and has its ranks meet at 127.0.0.1, port 45679 too; leave `masterPort` out, and each job has one of its own',
    );
    await trainer.cancel("a");
    await training;
    const again = trainer.train({ ...job, id: "b" });
    await trainer.cancel();
    expect(await again).toMatchObject({ outcome: "cancelled" });
  });

  it("is no matter for one process", async () => {
    const trainer = new FsdpTrainer({ ...standIn("good"), processes: 1, masterPort: 45_679 });
    const trainings = ["a", "b"].map((id) => trainer.train({ ...job, id }));
    expect(await Promise.all(trainings)).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
  });
});

describe("a listener that fails", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
  ])("%s harms nobody, and is told once", async (_, onEvent) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const result = await new DefaultTrainer(standIn("good")).train({ ...job, id: "x" }, { onEvent });
    expect(result.outcome).toBe("done");
    const warning = [
      'a listener of the training job "x" threw: no',
      { type: "BurgeeWarning", code: "LISTENER_FAILED" },
    ];
    expect(warn.mock.calls).toEqual([warning]);
  });

  it("is taken off the signal at the end", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await new DefaultTrainer(standIn("good")).train(job, { signal });
    await new DefaultTrainer(standIn("die")).train(job, { signal }).catch(() => {});
    expect(add).toHaveBeenCalledTimes(2);
    expect(remove.mock.calls.map(([, one]) => one)).toEqual(add.mock.calls.map(([, one]) => one));
  });
});

describe("a job that cannot be used", () => {
  it.each([
    [{ ...job, stepps: 1 }, 'there is no `stepps`; did you mean "steps"?'],
    [{ ...job, task: "poet" }, '`task` must be "language-model" or "classifier"'],
    [{ ...job, data: { path: "" } }, "`data.path` must not be empty"],
    [{ ...job, data: { file: "x" } }, "`data` must be { path } or { generated: { samples } }"],
    [{ ...job, env: { A: "a\0b" } }, "`env.A` must not hold a NUL"],
    [{ ...job, env: { "A\0s3cret": "x" } }, "`env` has a name that no variable can have"],
    [{ ...job, steps: 0 }, "`steps` must be at least 1"],
    [{ ...job, seed: 2 ** 32 }, "`seed` must be below 4294967296"],
    [{ ...job, learningRate: Number.NaN }, "`learningRate` must be a number"],
    [{ ...job, model: { widht: 3 } }, 'there is no `model.widht`; did you mean "width"?'],
    [{ ...job, checkpoint: { folder: "x", keep: 0 } }, "`checkpoint.keep` must be at least 1"],
    [{ ...job, resume: "latest" }, '`resume` is "latest", which is looked for in `checkpoint.folder`'],
    [{ ...job, env: { A: 1 } }, "`env.A` must be a text"],
    [null, "it must be an object"],
    [{ ...job, id: "" }, "`id` must be a text that is not empty"],
  ])("is refused before anything is started: %j", async (given, message) => {
    const trainer = new DefaultTrainer({ python: "/nowhere/python" });
    const failure = await trainer.train(given as never).catch((error) => error);
    expect(failure).toBeInstanceOf(TrainingError);
    expect(failure.reason).toBe("invalid-job");
    expect(failure.message).toContain(message);
  });

  it("tells everything that is wrong, and is listed as failed", async () => {
    const trainer = new DefaultTrainer({ python: "/nowhere/python" });
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    await expect(trainer.train(loop as never)).rejects.toThrow();
    await expect(trainer.train({ id: "x", steps: "many" } as never)).rejects.toThrow(/`task`.*\n.*`data`.*\n.*`steps`/);
    expect(await trainer.getStatus()).toMatchObject({ id: "x", state: "failed", error: { reason: "invalid-job" } });
    const odd = new DefaultTrainer({ python: "/nowhere/python" }).train({ ...job, id: "mine" });
    await expect(odd).rejects.toMatchObject({ reason: "no-python", id: "mine" });
    expect((await trainer.listJobs()).map(({ state }) => state)).toEqual(["failed", "failed"]);
  });

  it("may be changed by its owner as soon as it was given", async () => {
    const mine = { ...job, model: { width: 8 } };
    const { events, onEvent } = listener();
    const training = new DefaultTrainer(standIn("variables")).train(mine, { onEvent });
    mine.model.width = -1;
    await training;
    expect(events.some((event) => event.type === "log" && event.message.includes('"width":8'))).toBe(true);
  });
});

describe("the options of a trainer", () => {
  it.each([
    [
      { pyhton: "x" },
      'DefaultTrainer was given options it cannot use\n  there is no option `pyhton`; did you mean "python"?',
    ],
    [{ processes: 2 }, "there is no option `processes`"],
    [{ timeoutMs: 0 }, "`timeoutMs` must be a number of milliseconds, or Infinity, above 0"],
    [{ jobs: {} }, "`jobs` must be a table of jobs: new TrainingJobs()"],
    [{ env: { A: 1 } }, "`env.A` must be a text"],
    [{ env: { A: "a\0b" } }, "`env.A` must not hold a NUL"],
    [{ env: { "A=B": "x" } }, "`env` has a name that no variable can have"],
    [{ variables: 1 }, "`variables` must be an object"],
    [7, "the options must be an object"],
  ])("are checked: %j", (options, message) => {
    expect(() => new DefaultTrainer(options as never)).toThrow(BurgeeError);
    expect(() => new DefaultTrainer(options as never)).toThrow(message);
  });

  it.each([
    [{ processes: 1.5 }, "`processes` must be a whole number"],
    [{ strategy: "fsdp3" }, "`strategy` must be one of fsdp, auto, ddp, fsdp1, fsdp2"],
    [{ masterPort: 70_000 }, "`masterPort` must be at most 65535"],
  ])("are checked, also those of several processes: %j", (options, message) => {
    expect(() => new FsdpTrainer(options as never)).toThrow(message);
  });
});
