import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Row } from "./results.js";

const child = fileURLToPath(new URL("./measurements/child.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/**
 * Measures every seed, a process for each core. Within the process of the tests the collecting of coverage would slow
 * down two billion hashes, and they would run one after the other.
 */
export async function measure(measurement: string, seeds: readonly number[]): Promise<readonly Row[]> {
  const count = Math.min(availableParallelism(), seeds.length);
  const shares = Array.from({ length: count }, (_, share) => seeds.filter((_, index) => index % count === share));
  const outputs = await Promise.all(
    shares.map(async (share) => {
      const command = ["--import", "tsx", child, measurement, ...share.map(String)];
      return (await run(process.execPath, command, { cwd: root })).stdout;
    }),
  );
  const rows: readonly Row[] = outputs.flatMap((output) => output.trim().split("\n")).map((line) => JSON.parse(line));
  return rows.toSorted((a, b) => a.seed - b.seed);
}
