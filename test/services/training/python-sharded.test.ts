import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython, jobOf, probe, runJob, scratch } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
// BURGEE_FSDP_PYTHON may name a newer torch than the one that trains in one process: .ci/fsdp-python makes one.
const found = findPython("shard a model (torch >= 2.4)", "BURGEE_FSDP_PYTHON", ({ fsdp1 }) => fsdp1 === true);
const python = found ?? "";
const facts = found === undefined ? undefined : probe(found);

for (const strategy of ["fsdp1", "fsdp2"]) {
  const can = facts?.[strategy] === true;
  if (facts && !can) process.stderr.write(`skipped: torch ${facts.torch} cannot run ${strategy} here\n`);

  describe.skipIf(!can)(`the training program, sharded over two processes by ${strategy}`, { timeout }, () => {
    const sharded = (changes = {}) => jobOf({ strategy, device: "auto", ...changes });

    it("holds a part of the model in each process, and goes on from its checkpoint with any strategy", async () => {
      const checkpoint = { folder: join(scratch(), "c"), every_steps: 16, keep: 2 };
      const whole = await runJob(python, sharded({ steps: 20, checkpoint }), 2);
      expect(whole.codes).toEqual([0, 0]);
      expect(whole.first.garbage).toEqual([]);
      const starts = whole.ranks.flatMap((rank) => rank.all("start"));
      const parts = starts.map((start) => Number(start.shard_parameters));
      const parameters = Number(starts[0]?.parameters);
      expect(parts).toHaveLength(2);
      for (const part of parts) {
        expect(part).toBeGreaterThan(0.4 * parameters);
        expect(part).toBeLessThan(0.6 * parameters);
      }
      expect(Number(parts[0]) + Number(parts[1])).toBeGreaterThanOrEqual(parameters);
      expect(Number(whole.first.losses.at(-1))).toBeLessThan(Number(whole.first.losses[0]) - 1);

      const resume = join(checkpoint.folder, "step-00000016.safetensors");
      const rest = await runJob(python, sharded({ steps: 20, checkpoint, resume }), 2);
      expect(rest.first.all("start")).toMatchObject([{ resumed_from: 16 }]);
      expect(rest.first.losses).toHaveLength(4);
      const copied = await runJob(python, jobOf({ strategy: "ddp", steps: 20, checkpoint, resume }), 2);
      for (const [index, loss] of whole.first.losses.slice(16).entries()) {
        expect(rest.first.losses[index]).toBeCloseTo(Number(loss), 6);
        expect(copied.first.losses[index]).toBeCloseTo(Number(loss), 4);
      }
    });

    it("trains the classifier", async () => {
      const job = { task: "classifier", steps: 30, batch_size: 16 };
      const checkpoint = { folder: join(scratch(), "c"), every_steps: 0, keep: 1 };
      const { first, codes } = await runJob(python, sharded({ ...job, checkpoint }), 2);
      expect(codes).toEqual([0, 0]);
      expect(Number(first.losses.at(-1))).toBeLessThan(Number(first.losses[0]) / 2);
      const alone = await runJob(python, jobOf({ ...job, steps: 31, checkpoint, resume: "latest" }));
      expect(Number(alone.first.losses[0])).toBeLessThan(Number(first.losses[0]) / 2);
    });
  });
}
