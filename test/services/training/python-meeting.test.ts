import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { findPython, freePort, jobOf, probe, scratch, startRank, startRanks } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
const found = findPython("import torch", "BURGEE_PYTHON", ({ torch }) => torch !== null);
const python = found ?? "";
const cudaDevices = found === undefined ? 0 : Number(probe(found)?.cuda_devices);

/** A connection to the port, as soon as something listens there. */
async function stray(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const failed = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
    });
    if (!failed) return socket.on("error", () => {});
    // Lets the other process have a turn; it answers when it has imported torch.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a connection is told before it is closed. */
async function toldTo(socket: Socket): Promise<string> {
  let told = "";
  socket.on("data", (chunk) => {
    told += chunk;
  });
  // Not by `once`, which an error would end: what the other end did not read may come back as a reset.
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  return told;
}

describe.skipIf(found === undefined)("ranks that meet at a port", { timeout }, () => {
  const job = jobOf({ strategy: "ddp", steps: 3 });
  const withToken = (token: string) => ({ BURGEE_RENDEZVOUS_TOKEN: token });

  it("drops whatever connects without the job's token, and waits for no silent one", async () => {
    const start = { port: await freePort(), env: withToken("a") };
    const first = startRank(python, job, [0, 2], start);
    const silent = await stray(start.port);
    const closed = toldTo(silent);
    const gone = await stray(start.port);
    gone.resetAndDestroy();
    // Random bytes, as long as a greeting and longer.
    const wrong = await stray(start.port);
    wrong.write(Buffer.alloc(4_096, "x"));
    expect(await toldTo(wrong)).toBe("");
    expect(await closed).toBe("");
    const second = startRank(python, job, [1, 2], start);
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
  });

  it("leaves alone the rank of another job that was given the same port", async () => {
    const port = await freePort();
    const other = startRank(python, job, [1, 2], { port, env: withToken("b") });
    const own = await startRanks(python, job, 2, { port, env: withToken("a") });
    expect(await Promise.all(own.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(other.events).toEqual([]);
    expect(other.child.exitCode).toBe(null);
  });

  // torch's own store, which is for addresses that other machines reach. gloo needs to be told an interface then.
  it.skipIf(process.platform !== "linux")("keeps two jobs apart in torch's store, too", async () => {
    const port = await freePort();
    const env = { MASTER_ADDR: "0.0.0.0", GLOO_SOCKET_IFNAME: "lo" };
    const other = startRank(python, job, [1, 2], { port, env: { ...env, ...withToken("b") } });
    const own = await startRanks(python, job, 2, { port, env: { ...env, ...withToken("a") } });
    expect(await Promise.all(own.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(other.all("start")).toEqual([]);
  });

  it.skipIf(cudaDevices > 0)("leaves no folder behind when it is killed", async () => {
    const TMPDIR = scratch();
    const ranks = await startRanks(python, { ...job, steps: 1_000_000 }, 2, { env: { TMPDIR } });
    await ranks[0]?.seen("step");
    expect(readdirSync(TMPDIR).filter((name) => name.startsWith("burgee-ranks-"))).toEqual([]);
  });
});
