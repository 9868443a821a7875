import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Event, findPython, freePort, probe, probeProgram, scratch, trainProgram } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
const torch = findPython("import torch", "BURGEE_PYTHON", ({ torch }) => torch !== null);
const sharding = findPython("shard a model (torch >= 2.4)", "BURGEE_FSDP_PYTHON", ({ fsdp1 }) => fsdp1 === true);

const page = readFileSync(fileURLToPath(new URL("../../../docs/guide/services/fsdp-run.md", import.meta.url)), "utf8");
/** The code of the page's block that begins so. */
const blockOf = (start: string) =>
  page
    .split("```")
    .find((block) => block.startsWith(start))
    ?.slice(start.length) ?? "";
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

describe("the training program by hand", { timeout }, () => {
  it.skipIf(torch === undefined)("runs the page's job by the page's command", async () => {
    const folder = scratch();
    const job = blockOf('json title="job.json"\n').replace('"steps": 200', '"steps": 3');
    expect(job.split("\n").length).toBeGreaterThan(20);
    writeFileSync(join(folder, "job.json"), sharding ? job : job.replace('"fsdp1"', '"ddp"'));
    const command = blockOf("sh\npython=$(bash .ci/fsdp-python)\n")
      .replace("src/services/training/python/train.py", quoted(trainProgram))
      .replace("29901", String(await freePort()));
    expect(command).toContain(`${quoted(trainProgram)} < job.json`);
    const script = `python=${quoted(sharding ?? torch ?? "")}\n${command}`;
    const { status } = spawnSync("bash", ["-c", script], { cwd: folder, stdio: "ignore" });
    expect(status).toBe(0);
    const events = readFileSync(join(folder, "rank0.jsonl"), "utf8").trim().split("\n");
    const done: Event = JSON.parse(events.at(-1) ?? "");
    expect(done).toMatchObject({ event: "done", step: 3, path: join(folder, "fsdp-run", "step-00000003.safetensors") });
  });

  it.skipIf(torch === undefined)("asks an interpreter no more when the parent is gone", async () => {
    const child = spawn(torch ?? "", [probeProgram], { stdio: ["pipe", "pipe", "ignore"] });
    let told = "";
    child.stdout.on("data", (chunk) => {
      told += chunk;
    });
    child.stdin.end();
    expect(await once(child, "close")).toEqual([143, null]);
    expect(told).toBe("");
  });
});

/** What a torch that sees `count` CUDA devices says it can do, and does. There is no such device here. */
function withCuda(python: string, count: number, nccl: boolean) {
  const code = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch, torch.distributed
count, nccl = int(sys.argv[2]), sys.argv[3] == "true"
torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: count
torch.cuda.set_device = lambda device: None
torch.distributed.is_nccl_available = lambda: nccl
from burgee_training.device import choose_device
from burgee_training.strategy import check_strategy
from burgee_training.world import World
from probe import probe
def attempt(strategy, ranks):
    device = choose_device("auto", strategy, World(0, ranks, 0, ranks, "127.0.0.1", 1))
    try:
        check_strategy(strategy, device, ranks)
        return {"device": device.type, "fails": None}
    except Exception as error:
        return {"device": device.type, "fails": str(error)}
print(json.dumps({"probe": probe(), "attempts": [
    {"strategy": s, "ranks": r, **attempt(s, r)} for s in ("ddp", "fsdp1", "fsdp2") for r in (1, 2)]}))
`;
  const args = ["-c", code, dirname(trainProgram), String(count), String(nccl)];
  const { stdout } = spawnSync(python, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return JSON.parse(stdout);
}

for (const python of new Set([torch, sharding])) {
  describe.skipIf(python === undefined)(`what ${python} says that it can do`, { timeout }, () => {
    it("is what the program then does, with fewer devices than ranks, too", () => {
      const own = Object(probe(python ?? "")?.strategies);
      for (const nccl of [true, false]) {
        const { probe: said, attempts } = withCuda(python ?? "", 1, nccl);
        const { cpu, cuda } = said.strategies;
        expect(cpu).toEqual(own.cpu);
        expect(cuda.includes("ddp")).toBe(nccl);
        for (const { strategy, ranks, device, fails } of attempts) {
          expect(device).toBe(ranks === 1 && cuda.includes(strategy) ? "cuda" : "cpu");
          expect(fails === null).toBe((device === "cuda" ? cuda : cpu).includes(strategy));
        }
        for (const name of ["fsdp1", "fsdp2"]) expect(said[name]).toBe(cpu.includes(name) || cuda.includes(name));
      }
    });
  });
}
