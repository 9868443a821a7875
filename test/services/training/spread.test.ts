import { DefaultTrainer, FsdpTrainer, type TrainingError } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { job, listener, standIn } from "./stand-in.js";

async function refusal(trainer: DefaultTrainer | FsdpTrainer): Promise<TrainingError> {
  return trainer.train(job).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe("how the model is spread", () => {
  const old = { torch: "1.13.1", fsdp1: false, fsdp2: false };
  const cpuOnly = { strategies: { cpu: ["ddp", "fsdp1"], cuda: [] } };
  // One GPU, and two processes. FSDP2 of torch 2.6 runs on GPUs only.
  const gpu = {
    ...{ torch: "2.6.0", nccl: true, cuda_devices: 1, fsdp1: true, fsdp2: true },
    strategies: { cpu: ["ddp", "fsdp1"], cuda: ["ddp", "fsdp1", "fsdp2"] },
  };
  const new2 = { torch: "2.7.0", fsdp1: true, fsdp2: true };
  it.each([
    ["fsdp1 where there is no fully_shard", {}, undefined, "fsdp1"],
    ["fsdp2 where there is", new2, undefined, "fsdp2"],
    ["fsdp1 where it was asked for", new2, "fsdp1", "fsdp1"],
    ["ddp where it was asked for", new2, "ddp", "ddp"],
    ["ddp by an old torch", old, "ddp", "ddp"],
    ["ddp by an old torch where anything will do", old, "auto", "ddp"],
    ["fsdp1 where anything will do", {}, "auto", "fsdp1"],
    ["fsdp2 by torch 2.6 where each process has a GPU", { ...gpu, cuda_devices: 2 }, undefined, "fsdp2"],
    ["fsdp1 by torch 2.6 where they do not", gpu, undefined, "fsdp1"],
    ["fsdp1 on the CPU where GPUs cannot talk", { ...gpu, cuda_devices: 2, ...cpuOnly }, undefined, "fsdp1"],
  ] as const)("is %s", async (_, probe, strategy, expected) => {
    const trainer = new FsdpTrainer({ ...standIn("good", probe), strategy });
    const { events, onEvent } = listener();
    await trainer.train(job, { onEvent });
    expect(events.find(({ type }) => type === "launch")).toMatchObject({ strategy: expected });
    const remarks = events.filter(({ type }) => type === "log");
    expect(remarks).toHaveLength(strategy === "auto" && expected === "ddp" ? 1 : 0);
  });

  it.each([
    [
      "fsdp",
      old,
      "torch-too-old",
      /FSDP on the CPU needs torch 2\.4 or newer, and .* has torch 1\.13\.1; install a newer one.*"ddp"/,
    ],
    ["fsdp1", old, "torch-too-old", /FSDP1 on the CPU needs torch 2\.4 or newer/],
    [
      "fsdp2",
      {},
      "torch-too-old",
      /FSDP2 on the CPU needs torch 2\.7 or newer, and .* 2\.6\.0\+cpu; .*; strategy: "fsdp" takes FSDP1 there$/,
    ],
    ["ddp", { torch: "1.9.0" }, "torch-too-old", /DDP on the CPU needs torch 1\.13 or newer, .* BURGEE_PYTHON$/],
    ["fsdp", { distributed: false }, "no-distributed", /built without torch\.distributed/],
    ["ddp", { distributed: false }, "no-distributed", /built without torch\.distributed/],
    ["fsdp", { gloo: false }, "no-distributed", /torch 2\.6\.0\+cpu, which was built without gloo; .* on the CPU/],
    ["fsdp1", { fsdp1: false }, "no-distributed", /which cannot do FSDP1 on the CPU; name another .*; strategy: "ddp"/],
    [
      "fsdp2",
      { torch: "2.7.0" },
      "no-distributed",
      /cannot do FSDP2 on the CPU; .*; strategy: "fsdp" takes FSDP1 there/,
    ],
    ["fsdp", { torch: null }, "no-torch", /has no torch/],
    [
      "fsdp",
      { torch: null, problem: "libcuda.so is not there" },
      "no-torch",
      /its torch fails: libcuda\.so is not there/,
    ],
  ] as const)("is refused: %s by %j", async (strategy, probe, reason, message) => {
    const failure = await refusal(new FsdpTrainer({ ...standIn("good", probe), strategy }));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(message);
  });

  it("is not at all in one process, for which torch 1.13 will do", async () => {
    expect(await new DefaultTrainer(standIn("good", old)).train(job)).toMatchObject({ outcome: "done" });
    const failure = await refusal(new DefaultTrainer(standIn("good", { torch: "1.12.1" })));
    expect(failure).toMatchObject({
      reason: "torch-too-old",
      message: expect.stringMatching(/training needs torch 1\.13/),
    });
  });

  it("is refused on CUDA where each process cannot have a device", async () => {
    const trainer = new FsdpTrainer(standIn("good", gpu));
    const failure = await trainer.train({ ...job, id: "mine", device: "cuda" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "invalid-job", id: "mine" });
    expect(failure.message).toMatch(/`device` is "cuda", for which 2 processes need a device each; .* which sees 1$/);
    const mute = new FsdpTrainer(standIn("good", { ...gpu, nccl: false, cuda_devices: 2, ...cpuOnly }));
    await expect(mute.train({ ...job, device: "cuda" })).rejects.toThrow("which was built without nccl");
  });

  it("says truly why anything had to do", async () => {
    const trainer = new FsdpTrainer({ ...standIn("good", { fsdp1: false }), strategy: "auto" });
    const { events, onEvent } = listener();
    await trainer.train(job, { onEvent });
    expect(events.find(({ type }) => type === "log")).toMatchObject({
      level: "warn",
      message: expect.stringMatching(/torch 2\.6\.0\+cpu, which cannot do FSDP on the CPU; the model is copied/),
    });
  });
});
