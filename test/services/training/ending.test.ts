import { DefaultTrainer, FsdpTrainer, TrainingError } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { isAlive, job, listener, standIn } from "./stand-in.js";

const quick = { interruptMs: 100, terminateMs: 100 };
const isCheckpoint = ({ type }: { type: string }) => type === "checkpoint";

describe("cancelling a job", () => {
  it("asks every rank to end, and gives the checkpoint that they wrote", async () => {
    const trainer = new FsdpTrainer(standIn("hang"));
    const { events, onEvent, first } = listener();
    const training = trainer.train({ ...job, id: "nightly" }, { onEvent });
    await first((event) => event.type === "start" && event.rank === 1);
    await first(isCheckpoint);
    const [status] = await trainer.cancel("nightly");
    const path = "/somewhere/step-00000002.safetensors";
    expect(status).toMatchObject({ id: "nightly", state: "cancelled", step: 2, checkpoint: path, error: null });
    expect(await training).toEqual({ id: "nightly", outcome: "cancelled", step: 2, loss: 0.5, checkpoint: path });
    expect(status?.pids.some(isAlive)).toBe(false);
    expect(events.filter(({ type }) => type === "cancelled")).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: "cancelled", step: 2, path });
    expect(events.some(({ type }) => type === "log")).toBe(false);
  });

  it.each([
    ["SIGTERM, where SIGINT does not do", "stubborn", ["no SIGINT"], 1],
    ["SIGKILL, where nothing else does", "immortal", ["no SIGINT", "no SIGTERM"], 2],
  ])("ends them by %s", async (_, behaviour, heard, warnings) => {
    const trainer = new DefaultTrainer({ ...standIn(behaviour), ...quick });
    const { events, onEvent, first } = listener();
    const training = trainer.train(job, { onEvent });
    await first(isCheckpoint);
    const [status] = await trainer.cancel();
    expect(await training).toMatchObject({ outcome: "cancelled", step: 2 });
    expect(status?.pids.some(isAlive)).toBe(false);
    const logs = events.flatMap((event) => (event.type === "log" ? [event] : []));
    expect(logs.filter(({ level }) => level === "info").map(({ message }) => message)).toEqual(heard);
    expect(logs.filter(({ level }) => level === "warn")).toHaveLength(warnings);
  });

  it("ends whatever a rank has started, and waits for nobody who left", async () => {
    const trainer = new DefaultTrainer(standIn("parent"));
    const { onEvent, first } = listener();
    const training = trainer.train(job, { onEvent });
    const told = await first(({ type }) => type === "log");
    const child = Number(told.type === "log" && told.message.split(" ")[1]);
    await first(isCheckpoint);
    expect(isAlive(child)).toBe(true);
    await trainer.cancel();
    expect(await training).toMatchObject({ outcome: "cancelled" });
    await expect.poll(() => isAlive(child)).toBe(false);
  });

  it("does not wait for the output of a process that has left the group", async () => {
    const { onEvent, first } = listener();
    const training = new DefaultTrainer(standIn("runaway")).train(job, { onEvent });
    const told = await first(({ type }) => type === "log");
    expect(await training).toMatchObject({ outcome: "done" });
    process.kill(Number(told.type === "log" && told.message.split(" ")[1]));
  });

  it("comes by a signal too, also by one that is aborted already", async () => {
    const trainer = new DefaultTrainer(standIn("hang"));
    const { onEvent, first } = listener();
    const controller = new AbortController();
    const training = trainer.train(job, { onEvent, signal: controller.signal });
    await first(isCheckpoint);
    controller.abort();
    expect(await training).toMatchObject({ outcome: "cancelled", step: 2 });
    const again = listener();
    const result = await trainer.train(job, { onEvent: again.onEvent, signal: controller.signal });
    expect(result).toMatchObject({ outcome: "cancelled", step: 0, loss: null, checkpoint: null });
    expect(again.events.map(({ type }) => type)).toEqual(["cancelled"]);
  });

  it("leaves no interpreter behind that was still being asked", async () => {
    const trainer = new DefaultTrainer(standIn("good", "hang"));
    const training = trainer.train(job);
    await trainer.cancel();
    expect(await training).toMatchObject({ outcome: "cancelled", step: 0 });
  });

  it("does not hide that the checkpoint could not be written", async () => {
    const trainer = new DefaultTrainer(standIn("full"));
    const { events, onEvent, first } = listener();
    const training = trainer.train({ ...job, checkpoint: { folder: "/here" } }, { onEvent });
    const failed = expect(training).rejects.toMatchObject({
      reason: "rank-failed",
      message:
        "the job was cancelled, and could not write its checkpoint: the process failed: OSError: [Errno 28] No space left on device",
    });
    await first(isCheckpoint);
    expect(await trainer.cancel()).toMatchObject([{ state: "failed", error: { reason: "rank-failed" } }]);
    await failed;
    expect(events.at(-1)?.type).toBe("failed");
  });

  it("succeeds where a rank fails that has nothing to keep", async () => {
    const trainer = new DefaultTrainer(standIn("full"));
    const { onEvent, first } = listener();
    const training = trainer.train(job, { onEvent });
    await first(isCheckpoint);
    await trainer.cancel();
    expect(await training).toMatchObject({ outcome: "cancelled", step: 2 });
  });

  it("ends every job where none is named", async () => {
    const trainer = new DefaultTrainer(standIn("hang"));
    const trainings = ["a", "b"].map((id) => trainer.train({ ...job, id }));
    const statuses = await trainer.cancel();
    expect(statuses.map(({ id, state }) => `${id} ${state}`)).toEqual(["a cancelled", "b cancelled"]);
    await Promise.all(trainings);
    expect(await trainer.cancel()).toEqual([]);
    expect(await trainer.cancel("a")).toMatchObject([{ id: "a", state: "cancelled" }]);
  });
});

describe("time-outs", () => {
  it.each([
    ["the whole job", "hang", { timeoutMs: 500 }, /took longer than 500 ms/],
    ["a job that tells nothing", "mute", { silenceMs: 500 }, /told nothing for 500 ms, .* after step 0; no checkpoint/],
    ["a job that only chatters", "chatter", { silenceMs: 500 }, /told nothing for 500 ms/],
  ])("end %s", async (_, behaviour, limits, message) => {
    const trainer = new FsdpTrainer({ ...standIn(behaviour), ...limits });
    const training = trainer.train(job);
    await expect(training).rejects.toThrow(message);
    await expect(training).rejects.toMatchObject({ code: "SERVICE_CALL_FAILED", reason: "timed-out" });
    const status = await trainer.getStatus();
    expect(status).toMatchObject({ state: "failed", error: { reason: "timed-out" } });
    expect(status?.pids.some(isAlive)).toBe(false);
  });

  it.each([
    [{ timeoutMs: 300 }, "took longer than 300 ms"],
    [{ silenceMs: 300 }, "told nothing for 300 ms"],
  ])("begin with the job, while its interpreter is asked: %j", async (limits, message) => {
    const trainer = new DefaultTrainer({ ...standIn("good", "hang"), ...limits });
    const failure = await trainer.train({ ...job, id: "mine" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "timed-out", id: "mine", message: expect.stringContaining(message) });
  });

  it("name the newest checkpoint", async () => {
    const trainer = new DefaultTrainer({ ...standIn("stubborn"), silenceMs: 500, ...quick });
    const failure = await trainer.train({ ...job, checkpoint: { folder: "/here" } }).catch((error) => error);
    expect(failure).toBeInstanceOf(TrainingError);
    expect(failure.message).toContain("after step 2; its newest checkpoint is /here/step-00000002.safetensors");
  });

  it("end a process that is done and does not go, and the job is done all the same", async () => {
    const trainer = new DefaultTrainer({ ...standIn("lingers"), ...quick });
    expect(await trainer.train(job)).toMatchObject({ outcome: "done", step: 3, loss: 0.25 });
  });
});
