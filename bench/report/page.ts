import { table } from "./markdown.js";
import { type Machine, type OwnRun, type OwnSection, type SideBySide, workloadKeys, workloads } from "./results.js";
import { inOrder } from "./statistics.js";
import { summary } from "./summary.js";
import { bytesTable, coldTable, footprintTable, heapTable, spreadTable, timeTable } from "./tables.js";

/** The whole of docs/reference/performance.md: everything that was measured, in words and tables. */
export function page(run: SideBySide, own: OwnRun | undefined): string {
  return `${[
    "# Performance",
    "<!-- Written by `npm run bench`. Do not edit it: change bench/report and write it anew. -->",
    "What one evaluation costs, beside other SDKs and beside code written by hand. Everything in a table was measured in one run on one machine, so the ratios are what counts: nanoseconds differ from machine to machine.",
    `## In short\n\n${summary(run)}`,
    "![Time of one evaluation, by SDK](performance.svg)",
    sideBySide(run),
    coldSection(run),
    heapSection(run),
    footprintSection(run),
    ...(own?.sections ?? []).map(ownSection),
    notCompared,
    howMeasured(run, own),
    rawFigures(run),
  ].join("\n\n")}\n`;
}

function sideBySide({ measured }: SideBySide): string {
  const rounds = Math.max(0, ...measured.map(({ rounds }) => rounds.length));
  return `## Side by side

${table(
  ["", "question", "what it is"],
  workloadKeys.map((key) => [workloads[key].name, workloads[key].asks, workloads[key].detail]),
)}

The median of ${rounds === 1 ? "1 round" : `${rounds} rounds`}, and how many times the raw floor that is:

${timeTable(measured)}

The fastest and the slowest round:

${spreadTable(measured)}

Bytes that a call allocates, counted by V8. A promise and what awaits it are in the figure of an SDK that gives one:

${bytesTable(measured)}

**Why there are three floors.** The raw floor hashes the flag's name and the user's id at each call, and builds an object of
1,000 names for W5. The seeded one hashes the id alone, since a flag's share of the hash can be computed beforehand, as burgee
does; for W5 it copies an object with all constant answers, as burgee does, and a copy is faster than building one. So burgee may be
faster than the raw floor at W2, W3 and W5, but hardly than the seeded one. The awaited floor is the raw one behind promises: an
SDK whose API is asynchronous cannot be faster than that.`;
}

function coldSection({ measured }: SideBySide): string {
  return `## Cold start, side by side

From the import of an SDK to its first answer, with 100 flags, in a process of its own each time. The start of Node itself is not in it.

${coldTable(measured)}`;
}

function heapSection({ measured }: SideBySide): string {
  return `## Memory, side by side

What 10,000 constant boolean flags hold of the heap after a collection: a process with 10,001 flags, less a process with one.

${heapTable(measured)}`;
}

function footprintSection({ measured }: SideBySide): string {
  return `## What an installation brings

The package with all that it depends on, as installed here.

${footprintTable(measured)}`;
}

function ownSection({ title, text, columns, rows }: OwnSection): string {
  return `## ${title}\n\n${text}\n\n${table(columns, rows)}`;
}

const notCompared = `## What is not compared

- **Work in the background.** Fetching and streaming of flags are off in every SDK. burgee does none
  unless the profile is watched.
- **Events and metrics.** LaunchDarkly, PostHog, Statsig, Optimizely and Unleash tell their servers about evaluations unless told
  not to. Here they are told not to, and what it costs was not measured. Split keeps its default, which counts. burgee sends nothing anywhere.
- **The price of a promise.** OpenFeature, LaunchDarkly, PostHog and Flagsmith answer by promises. Awaiting is part of their
  figures, because it is part of every program that uses them. OpenFeature's provider in memory has no rules of its own, so its figures are
  those of its client.
- **Quality of the answer.** Each SDK hashes in its own way: SHA-1, SHA-256, MD5, FNV-1a or murmur3. They differ in cost, and all give fair shares here.
- **What W5 gives.** flagd's \`resolveAll\`, LaunchDarkly's \`allFlagsState\`, Optimizely's \`decideAll\` and Flagsmith's
  \`getIdentityFlags\` give reasons, variants or metadata with each answer. burgee's \`getAllFlags\` gives values alone.
- **Making a context.** What each SDK wants to know of a user is put together before the clock starts.
- **What else they do.** The others come with a service, a screen and analytics, which no figure here shows.
- **An application.** A check of a flag is a small part of a request. Where it takes a microsecond, nobody will notice which
  SDK it was; where a page asks for hundreds, or a loop asks for each row, they will.`;

function howMeasured(run: SideBySide, own: OwnRun | undefined): string {
  const adapters = table(
    ["SDK", "package", "version", "how it is asked"],
    inOrder(run.measured).map(({ info, version = "" }) => [info.title, info.package ?? "", version, info.note]),
  );
  const ownLine =
    own === undefined ? "" : `\n- The sections of burgee alone: ${own.measuredAt}, ${machineText(own.machine)}`;
  return `## How it was measured

\`\`\`sh
${run.command}
\`\`\`

- Side by side: ${run.measuredAt}, ${machineText(run.machine)}${ownLine}
- Every SDK is first asked about 10,000 users. One whose shares are not 25 %, or 50, 25 and 25 %, or that targets a wrong user, has
  a wrong flag at W5 or answers otherwise when it is asked again, is refused, and nothing is measured.
- Each round is one process for each SDK, in an order that changes from round to round; \`NODE_ENV\` is \`production\`, there are
  no other variables to speak of, and the current folder is empty. mitata measures, after a warm-up in which all four kinds of flag
  were asked for. A sample is 4 to 4,096 calls in a row, as many as take 0.2 ms; a round's figure is the median of its samples.
- burgee is the build that is published, with its default options. Where it writes a line of its log, it is
  refused. \`bench/README.md\`, in a clone, says how to add an SDK.

${adapters}`;
}

function machineText({ cpu, cores, memoryBytes, system, node, v8 }: Machine): string {
  const gigabytes = Math.round(memoryBytes / 2 ** 30);
  return `${cpu}, ${cores} cores, ${gigabytes} GiB of memory, ${system}, Node ${node} (V8 ${v8})`;
}

/** One line of JSON for each SDK, so that a difference between two runs can be read. */
function rawFigures({ measured }: SideBySide): string {
  const lines = measured.map((one) => {
    const { rounds, bytes, cold, heap } = one;
    return `  ${JSON.stringify(one.name)}: ${JSON.stringify({ rounds, bytes, cold, heap }, (_, value) => rounded(value))}`;
  });
  return `<details>
<summary>The raw figures of each round: nanoseconds, bytes of a call, milliseconds of a cold start, bytes of heap</summary>

\`\`\`json
{
${lines.join(",\n")}
}
\`\`\`

</details>`;
}

function rounded(value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 100) / 100 : value;
}
