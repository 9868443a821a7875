import { ownFile } from "../rules/load.js";
import { readHere, type YamlTree } from "./yaml-nodes.js";

/** Texts up to this many characters are read at once: that takes less time than a thread takes to start. */
const SMALL = 16_384;

export interface ReadAsideOptions {
  /** Ends the thread; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told why a large text was read on this thread all the same: none could be started. */
  readonly onRefused: (cause: unknown) => void;
}

/**
 * Reads a text without holding up this thread: a large one is read by a worker thread, which is started for it and
 * ends with it.
 *
 * @throws whatever the thread died of (it ran out of memory, say), or the signal's reason
 */
export async function readAside(text: string, { signal, onRefused }: ReadAsideOptions): Promise<YamlTree> {
  if (text.length <= SMALL) return readHere(text);
  const answer = await askThread(text, signal);
  if ("tree" in answer) return answer.tree;
  onRefused(answer.refused);
  return readHere(text);
}

type Answer = { readonly tree: YamlTree } | { readonly refused: unknown };

/** A thread that fails before it is ready was refused: its file was left behind by a bundler, threads are forbidden. */
function askThread(text: string, signal: AbortSignal | undefined): Promise<Answer> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const worker = start(text);
    if ("refused" in worker) return resolve(worker);
    let ready = false;
    const ended = (cause: unknown) => (ready ? reject(cause) : resolve({ refused: cause }));
    const stop = () => {
      reject(signal?.reason);
      void worker.terminate();
    };
    signal?.addEventListener("abort", stop);
    worker.on("message", (message: YamlTree | "ready") => {
      if (message === "ready") ready = true;
      else resolve({ tree: message });
    });
    worker.on("error", ended);
    worker.on("exit", (code) => {
      signal?.removeEventListener("abort", stop);
      ended(new Error(`the thread that reads it ended too early (exit code ${code})`));
    });
  });
}

/** The thread gets none of this process's flags and variables: it needs none, and preloaded modules would slow it down. */
function start(text: string) {
  try {
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const options = { workerData: text, execArgv: [], env: {}, name: "burgee-yaml" };
    return new Worker(ownFile("yaml-worker.js", "to read large profiles", import.meta.url), options);
  } catch (refused) {
    return { refused };
  }
}
