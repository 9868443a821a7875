import { join } from "node:path";
import { DefaultTrainer, FsdpTrainer } from "burgee/services/training";
import { describe, expect, it } from "vitest";
import { job, listener, standIn } from "./stand-in.js";

describe("what the ranks are given", () => {
  async function seen(trainer: DefaultTrainer | FsdpTrainer, more: object = {}) {
    const { events, onEvent } = listener();
    await trainer.train({ ...job, ...more }, { onEvent });
    return events.flatMap((event) => (event.type === "log" ? [JSON.parse(event.message)] : []));
  }

  it("is no key of this process, and what was asked for", async () => {
    const { python, env } = standIn("variables");
    const variables = { PATH: process.env.PATH, HOME: "/home/x", SECRET_TOKEN: "s3cret", LANG: "de_DE.UTF-8" };
    const trainer = new DefaultTrainer({ python, env: { ...env, FROM_TRAINER: "1" }, variables, threads: 3 });
    const [{ variables: got }] = await seen(trainer, { env: { FROM_JOB: "2" } });
    expect(got).toMatchObject({ HOME: "/home/x", LANG: "de_DE.UTF-8", FROM_TRAINER: "1", FROM_JOB: "2" });
    expect(got).toMatchObject({ RANK: "0", WORLD_SIZE: "1", LOCAL_RANK: "0", USE_LIBUV: "0", OMP_NUM_THREADS: "3" });
    expect(got).not.toHaveProperty("SECRET_TOKEN");
    expect(got).not.toHaveProperty("MASTER_PORT");
  });

  it("is where the ranks meet, on loopback unless told otherwise", async () => {
    const ranks = await seen(new FsdpTrainer({ ...standIn("variables"), processes: 3 }));
    const ports = new Set(ranks.map(({ variables }) => variables.MASTER_PORT));
    expect(ranks.map(({ variables }) => variables.RANK).sort()).toEqual(["0", "1", "2"]);
    expect(ranks.every(({ variables }) => variables.MASTER_ADDR === "127.0.0.1" && variables.WORLD_SIZE === "3")).toBe(
      true,
    );
    expect(ports.size).toBe(1);
    const tokens = new Set(ranks.map(({ variables }) => variables.BURGEE_RENDEZVOUS_TOKEN));
    expect([...tokens]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    const [rank] = await seen(
      new FsdpTrainer({ ...standIn("variables"), masterAddress: "127.0.0.2", masterPort: 4_567 }),
    );
    expect(rank.variables).toMatchObject({ MASTER_ADDR: "127.0.0.2", MASTER_PORT: "4567" });
    expect(tokens).not.toContain(rank.variables.BURGEE_RENDEZVOUS_TOKEN);
  });

  it("is the job, with defaults filled in and paths made absolute", async () => {
    const [{ job: line }] = await seen(new DefaultTrainer(standIn("variables")), {
      data: { path: "a.csv" },
      checkpoint: { folder: "kept", keep: 2 },
      resume: "kept/step-00000001.safetensors",
    });
    expect(line).toEqual({
      task: "classifier",
      data: { path: join(process.cwd(), "a.csv") },
      strategy: "single",
      device: "auto",
      steps: 3,
      batch_size: 16,
      learning_rate: 0.003,
      seed: 0,
      model: { width: 64, layers: 2, context: 64 },
      checkpoint: { folder: join(process.cwd(), "kept"), every_steps: 100, keep: 2 },
      resume: join(process.cwd(), "kept/step-00000001.safetensors"),
      report_every_steps: 10,
    });
    const [{ job: bare }] = await seen(new DefaultTrainer(standIn("variables")));
    expect(bare).toMatchObject({ data: { generated: { samples: 10 } }, checkpoint: null, resume: false });
    const gpus = { cuda_devices: 2, nccl: true };
    const [{ job: sharded }] = await seen(new FsdpTrainer(standIn("variables", gpus)));
    expect(sharded).toMatchObject({ strategy: "fsdp1", device: "cuda" });
    const [{ job: crowded }] = await seen(new FsdpTrainer({ ...standIn("variables", gpus), processes: 3 }));
    expect(crowded).toMatchObject({ strategy: "fsdp1", device: "cpu" });
  });
});
