import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython, jobOf, runJob, scratch, startRanks } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
const found = findPython("import torch", "BURGEE_PYTHON", ({ torch }) => torch !== null);
const python = found ?? "";

const mode = (path: string) => statSync(path).mode & 0o777;
/** The numbers of a checkpoint: what follows its header. */
const tensorsOf = (path: string) => {
  const file = readFileSync(path);
  return file.subarray(8 + Number(file.readBigUInt64LE(0)));
};
const checkpoints = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("step-"));

describe.skipIf(found === undefined)("the training program, as one process", { timeout }, () => {
  it("trains a language model: its loss falls, and every line is an event", async () => {
    const { first, codes } = await runJob(python, jobOf({ steps: 40, report_every_steps: 20 }));
    expect(codes).toEqual([0]);
    expect(first.garbage).toEqual([]);
    expect(first.events.map(({ event }) => event)).toEqual(["start", "step", "step", "step", "done"]);
    const [start] = first.all("start");
    expect(start).toMatchObject({ rank: 0, world_size: 1, pid: first.child.pid, strategy: "single", device: "cpu" });
    expect(start).toMatchObject({ resumed_from: null, steps: 40, shard_parameters: start?.parameters });
    expect(first.all("step").map(({ step }) => step)).toEqual([1, 20, 40]);
    const [before, , after] = first.losses.map(Number);
    // Of 256 bytes, each as likely: ln 256 = 5.5.
    expect(before).toBeGreaterThan(5);
    expect(after).toBeLessThan(3.5);
    expect(Number(first.all("step")[2]?.samples_per_second)).toBeGreaterThan(0);
    expect(Number(first.all("step")[2]?.memory_bytes)).toBeGreaterThan(10_000_000);
    expect(first.all("done")).toEqual([{ event: "done", step: 40, loss: after, path: null }]);
  });

  it("gives the same losses for the same seed, and others for another", async () => {
    const [one, same, other] = await Promise.all(
      [jobOf(), jobOf(), jobOf({ seed: 8 })].map((job) => runJob(python, job)),
    );
    expect(one?.first.losses).toHaveLength(12);
    expect(same?.first.losses).toEqual(one?.first.losses);
    expect(other?.first.losses).not.toEqual(one?.first.losses);
  });

  it("goes on as if there had been no break", async () => {
    const folder = scratch();
    const whole = await runJob(python, jobOf({ checkpoint: { folder: join(folder, "a"), every_steps: 0, keep: 1 } }));
    const checkpoint = { folder: join(folder, "b"), every_steps: 2, keep: 2 };
    await runJob(python, jobOf({ steps: 6, checkpoint }));
    const rest = await runJob(python, jobOf({ checkpoint, resume: "latest" }));
    expect(rest.first.all("start")).toMatchObject([{ resumed_from: 6 }]);
    expect(rest.first.losses).toEqual(whole.first.losses.slice(6));
    const named = join(checkpoint.folder, "step-00000010.safetensors");
    const last = await runJob(python, jobOf({ checkpoint: { ...checkpoint, keep: 1 }, resume: named }));
    expect(last.first.losses).toEqual(whole.first.losses.slice(10));
    expect(tensorsOf(join(checkpoint.folder, "step-00000012.safetensors"))).toEqual(
      tensorsOf(join(folder, "a", "step-00000012.safetensors")),
    );
  });

  it("writes checkpoints for their owner only, keeps the newest, and passes over one that is not whole", async () => {
    const folder = join(scratch(), "checkpoints");
    const checkpoint = { folder, every_steps: 2, keep: 3 };
    const { first } = await runJob(python, jobOf({ steps: 9, checkpoint }));
    const paths = [4, 6, 8, 9].map((step) => join(folder, `step-0000000${step}.safetensors`));
    expect(first.all("checkpoint").map(({ path }) => path)).toEqual([
      join(folder, "step-00000002.safetensors"),
      ...paths,
    ]);
    expect(first.all("done")).toMatchObject([{ path: paths[3] }]);
    expect(checkpoints(folder)).toEqual([
      "step-00000006.safetensors",
      "step-00000008.safetensors",
      "step-00000009.safetensors",
    ]);
    expect(mode(folder)).toBe(0o700);
    for (const name of readdirSync(folder)) expect(mode(join(folder, name))).toBe(0o600);

    // The newest by the time it was written, not by its step; and not the one that was cut off.
    utimesSync(join(folder, "step-00000006.safetensors"), Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    const cut = join(folder, "step-00000009.safetensors");
    truncateSync(cut, statSync(cut).size - 1);
    utimesSync(cut, Date.now() / 1000 + 90, Date.now() / 1000 + 90);
    writeFileSync(join(folder, ".step-00000010.part"), "of a job that was killed");
    const again = await runJob(python, jobOf({ steps: 7, checkpoint, resume: "latest" }));
    expect(again.first.all("start")).toMatchObject([{ resumed_from: 6 }]);
    expect(again.first.all("log")).toMatchObject([
      { level: "warn", message: `${cut} is not whole and was passed over` },
    ]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("keeps the checkpoint just written, also where the clock was set back", async () => {
    const checkpoint = { folder: join(scratch(), "c"), every_steps: 0, keep: 1 };
    const { first } = await runJob(python, jobOf({ steps: 2, checkpoint }));
    const later = Date.now() / 1_000 + 3_600;
    utimesSync(String(first.all("done")[0]?.path), later, later);
    const next = await runJob(python, jobOf({ steps: 4, checkpoint, resume: "latest" }));
    expect(next.first.all("done")).toMatchObject([{ step: 4 }]);
    expect(existsSync(String(next.first.all("done")[0]?.path))).toBe(true);
    expect(checkpoints(checkpoint.folder)).toEqual(["step-00000004.safetensors"]);
  });

  it("describes a checkpoint in a header that any program can read", async () => {
    const folder = scratch();
    const { first } = await runJob(python, jobOf({ steps: 1, checkpoint: { folder, every_steps: 0, keep: 1 } }));
    const file = readFileSync(String(first.all("done")[0]?.path));
    const length = Number(file.readBigUInt64LE(0));
    const { __metadata__: metadata, ...tensors } = JSON.parse(file.subarray(8, 8 + length).toString());
    expect(JSON.parse(metadata.burgee)).toMatchObject({
      version: 1,
      step: 1,
      seed: 7,
      loss: first.losses[0],
      task: "language-model",
      world_size: 1,
      strategy: "single",
      job: { steps: 1, data_samples: 200 },
    });
    expect(tensors["model.bytes.weight"]).toMatchObject({ dtype: "F32", shape: [256, 32] });
    expect(tensors["optimizer.bytes.weight/exp_avg"]).toMatchObject({ dtype: "F32", shape: [256, 32] });
    expect(tensors["optimizer.bytes.weight/step"]).toMatchObject({ shape: [] });
  });

  it("leaves a folder that holds other things as open as it is, and has one job at a time in a folder", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "notes.txt"), "");
    chmodSync(folder, 0o755);
    const checkpoint = { folder, every_steps: 0, keep: 1 };
    const [long] = await startRanks(python, jobOf({ steps: 1_000_000, checkpoint }));
    await long?.seen("step");
    expect(mode(folder)).toBe(0o755);
    expect(long?.all("log")).toMatchObject([{ level: "warn", message: expect.stringContaining(folder) }]);
    const second = await runJob(python, jobOf({ checkpoint }));
    expect(second.codes).toEqual([1]);
    expect(second.error).toMatchObject({
      type: "FolderBusy",
      message: expect.stringContaining("give each job a folder"),
    });
  });

  // A volume of a container: another user's, and open to all.
  it.skipIf(process.getuid?.() !== 0)("writes into a folder of another user, and says that it stays open", async () => {
    const folder = join(scratch(), "volume");
    mkdirSync(folder);
    chmodSync(dirname(folder), 0o755);
    chmodSync(folder, 0o777);
    const job = jobOf({ steps: 1, checkpoint: { folder, every_steps: 0, keep: 1 } });
    const [rank] = await startRanks(python, job, 1, { uid: 65_534 });
    expect(await rank?.ended).toBe(0);
    expect(rank?.all("log")).toMatchObject([{ level: "warn", message: expect.stringContaining("another user's") }]);
    expect(mode(folder)).toBe(0o777);
    expect(mode(String(rank?.all("done")[0]?.path))).toBe(0o600);
  });

  it("ends after the step under way when it is asked to, with a checkpoint to go on from", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const checkpoint = { folder: join(scratch(), "c"), every_steps: 0, keep: 1 };
      const [rank] = await startRanks(python, jobOf({ steps: 1_000_000, checkpoint }));
      await rank?.seen("step");
      rank?.child.kill(signal);
      expect(await rank?.ended).toBe(130);
      const [last, cancelled] = rank?.events.slice(-2) ?? [];
      expect(cancelled).toEqual({ event: "cancelled", step: rank?.losses.length, path: last?.path });
      const rest = await runJob(python, jobOf({ steps: Number(cancelled?.step) + 1, checkpoint, resume: "latest" }));
      expect(rest.first.all("start")).toMatchObject([{ resumed_from: cancelled?.step }]);
    }
  });

  it("ends at once when its parent is gone, before it has a job and after", async () => {
    const [waiting] = await startRanks(python, jobOf({ steps: 1_000_000 }));
    await waiting?.seen("step");
    waiting?.child.stdin?.end();
    expect(await waiting?.ended).toBe(143);
    const [early] = await startRanks(python, '{"task"');
    early?.child.stdin?.end();
    expect(await early?.ended).toBe(143);
  });

  it("says why it fails, in an event", async () => {
    const cases: [object | string, object][] = [
      ["no json\n", { type: "JobError", message: expect.stringContaining("not JSON") }],
      [jobOf({ steps: 0 }), { type: "JobError", message: '"steps" must be a whole number of at least 1' }],
      [jobOf({ stepz: 1 }), { type: "JobError", message: '"stepz" is no key of a job' }],
      [
        `${JSON.stringify(jobOf()).replace("0.01", `1${"0".repeat(400)}`)}\n`,
        { type: "JobError", message: '"learning_rate" must be a number above 0' },
      ],
      [jobOf({ resume: "latest" }), { type: "JobError", message: expect.stringContaining('no "checkpoint"') }],
      [
        jobOf({ resume: "/nowhere" }),
        { type: "CheckpointError", message: "/nowhere cannot be read: No such file or directory" },
      ],
      [
        jobOf({ data: { path: "/nowhere" } }),
        { type: "DataError", message: "/nowhere cannot be read: No such file or directory" },
      ],
      [jobOf({ learning_rate: 1e30 }), { type: "Diverged", message: expect.stringContaining("lower learning_rate") }],
    ];
    for (const [job, expected] of cases) {
      const { codes, error, first } = await runJob(python, job as never);
      expect(codes).toEqual([1]);
      expect(first.garbage).toEqual([]);
      expect(error).toMatchObject({
        rank: 0,
        consequence: false,
        traceback: expect.stringContaining("Traceback"),
        ...expected,
      });
    }
  });

  it("does not go on from a checkpoint of another model", async () => {
    const folder = scratch();
    const checkpoint = { folder, every_steps: 0, keep: 1 };
    await runJob(python, jobOf({ steps: 1, checkpoint }));
    const { error } = await runJob(python, jobOf({ checkpoint, resume: "latest", model: { width: 16 } }));
    expect(error).toMatchObject({ type: "CheckpointError", message: expect.stringContaining("they differ in width") });
  });
});
