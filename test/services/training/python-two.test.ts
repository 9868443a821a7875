import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython, jobOf, probe, runJob, scratch, startRanks } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
const found = findPython("import torch", "BURGEE_PYTHON", ({ torch }) => torch !== null);
const python = found ?? "";

/** The addresses of a process at which it listens or is connected, as Linux writes them. */
const addressesOf = (pid: number) => {
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    const link = readlinkSync(`/proc/${pid}/fd/${fd}`);
    return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? "none";
  });
  return ["tcp", "tcp6"].flatMap((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => own.includes(fields[9] ?? ""))
      .map(([, address]) => address),
  );
};

describe.skipIf(found === undefined)(
  "the training program, as two processes with the whole model each",
  { timeout },
  () => {
    const ddp = (changes = {}) => jobOf({ strategy: "ddp", ...changes });

    it("trains, told of by rank 0 alone, and goes on as if there had been no break", async () => {
      const checkpoint = { folder: join(scratch(), "c"), every_steps: 6, keep: 2 };
      const whole = await runJob(python, ddp({ steps: 20, checkpoint }), 2);
      expect(whole.codes).toEqual([0, 0]);
      expect(whole.ranks[1]?.events.map(({ event }) => event)).toEqual(["start"]);
      expect(whole.first.all("start")).toMatchObject([{ rank: 0, world_size: 2, strategy: "ddp" }]);
      expect(Number(whole.first.losses.at(-1))).toBeLessThan(Number(whole.first.losses[0]) - 1);
      const resume = join(checkpoint.folder, "step-00000018.safetensors");
      const rest = await runJob(python, ddp({ steps: 20, checkpoint, resume }), 2);
      expect(rest.first.losses).toHaveLength(2);
      for (const [index, loss] of rest.first.losses.entries()) {
        expect(loss).toBeCloseTo(Number(whole.first.losses[18 + index]), 6);
      }
    });

    it("stops all ranks after the same step when one is asked to", async () => {
      const checkpoint = { folder: join(scratch(), "c"), every_steps: 0, keep: 1 };
      const ranks = await startRanks(python, ddp({ steps: 1_000_000, checkpoint }), 2);
      await ranks[0]?.seen("step");
      ranks[1]?.child.kill("SIGINT");
      expect(await Promise.all(ranks.map(({ ended }) => ended))).toEqual([130, 130]);
      expect(ranks[0]?.events.at(-1)).toMatchObject({ event: "cancelled", step: ranks[0]?.losses.length });
    });

    it("ends at once inside a collective: the parent gone, or a second interrupt", async () => {
      for (const [end, code] of [
        ["stdin", 143],
        ["signal", 130],
      ] as const) {
        const [first, second] = await startRanks(python, ddp({ steps: 1_000_000 }), 2);
        await first?.seen("step");
        second?.child.kill("SIGSTOP");
        first?.child.kill("SIGINT");
        // It cannot agree with the other on a step any more.
        await first?.seen("log");
        if (end === "stdin") first?.child.stdin?.end();
        else first?.child.kill("SIGINT");
        expect(await first?.ended).toBe(code);
      }
    });

    it("says of a rank that fails because of another one that it is a consequence", async () => {
      const [first, second] = await startRanks(python, ddp({ steps: 1_000_000 }), 2);
      await first?.seen("step");
      second?.child.kill("SIGKILL");
      expect(await first?.ended).toBe(1);
      expect(first?.all("error")).toMatchObject([{ rank: 0, consequence: true }]);
    });

    it.skipIf(process.platform !== "linux")("talks over the loopback interface alone", async () => {
      const ranks = await startRanks(python, ddp({ steps: 1_000_000 }), 2);
      await ranks[0]?.seen("step");
      const addresses = ranks.flatMap(({ child }) => addressesOf(child.pid ?? 0));
      expect(addresses.length).toBeGreaterThan(0);
      // 127.0.0.1, the same as an address of IPv6, and ::1.
      for (const address of addresses) expect(address).toMatch(/^(0{16}FFFF0{4})?0100007F:|^0{24}01000000:/);
    });

    it("says that the port is taken", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const [first] = await startRanks(python, ddp(), 2, {
        port: Number(typeof address === "object" && address?.port),
      });
      expect(await first?.ended).toBe(1);
      expect(first?.all("error")).toMatchObject([
        { type: "OSError", message: expect.stringContaining("in use"), consequence: false },
      ]);
      server.close();
    });

    it("refuses what cannot be", async () => {
      const { error } = await runJob(python, jobOf({ strategy: "single" }), 2);
      expect(error).toMatchObject({ type: "DeviceError", message: expect.stringContaining("WORLD_SIZE is 2") });
      const facts = probe(python);
      if (facts?.fsdp1 === false) {
        const refused = await runJob(python, jobOf({ strategy: "fsdp1" }), 2);
        expect(refused.error).toMatchObject({
          type: "DeviceError",
          message: `torch ${facts.torch} on cpu cannot run FSDP1; it needs torch 2.4 or newer`,
        });
      }
    });
  },
);
