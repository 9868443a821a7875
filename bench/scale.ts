// Writes the figures and the arithmetic of docs/guide/scale.md anew, from what bench/own/fleet.js measured last. Run it by
// node --import tsx bench/scale.ts
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type FleetRun, scaleParts, withParts } from "./report/scale.js";

const results = new URL("results/fleet.json", import.meta.url);
const page = new URL("../docs/guide/scale.md", import.meta.url);

const run: FleetRun | undefined = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : undefined;
writeFileSync(page, withParts(readFileSync(page, "utf8"), scaleParts(run)));
