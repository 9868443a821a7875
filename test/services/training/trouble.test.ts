import { join } from "node:path";
import { DefaultTrainer, FsdpTrainer, type TrainingError } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { isAlive, job, listener, scratch, standIn } from "./stand-in.js";

async function failureOf(trainer: FsdpTrainer | DefaultTrainer): Promise<TrainingError> {
  return trainer.train(job).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("a rank that fails", () => {
  it("ends the job with its own text, and the other ranks with it", async () => {
    const trainer = new FsdpTrainer(standIn("die@1 immortal@0"));
    const { events, onEvent } = listener();
    const failure = await trainer.train(job, { onEvent }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "rank-failed", rank: 1, output: "Traceback of ValueError" });
    expect(failure.message).toBe("rank 1 of 2 failed: ValueError: a row is wrong");
    const status = await trainer.getStatus();
    expect(status).toMatchObject({
      state: "failed",
      error: { reason: "rank-failed", rank: 1, message: failure.message },
    });
    expect(status?.pids.some(isAlive)).toBe(false);
    expect(events.find(({ type }) => type === "error")).toMatchObject({ rank: 1, error: "ValueError" });
    expect(events.at(-1)).toMatchObject({ type: "failed", reason: "rank-failed", rank: 1 });
  });

  it.each([
    ["bereaved@0 die@1", 1, "ValueError"],
    ["cutOff@0 die@1", 1, "ValueError"],
    ["cutOff@0 killed@1", 1, "killed from outside"],
    ["die@0 cutOff@1", 0, "ValueError"],
    ["cutOff", 0, "Connection closed by peer"],
  ])("is told apart from those that only lost it: %s", async (behaviour, rank, text) => {
    const failure = await failureOf(new FsdpTrainer(standIn(behaviour)));
    if (behaviour !== "cutOff") expect(failure.rank).toBe(rank);
    expect(failure.message).toContain(text);
  });

  it.each([
    ["crash", /^the process ended with code 3; it wrote last: Segmentation fault, or so$/],
    ["silentCrash", /^the process ended with code 4; it wrote nothing to stderr$/],
    ["killed", /^the process was killed from outside, as the system does where memory runs out; it wrote nothing/],
    ["aborted", /^the process was ended by SIGABRT/],
  ])("and tells nothing of it is known by how it ended: %s", async (behaviour, message) => {
    const failure = await failureOf(new DefaultTrainer(standIn(behaviour)));
    expect(failure).toMatchObject({ reason: "rank-failed", rank: 0 });
    expect(failure.message).toMatch(message);
  });

  it("has the last 64 KB of what it wrote kept", async () => {
    const { output = "" } = await failureOf(new DefaultTrainer(standIn("crash")));
    expect(output).toHaveLength(65_536);
    expect(output.endsWith("Segmentation fault, or so\n")).toBe(true);
  });

  it("because of the job says that the job is at fault", async () => {
    const failure = await failureOf(new DefaultTrainer(standIn("data")));
    expect(failure).toMatchObject({ reason: "invalid-job", rank: 0 });
    expect(failure.message).toContain("flowers.csv, line 3");
  });

  it.each(["JobError", "DataError", "FolderBusy", "CheckpointError", "DeviceError", "WorldError"])(
    "by %s says so too",
    async (type) => {
      const training = new DefaultTrainer(standIn("data")).train({ ...job, data: { path: type } });
      await expect(training).rejects.toMatchObject({ reason: "invalid-job", message: expect.stringContaining(type) });
    },
  );

  it("by ending well before it was done is lost", async () => {
    expect(await failureOf(new DefaultTrainer(standIn("unfinished")))).toMatchObject({ reason: "lost" });
    expect(await failureOf(new FsdpTrainer(standIn("unfinished@0 hang@1")))).toMatchObject({ reason: "lost" });
  });
});

describe("what a process prints", () => {
  it("is a log where it is no event, and cut where it is too long", async () => {
    const { events, onEvent } = listener();
    const options = { ...standIn("garbage"), lineLimit: 100_000 };
    expect(await new DefaultTrainer(options).train(job, { onEvent })).toMatchObject({ outcome: "done" });
    const logs = events.flatMap((event) => (event.type === "log" ? [`${event.level} ${event.message}`] : []));
    expect(logs.slice(0, 7)).toEqual([
      "info not JSON",
      "warn not a known event: [1, 2]",
      "warn not a known event: null",
      "warn not a known event: 42",
      'warn not a known event: {"event":"step","step":"one"}',
      'warn not a known event: {"event":"new-thing","x":1}',
      'info {"event":"step","step":1,"loss":NaN}',
    ]);
    expect(logs[7]).toMatch(/^warn a line of more than 100000 characters was cut: x+…$/);
    expect(logs[7]?.length).toBeLessThan(2_100);
    expect(logs.slice(8)).toEqual(["debug debug", "warn warn", "warn warning", "error error", "info odd"]);
  });

  it("to stderr is a log of the lowest level, cut where it is too long", async () => {
    const trainer = new DefaultTrainer(standIn("prints"));
    const { events, onEvent } = listener();
    expect(await trainer.train(job, { onEvent })).toMatchObject({ outcome: "done" });
    const logs = events.flatMap((event) => (event.type === "log" ? [[event.rank, event.level, event.message]] : []));
    expect(logs).toEqual([
      [0, "debug", "UserWarning: slow"],
      [0, "debug", `${"z".repeat(1_999)}…`],
      [0, "debug", "the last"],
    ]);
    expect(events.at(-1)?.type).toBe("done");
  });

  it("is a log too where only rank 0 may tell it", async () => {
    const { events, onEvent } = listener();
    const result = await new FsdpTrainer(standIn("good@0 pretends@1")).train(job, { onEvent });
    expect(result).toMatchObject({ outcome: "done", checkpoint: "/somewhere/step-00000003.safetensors" });
    expect(events.find(({ type }) => type === "log")).toMatchObject({ rank: 1, level: "warn" });
  });

  it("may end without a line end", async () => {
    const { events, onEvent } = listener();
    await new DefaultTrainer(standIn("unfinished")).train(job, { onEvent }).catch(() => undefined);
    expect(events.find(({ type }) => type === "log")).toMatchObject({ message: "no line end" });
  });

  it("may say that somebody else has cancelled it", async () => {
    const result = await new DefaultTrainer(standIn("stepsAside")).train(job);
    expect(result).toMatchObject({ outcome: "cancelled", step: 7, checkpoint: null });
  });
});

describe("the port where the ranks meet", () => {
  it("is another one where somebody took the first, once", async () => {
    const marker = join(scratch(), "port");
    const { events, onEvent } = listener();
    const trainer = new FsdpTrainer(standIn("port"));
    expect(await trainer.train({ ...job, data: { path: marker } }, { onEvent })).toMatchObject({ outcome: "done" });
    expect(events.filter(({ type }) => type === "launch")).toHaveLength(2);
    expect(events.some((event) => event.type === "log" && /took the port/.test(event.message))).toBe(true);
  });

  it("is not changed where it was asked for", async () => {
    const trainer = new FsdpTrainer({ ...standIn("port"), masterPort: 45_678 });
    const failure = await trainer.train({ ...job, data: { path: join(scratch(), "port") } }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "rank-failed", rank: 0 });
    expect(failure.message).toContain("Address already in use");
  });

  it("cannot be had at an address of another machine", async () => {
    const failure = await failureOf(new FsdpTrainer({ ...standIn("good"), masterAddress: "192.0.2.1" }));
    expect(failure).toMatchObject({ reason: "no-address" });
    expect(failure.message).toContain("no port can be had at 192.0.2.1");
  });
});
