import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DefaultTrainer } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { scratch } from "./stand-in.js";

/** A file of the safetensors format with one tensor of `numbers` bytes, of which `kept` are there. */
function safetensors(numbers: number, kept = numbers): Buffer {
  const header = JSON.stringify({
    __metadata__: { a: "b" },
    w: { dtype: "F32", shape: [1], data_offsets: [0, numbers] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(kept)]);
}

describe("the checkpoints of a folder", () => {
  const trainer = new DefaultTrainer();

  it("are none where the folder is missing or empty", async () => {
    const folder = scratch();
    expect(await trainer.listCheckpoints(folder)).toEqual([]);
    expect(await trainer.listCheckpoints(join(folder, "missing"))).toEqual([]);
  });

  it("come as they were written, the last one first, and of one moment the later step", async () => {
    const folder = scratch();
    const put = (step: number, seconds: number) => {
      const path = join(folder, `step-0000000${step}.safetensors`);
      writeFileSync(path, safetensors(4));
      utimesSync(path, seconds, seconds);
    };
    put(6, 1_700_000_000);
    put(3, 1_700_000_060.5);
    put(4, 1_700_000_060.5);
    put(5, 1_700_000_060.500_4);
    const found = await trainer.listCheckpoints(folder);
    expect(found.map(({ step }) => step)).toEqual([5, 4, 3, 6]);
    expect(found[1]?.writtenAt).toBe(1_700_000_060_500);
    for (const { writtenAt } of found) expect(Number.isInteger(writtenAt)).toBe(true);
  });

  it("are those that are whole, of files", async () => {
    const folder = scratch();
    const put = (name: string, content: Buffer | string) => writeFileSync(join(folder, name), content);
    put("step-00000009.safetensors", safetensors(4));
    put("step-00000010.safetensors", safetensors(8));
    put("step-123456789.safetensors", safetensors(4));
    put("step-00000011.safetensors", safetensors(8, 7));
    put("step-00000012.safetensors", safetensors(8, 9));
    put("step-00000013.safetensors", "");
    put("step-00000014.safetensors", "short");
    put("step-00000015.safetensors", Buffer.alloc(8, 255));
    put("step-00000016.safetensors", Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("{no")]));
    put(".step-00000017.part", safetensors(4));
    put("step-7.safetensors", safetensors(4));
    put("notes.txt", "mine");
    mkdirSync(join(folder, "step-00000018.safetensors"));
    symlinkSync(join(folder, "step-00000009.safetensors"), join(folder, "step-00000019.safetensors"));
    const found = await trainer.listCheckpoints(folder);
    expect(found.map(({ step }) => step)).toEqual(expect.arrayContaining([123_456_789, 10, 9]));
    expect(found).toHaveLength(3);
    expect(found.find(({ step }) => step === 10)).toEqual({
      step: 10,
      path: join(folder, "step-00000010.safetensors"),
      bytes: safetensors(8).length,
      writtenAt: expect.closeTo(Date.now(), -6),
    });
    expect(Object.isFrozen(found) && Object.isFrozen(found[0])).toBe(true);
  });

  it("cannot be told where the folder is none", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "file"), "");
    await expect(trainer.listCheckpoints(join(folder, "file"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });
});
