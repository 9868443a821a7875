import { execFile } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { DefaultTrainer, FsdpTrainer, type TrainerOptions, type TrainingError } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { cleanVariables, root } from "../../examples/child.js";
import { isAlive, job, scratch, standIn, writeStandIn } from "./stand-in.js";

async function refusal(trainer: DefaultTrainer | FsdpTrainer): Promise<TrainingError> {
  return trainer.train(job).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("the interpreter", () => {
  it("is the one that was named, by an option or by BURGEE_PYTHON", async () => {
    const { python, env } = standIn("good");
    const other = writeStandIn(join(scratch(), "other"));
    const variables = { ...process.env, BURGEE_PYTHON: other };
    expect(await new DefaultTrainer({ python, env, variables }).probe()).toMatchObject({ python, passedOver: [] });
    const probe = await new DefaultTrainer({ env, variables }).probe();
    expect(probe).toEqual({
      python: other,
      executable: expect.stringContaining("stand-in.mjs"),
      pythonVersion: "3.11.2",
      torch: "2.6.0+cpu",
      problem: null,
      distributed: true,
      gloo: true,
      nccl: false,
      cudaDevices: 0,
      fsdp1: true,
      fsdp2: false,
      strategies: { cpu: ["ddp", "fsdp1"], cuda: [] },
      passedOver: [],
    });
  });

  it("is python3 of the PATH else, or the system's own where that one has no torch", async () => {
    const folder = scratch();
    const python = writeStandIn(join(folder, "python3"));
    const variables = { PATH: `${folder}:${process.env.PATH}`, BURGEE_PYTHON: "" };
    const { env } = standIn("good");
    expect(await new DefaultTrainer({ env, variables }).probe()).toMatchObject({
      python: "python3",
      executable: expect.anything(),
    });
    expect(existsSync(python)).toBe(true);
    const poor = { STAND_IN_PROBE: '{"torch":null}' };
    const probe = await new DefaultTrainer({ env: poor, variables }).probe();
    if (probe.python === "python3")
      expect(probe).toMatchObject({ torch: null, passedOver: [{ python: "/usr/bin/python3" }] });
    else expect(probe).toMatchObject({ passedOver: [{ python: "python3", why: "it has no torch" }] });
  });

  it("is asked once for all jobs, unless somebody asks anew or it had no torch", async () => {
    const marker = join(scratch(), "asked");
    const { python, env } = standIn("good", { torch: null });
    const count = () => (existsSync(marker) ? readFileSync(marker, "utf8").length : 0);
    const options = { python, env: { ...env, STAND_IN_COUNT: marker } };
    const poor = new DefaultTrainer(options);
    await refusal(poor);
    await refusal(poor);
    expect(count()).toBe(2);
    const trainer = new DefaultTrainer({ ...options, env: { STAND_IN: "good", STAND_IN_COUNT: marker } });
    await trainer.train(job);
    await trainer.train(job);
    expect(count()).toBe(3);
    await trainer.probe();
    expect(count()).toBe(4);
  });

  it("may be gone when a job needs it", async () => {
    const options = standIn("good");
    const trainer = new FsdpTrainer(options);
    await trainer.probe();
    rmSync(options.python);
    const failure = await refusal(trainer);
    expect(failure).toMatchObject({
      reason: "no-python",
      message: expect.stringMatching(/^rank . of 2 could not be started: /),
    });
    expect(await trainer.getStatus()).toMatchObject({ state: "failed", pids: [] });
  });

  it("is not looked for elsewhere where it was named and has no torch", async () => {
    const trainer = new DefaultTrainer(standIn("good", { torch: null }));
    expect(await trainer.probe()).toMatchObject({ torch: null, passedOver: [] });
    const failure = await refusal(trainer);
    expect(failure.reason).toBe("no-torch");
    expect(failure.message).toMatch(
      /python \(Python 3\.11\.2\) cannot train: it has no torch; install it .* or name another Python by BURGEE_PYTHON/,
    );
  });

  const broken = () => {
    const path = join(scratch(), "python");
    writeFileSync(path, "");
    chmodSync(path, 0o644);
    return { python: path };
  };
  it.each<[string, () => TrainerOptions]>([
    ["it is not there", () => ({ python: "/nowhere/python" })],
    ["it may not be started", broken],
    ["it did not answer as a Python does", () => standIn("good", "nonsense")],
    ["it did not answer as a Python does", () => standIn("good", { cuda_devices: "none" })],
    ["no module named encodings", () => standIn("good", "fails")],
    ["it ended with code 3", () => standIn("good", "quiet")],
  ])("is refused where %s", async (why, options) => {
    const trainer = new DefaultTrainer(options());
    await expect(trainer.probe()).rejects.toMatchObject({ reason: "no-python" });
    const failure = await refusal(trainer);
    expect(failure.message).toContain(`: ${why})`);
    expect(failure.message).toContain("name one by BURGEE_PYTHON or the option `python`");
  });

  it("is the system's own, or none, where the PATH has none", async () => {
    const asked = new DefaultTrainer({ variables: { PATH: scratch() } }).probe();
    const passedOver = [{ python: "python3", why: "it is not there" }];
    if (existsSync("/usr/bin/python3")) expect(await asked).toMatchObject({ python: "/usr/bin/python3", passedOver });
    else await expect(asked).rejects.toThrow("python3: it is not there; /usr/bin/python3: it is not there");
  });

  it("cannot be started with an environment that is none, which is quoted nowhere", async () => {
    const trainer = new DefaultTrainer({ ...standIn("good"), variables: { PATH: "s3cret\0" } });
    const failure = await trainer.train({ ...job, id: "mine" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "no-python", id: "mine" });
    expect(inspect(failure)).toContain("holds what the system does not take");
    expect(inspect(failure)).not.toContain("s3cret");
  });

  it("is told by the job's error where no file is left for its pipes", async () => {
    const program = fileURLToPath(new URL("programs/few-files.ts", import.meta.url));
    const command = ["--import", `${root}node_modules/tsx/dist/esm/index.mjs`, program, standIn("good").python];
    const env = { ...cleanVariables(), TSX_TSCONFIG_PATH: `${root}tsconfig.json` };
    const limited = ["-c", 'ulimit -n 512; exec "$0" "$@"', process.execPath, ...command];
    const { stdout } = await promisify(execFile)("/bin/sh", limited, { cwd: root, env });
    expect(JSON.parse(stdout)).toMatchObject({ isTrainingError: true, id: "x", reason: "no-python" });
    expect(JSON.parse(stdout).message).toMatch(/could not be started: spawn .* EMFILE$/);
  });

  it("is asked as long as its stdin is open, and ended with all that it has started", async () => {
    expect(await new DefaultTrainer(standIn("good", "orphan")).probe()).toMatchObject({ torch: "2.6.0+cpu" });
    const marker = join(scratch(), "child");
    const { python, env } = standIn("good", "parent");
    const trainer = new DefaultTrainer({ python, env: { ...env, STAND_IN_COUNT: marker } });
    const training = trainer.train(job);
    await expect.poll(() => existsSync(marker) && readFileSync(marker, "utf8")).toMatch(/^\d+$/);
    const child = Number(readFileSync(marker, "utf8"));
    expect(isAlive(child)).toBe(true);
    await trainer.cancel();
    await training;
    await expect.poll(() => isAlive(child)).toBe(false);
  });
});
