import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createFlags, defineFlags, flag } from "burgee";
import { afterAll, beforeAll, expect, it } from "vitest";

const WRITERS = 10;
const FLAGS = 20;
const program = fileURLToPath(new URL("./programs/profile-writer.mjs", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "burgee-writers-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("shows no value that no complete valid file held, while ten processes rewrite the profile", {
  timeout: 180_000,
}, async () => {
  const path = join(folder, "profiles.yaml");
  const names = Array.from({ length: FLAGS }, (_, index) => `f${index}`);
  writeFileSync(path, `feature_flags:\n${names.map((name) => `  ${name}: 0`).join("\n")}\n...\n`);
  const registry = defineFlags(Object.fromEntries(names.map((name) => [name, flag.number({ default: -1 })])));
  const flags = createFlags(registry, {
    env: { variables: {}, files: [] },
    profile: { path, watch: { settleMs: 5 } },
    logger: false,
  });
  const seen = new Set<number>();
  const mixed: unknown[] = [];
  const look = () => {
    const values = new Set(Object.values(flags.getAllFlags()));
    if (values.size !== 1) mixed.push([...values]);
    for (const value of values) seen.add(value);
  };
  let accepted = 0;
  let refused = 0;
  flags.on("reload", () => {
    accepted++;
    look();
  });
  const codes = new Set<string>();
  flags.on("error", ({ code }) => {
    codes.add(code);
    refused++;
  });
  flags.onFlagChanged("*", ({ value }) => value !== undefined && seen.add(value));
  await flags.ready();

  const writers = Array.from({ length: WRITERS }, (_, id) =>
    fork(program, [path, join(folder, `ledger-${id + 1}`), String(id + 1), String(FLAGS)]),
  );
  while (accepted < 100 || refused < 100) {
    await nextTurn();
    look();
  }
  await Promise.all(writers.map(stop));
  await flags.close();

  const ledgers = readdirSync(folder).filter((file) => file.startsWith("ledger-"));
  const written = new Set([
    0,
    ...ledgers.flatMap((file) => readFileSync(join(folder, file), "utf8").trim().split("\n").map(Number)),
  ]);
  expect(ledgers).toHaveLength(WRITERS);
  expect([...codes]).toEqual(["RELOAD_FAILED"]);
  expect(mixed).toEqual([]);
  expect([...seen].filter((value) => !written.has(value))).toEqual([]);
  expect(seen.size).toBeGreaterThanOrEqual(100);
  expect(accepted).toBeGreaterThanOrEqual(100);
  expect(refused).toBeGreaterThanOrEqual(100);
});

async function stop(writer: ChildProcess): Promise<void> {
  const gone = once(writer, "exit");
  writer.send("stop");
  await gone;
}
