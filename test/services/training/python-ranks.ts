import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";

const programs = fileURLToPath(new URL("../../../src/services/training/python/", import.meta.url));
export const trainProgram = join(programs, "train.py");
export const probeProgram = join(programs, "probe.py");

export type Facts = Record<string, unknown>;
export interface Event extends Facts {
  readonly event: string;
}

/** What an interpreter says it can do; `undefined` where there is no such interpreter. */
export function probe(python: string): Facts | undefined {
  // A pipe that ends would end it.
  const { status, stdout } = spawnSync(python, [probeProgram], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/** The first interpreter that can, of those that may be meant; the reason why not, else, is printed. */
export function findPython(purpose: string, variable: string, can: (found: Facts) => boolean): string | undefined {
  const named = process.env[variable];
  const candidates = named ? [named] : [process.env.BURGEE_PYTHON, "/usr/bin/python3", "python3"];
  for (const candidate of candidates) {
    const found = candidate ? probe(candidate) : undefined;
    if (found && can(found)) return candidate;
  }
  process.stderr.write(`skipped: no python that can ${purpose}; ${variable} may name one\n`);
  return undefined;
}

const folders: string[] = [];
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) {
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "burgee-training-"));
  folders.push(folder);
  return folder;
}

/** A small job of the language model on the CPU, with what differs from it. */
export function jobOf(changes: Facts = {}): Facts {
  return {
    task: "language-model",
    data: { generated: { samples: 200 } },
    strategy: "single",
    device: "cpu",
    steps: 12,
    batch_size: 4,
    learning_rate: 0.01,
    seed: 7,
    model: { width: 32, layers: 2, context: 16 },
    checkpoint: null,
    resume: false,
    report_every_steps: 1,
    ...changes,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** One rank that runs: the events so far, the next of a name, and how it ended. */
export class Rank {
  readonly events: Event[] = [];
  /** What was no JSON; there should be nothing. */
  readonly garbage: string[] = [];
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #told: (() => void) | undefined;

  constructor(python: string, line: string, { env, uid }: { env: NodeJS.ProcessEnv; uid: number | undefined }) {
    const owner = uid === undefined ? {} : { uid, gid: uid };
    const child = spawn(python, ["-u", trainProgram], { env, ...owner, stdio: ["pipe", "pipe", "pipe"] });
    this.child = child;
    running.add(child);
    child.stderr.resume();
    child.stdin.on("error", () => {});
    child.stdin.write(line);
    createInterface({ input: child.stdout }).on("line", (text) => this.#take(text));
    this.ended = once(child, "close").then(([code]) => code);
    void this.ended.then(() => this.#told?.());
  }

  #take(text: string): void {
    try {
      this.events.push(JSON.parse(text));
    } catch {
      this.garbage.push(text);
    }
    this.#told?.();
  }

  all(name: string): Event[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** Waits for the first event of a name. */
  async seen(name: string): Promise<Event> {
    for (;;) {
      const found = this.all(name)[0];
      if (found) return found;
      if (this.child.exitCode !== null) throw new Error(`ended without ${name}: ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }

  get losses(): unknown[] {
    return this.all("step").map(({ loss }) => loss);
  }
}

interface Start {
  /** Of all ranks; a free one where it is not given. */
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** The user that the processes belong to. */
  readonly uid?: number;
}

/** Starts the ranks of a job, each with its stdin open. A text is written as it is. */
export async function startRanks(python: string, job: Facts | string, world = 1, start: Start = {}): Promise<Rank[]> {
  const port = start.port ?? (await freePort());
  return Array.from({ length: world }, (_, rank) => startRank(python, job, [rank, world], { ...start, port }));
}

/** Starts one rank of a job. */
export function startRank(python: string, job: Facts | string, place: [number, number], start: Start): Rank {
  const line = typeof job === "string" ? job : `${JSON.stringify(job)}\n`;
  const [rank, world] = place.map(String);
  const numbers = { RANK: rank, WORLD_SIZE: world, LOCAL_RANK: rank, MASTER_PORT: String(start.port) };
  const env = { ...numbers, MASTER_ADDR: "127.0.0.1", USE_LIBUV: "0", OMP_NUM_THREADS: "1", ...start.env };
  return new Rank(python, line, { env: { PATH: process.env.PATH, ...env }, uid: start.uid });
}

/** Runs a job to its end: rank 0, and the exit codes of all. */
export async function runJob(python: string, job: Facts | string, world = 1) {
  const ranks = await startRanks(python, job, world);
  const codes = await Promise.all(ranks.map((rank) => rank.ended));
  const [first] = ranks;
  if (first === undefined) throw new Error("a job has a rank");
  return { ranks, first, codes, error: first.all("error")[0] };
}
