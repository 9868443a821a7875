import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("./fixtures/waiting-program.ts", import.meta.url));

/** What the program tells. Rejects where it does not end by itself, with 0. */
async function told(way: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, way], {
    timeout: 40_000,
  });
  return stdout.split("\n").slice(0, -1);
}

describe("a process lives on", () => {
  it.each([
    ["until an eager service is tried again", "retry", ["started"]],
    ["for who awaits ready()", "ready", ["started", "real"]],
    ["for a drain that has an end", "drain", ["disposed"]],
    ["for who awaits close(), whatever the drain", "close", ["disposed", "closed"]],
    ["for who awaits health checks", "health", ["unhealthy"]],
  ])("%s", async (_what, way, lines) => {
    expect(await told(way)).toEqual(lines);
  });
});

describe("a process ends", () => {
  it.each([
    ["with a service that nobody called", "idle", []],
    ["with a lazy one that is tried again later", "failing", ["null"]],
    ["with a drain without an end, which nobody awaits", "endless", []],
  ])("%s", async (_what, way, lines) => {
    expect(await told(way)).toEqual(lines);
  });
});
