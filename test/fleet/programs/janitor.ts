// Ends a database server and removes its files when the test that started it is gone, however it went.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { answer } from "./answering.js";

let pid: number | undefined;
let folder: string | undefined;
let mounted: string | undefined;

const calls = {
  /** What there is to clean up now; each call replaces the one before. */
  mind: (input: { pid?: number | undefined; folder?: string | undefined; mounted?: string | undefined }): void => {
    ({ pid, folder, mounted } = input);
  },
};
export type JanitorCalls = typeof calls;

process.on("disconnect", () => {
  try {
    if (pid !== undefined) process.kill(pid, "SIGQUIT");
  } catch {
    // It has ended already.
  }
  try {
    // Lazily: the server may need a moment to end.
    if (mounted !== undefined) execFileSync("/bin/umount", ["--lazy", mounted]);
  } catch {
    // It is not mounted any more.
  }
  for (const left of [folder, mounted])
    if (left !== undefined) rmSync(left, { recursive: true, force: true, maxRetries: 10 });
});
answer(calls);
