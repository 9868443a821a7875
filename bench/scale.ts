// Writes the figures and the arithmetic of docs/guide/scale.md anew, from what bench/own/fleet.js measured last, and keeps the
// figures beside this file, so that the page can be compared with them. Run it by node --import tsx bench/scale.ts
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type FleetRun, scaleParts, withParts } from "./report/scale.js";

const results = new URL("results/fleet.json", import.meta.url);
const kept = new URL("scale.json", import.meta.url);
const page = new URL("../docs/guide/scale.md", import.meta.url);

if (existsSync(results)) copyFileSync(results, kept);
const run: FleetRun = JSON.parse(readFileSync(kept, "utf8"));
writeFileSync(page, withParts(readFileSync(page, "utf8"), scaleParts(run)));
