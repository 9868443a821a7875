// Measures burgee beside other SDKs and writes docs/reference/performance.md. bench/README.md says more.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openBackend } from "./driver/backend.js";
import { thisMachine } from "./driver/machine.js";
import { type Log, measureAll } from "./driver/measuring.js";
import { type BenchOptions, NOT_WRITTEN, parseOptions } from "./driver/options.js";
import { runOwn } from "./driver/own.js";
import { installRivals, packageFacts } from "./driver/packages.js";
import { keep, writeReport } from "./driver/store.js";
import { type Verified, verify } from "./driver/verify.js";
import { table } from "./report/markdown.js";
import type { OwnRun, SideBySide } from "./report/results.js";
import { summary } from "./report/summary.js";
import { bytesTable, coldTable, heapTable, timeTable } from "./report/tables.js";

const adapters = new URL("./adapters/", import.meta.url);
const log: Log = (line) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** The adapters to measure, by name. The raw floors stand beside whatever is chosen. */
function chosenAdapters(only: BenchOptions["only"]): readonly string[] {
  const names = readdirSync(adapters).map((file) => file.replace(/\.js$/, ""));
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no adapter "${unknown}"; there are ${names.join(", ")}`);
  return only === undefined ? names : names.filter((name) => name.startsWith("raw") || only.includes(name));
}

async function verifyAll(names: readonly string[], backend: string): Promise<readonly Verified[]> {
  const verified: Verified[] = [];
  for (const name of names) {
    verified.push(await verify(name, fileURLToPath(new URL(`${name}.js`, adapters)), backend));
    log(`${name} answers as it should`);
  }
  return verified;
}

async function sideBySide(options: BenchOptions, words: readonly string[]): Promise<SideBySide> {
  const backend = await openBackend();
  try {
    const verified = await verifyAll(chosenAdapters(options.only), backend.address);
    const measured = await measureAll(verified, options, backend.address, log);
    return {
      measuredAt: new Date().toISOString(),
      command: ["npm run bench", ...(words.length > 0 ? ["--", ...words] : [])].join(" "),
      machine: thisMachine(),
      measured: measured.map((one) => ({ ...one, ...packageFacts(one.info.package) })),
    };
  } finally {
    backend.close();
  }
}

function print(run: SideBySide): void {
  const { measured } = run;
  const parts = [summary(run), timeTable(measured), bytesTable(measured), coldTable(measured), heapTable(measured)];
  console.log(parts.join("\n\n"));
}

async function main(words: readonly string[]): Promise<void> {
  const options = parseOptions(words);
  if (options.reportOnly) return writeReport();
  installRivals();
  const run = await sideBySide(options, words);
  print(run);
  if (options.writes) keep("side-by-side", run);
  if (options.own) {
    const sections = await runOwn(options.quick, log);
    const own: OwnRun = { measuredAt: new Date().toISOString(), machine: thisMachine(), sections };
    for (const { title, columns, rows } of sections) console.log(`\n${title}\n\n${table(columns, rows)}`);
    if (options.writes) keep("own", own);
  }
  if (!options.writes) return log(NOT_WRITTEN);
  writeReport();
  log("docs/reference/performance.md and performance.svg are written");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
