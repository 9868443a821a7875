import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packed } from "./stranger.js";

// What `npm install burgee` brings into an empty project. To raise a budget, write the new figure here and say in the
// commit what it is for.

/** Packages, burgee among them. */
const PACKAGES = 17;

/** About a tenth above what they took up, unpacked: most are other people's, and grow by themselves. And burgee alone. */
const BYTES = 6_600_000;
const OWN_BYTES = 4_100_000;

test(`installing brings at most ${PACKAGES} packages`, () => {
  expect(installed().length, `these were installed: ${installed().join(", ")}`).toBeLessThanOrEqual(PACKAGES);
  // npm's own record names what is there.
  expect(installed()).toEqual(expect.arrayContaining(["burgee", "pino"]));
});

test(`they take up at most ${BYTES / 1e6} MB, of which burgee ${OWN_BYTES / 1e6} MB`, () => {
  const sizes = installed().map((name) => ({ name, bytes: bytesIn(join(modules(), name)) }));
  const all = sizes.map(({ name, bytes }) => `${name} ${bytes}`).join(", ");
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(total, all).toBeLessThanOrEqual(BYTES);
  expect(bytesIn(join(modules(), "burgee")), all).toBeLessThanOrEqual(OWN_BYTES);
});

function modules(): string {
  return join(packed().stranger, "node_modules");
}

/** The folders that npm filled, below node_modules: without what the other tests added by hand. */
function installed(): readonly string[] {
  const lock: { packages: object } = JSON.parse(readFileSync(join(modules(), ".package-lock.json"), "utf8"));
  return Object.keys(lock.packages).map((path) => path.replace(/^node_modules\//, ""));
}

/** Bytes of all files of a package, but for the packages within it. */
function bytesIn(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== "node_modules");
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size);
  }, 0);
}
