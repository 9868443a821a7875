// What the start costs, and what each part of it costs: every figure from processes that are new.
import { rmSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { print, quick, times } from "./lib/report.js";
import { inEmptyFolder, inFreshProcess, medians } from "./lib/rounds.js";

const RUNS = quick ? 1 : 7;
const FLAGS = 100;
const START = fileURLToPath(new URL("lib/cold-start.js", import.meta.url));
const STEPS = ["import", "defineFlags", "createFlags", "answer", "after"];

const lines = (line) => Array.from({ length: FLAGS }, (_, index) => `${line(index, index % 2 === 0)}\n`).join("");
/** What is measured: its name, what cold-start.js calls it, and what lies in the folder. */
const STARTS = [
  ["an empty process", "empty"],
  [`a raw Map of ${FLAGS}`, "map"],
  ["burgee, code and environment", "code", { variables: { FLAG_FLAG_1: "on", FLAG_FLAG_3: "25%" } }],
  [`with a .env of ${FLAGS} lines`, "dotenv", { files: { ".env": lines((index, on) => `FLAG_FLAG_${index}=${on}`) } }],
  [
    `with a YAML profile of ${FLAGS} flags`,
    "yaml",
    { files: { "burgee.yaml": `feature_flags:\n${lines((index, on) => `  flag-${index}: ${on}`)}` } },
  ],
  ["with a rule that has `$semver`", "semver"],
  ["with a rule that has `$regex`", "regex"],
  ["and then the first line of the log", "log"],
  ["with an audit file, and then a change", "audit"],
  ...["zod/mini", "yaml", "pino", "semver", "re2js"].map((name) => [`${name} alone`, `alone:${name}`]),
];

await inEmptyFolder(async () => {
  const told = STARTS.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    console.error(`cold: run ${run + 1} of ${RUNS}`);
    for (const [index, [, what, given]] of STARTS.entries()) told[index].push(start(what, given));
  }
  const figures = told.map(medians);
  print({
    title: "What costs what at the start",
    text:
      "What it takes from nothing to the first answer, in milliseconds: each figure is the median of " +
      `${RUNS} new processes. The last column is the whole process, from the command to its end, beside one that does ` +
      "nothing. The log's first line and the change come after the answer. The last rows are packages by themselves, as " +
      "a program imports them: whatever needs none of them does not load it.",
    columns: [
      "what",
      "import",
      "defineFlags",
      "createFlags",
      "first answer",
      "after it",
      "to the answer",
      "process",
      "× empty",
    ],
    rows: STARTS.map(([name], index) => row(name, figures[index], figures[0].process)),
  });
});

function start(what, { files = {}, variables } = {}) {
  for (const [name, text] of Object.entries(files)) writeFileSync(name, text);
  const begun = performance.now();
  const told = inFreshProcess(START, [what], { nodeOptions: [], variables, stderr: "ignore" });
  const process = performance.now() - begun;
  for (const name of [...Object.keys(files), "audit.jsonl"]) rmSync(name, { force: true });
  return { ...told, process };
}

function row(name, told, empty) {
  const digits = (ms) => (ms === undefined ? "–" : ms.toFixed(ms < 10 ? 2 : 1));
  const before = STEPS.slice(0, -1).filter((step) => step in told);
  const sum = before.length === 0 ? undefined : before.reduce((ms, step) => ms + told[step], 0);
  return [
    name,
    ...STEPS.map((step) => digits(told[step])),
    digits(sum),
    digits(told.process),
    times(told.process, empty),
  ];
}
