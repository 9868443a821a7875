import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./fixtures/gates-program.ts", import.meta.url));

async function told(...options: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program, ...options]);
  return JSON.parse(stdout);
}

it("loads no real module, opens no socket and starts no process while every flag is off", async () => {
  expect(await told()).toEqual({ answers: ["null", "null", "null", "null"], loaded: 0, resources: [] });
});

it("does all of that when one flag is on, so that the proof can fail", async () => {
  const { answers, loaded, resources } = (await told("on")) as Record<string, readonly string[] | number>;
  expect({ answers, loaded }).toEqual({ answers: ["real", "real", "null", "null"], loaded: 1 });
  expect(resources).toEqual(expect.arrayContaining(["ProcessWrap", "TCPServerWrap"]));
});
