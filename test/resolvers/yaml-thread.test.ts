import { once } from "node:events";
import * as threads from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readHere } from "../../src/resolvers/yaml-nodes.js";
import { readAside } from "../../src/resolvers/yaml-thread.js";

const large = `list:\n${"  - some text\n".repeat(3_000)}`;
const started: threads.Worker[] = [];

/** Lets `readAside` start threads of another kind. */
function instead(make: (path: string, options: threads.WorkerOptions) => threads.Worker): void {
  const Worker = new Proxy(threads.Worker, {
    construct: (_, [path, options]) => {
      const worker = make(path, options);
      started.push(worker);
      return worker;
    },
  });
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ ...threads, Worker } as never);
}

function collector() {
  const refused: unknown[] = [];
  return { refused, onRefused: (cause: unknown) => void refused.push(cause) };
}

/** A thread that runs a text in place of the file. */
function running(text: string) {
  return (_: string, options: threads.WorkerOptions) => new threads.Worker(text, { ...options, eval: true });
}

describe("readAside", () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const worker of started.splice(0)) if (worker.threadId > 0) await once(worker, "exit");
  });

  it("reads a small text at once, and starts no thread", async () => {
    instead(() => expect.unreachable());
    const { refused, onRefused } = collector();
    expect(await readAside("a: [1, x]\n", { onRefused })).toEqual(readHere("a: [1, x]\n"));
    expect(refused).toEqual([]);
  });

  it("reads a large text on a thread of its own, which ends", async () => {
    instead((path, options) => new threads.Worker(path, options));
    const { refused, onRefused } = collector();
    expect(await readAside(large, { onRefused })).toEqual(readHere(large));
    expect(refused).toEqual([]);
    expect(started).toHaveLength(1);
    // Nobody ends it: the test waits for that.
  });

  it("gives the thread nothing but the text", async () => {
    let given: threads.WorkerOptions | undefined;
    instead((path, options) => {
      given = options;
      return new threads.Worker(path, options);
    });
    await readAside(large, collector());
    expect(given).toMatchObject({ workerData: large, execArgv: [], env: {} });
  });

  it.each([
    ["threads are not permitted", () => expect.unreachable("no permission"), "no permission"],
    [
      "its file is not there",
      (_: string, options: threads.WorkerOptions) => new threads.Worker(new URL("file:///nowhere.js"), options),
      "nowhere.js",
    ],
    ["it ends before it has begun", running("process.exit(3)"), "exit code 3"],
    ["it cannot load what it needs", running("throw new Error('no yaml')"), "no yaml"],
  ])("reads here, and says why, where %s", async (_, make, why) => {
    instead(make);
    const { refused, onRefused } = collector();
    expect(await readAside(large, { onRefused })).toEqual(readHere(large));
    expect(refused).toEqual([expect.objectContaining({ message: expect.stringContaining(why) })]);
  });

  it.each([
    [
      "runs out of memory",
      (path: string, options: threads.WorkerOptions) =>
        new threads.Worker(path, {
          ...options,
          workerData: large.repeat(40).replaceAll("list:\n", ""),
          resourceLimits: { maxOldGenerationSizeMb: 16 },
        }),
      "memory",
    ],
    ["dies", running("require('worker_threads').parentPort.postMessage('ready'); throw new Error('oops')"), "oops"],
    ["ends without an answer", running("require('worker_threads').parentPort.postMessage('ready')"), "exit code 0"],
  ])("fails where a thread that reads %s", async (_, make, why) => {
    instead(make);
    const { refused, onRefused } = collector();
    await expect(readAside(large, { onRefused })).rejects.toThrow(why);
    expect(refused).toEqual([]);
  });

  it("ends the thread where nobody wants its answer any more", async () => {
    const aborting = new AbortController();
    const { onRefused } = collector();
    instead(running("require('worker_threads').parentPort.on('message', () => {})"));
    const reading = readAside(large, { signal: aborting.signal, onRefused });
    aborting.abort(new Error("closed"));
    await expect(reading).rejects.toThrow("closed");
    instead(() => expect.unreachable());
    await expect(readAside(large, { signal: aborting.signal, onRefused })).rejects.toThrow("closed");
    // This thread would never end by itself: the test waits for its end.
  });
});
