import { number, table, times } from "./markdown.js";
import { type Measured, singleKeys, type Workload, workloadKeys, workloads } from "./results.js";
import { inOrder, median, nanoseconds, ratio, roundsOf, spread } from "./statistics.js";
import { coldStart, heap } from "./summary.js";

const MEGABYTE = 1_000_000;

/** W1 to W5 in one table: the median of the rounds, and how many times the raw floor that is. */
export function timeTable(all: readonly Measured[]): string {
  const measured = inOrder(all).filter(({ rounds }) => rounds.length > 0);
  const floor = measured.find(({ name }) => name === "raw");
  const columns = workloadKeys.flatMap((key) => [`${workloads[key].name} ${key === "w5" ? "µs" : "ns"}`, "× raw"]);
  const rows = measured.map((one) => {
    const cells = workloadKeys.flatMap((key) => {
      const time = nanoseconds(one, key);
      const beside = floor === undefined ? undefined : ratio(time, nanoseconds(floor, key));
      return [inUnit(time, key), times(beside)];
    });
    return [label(one), one.info.mode === "async" ? "promise" : "value", ...cells];
  });
  return table(["SDK", "gives a", ...columns], rows);
}

/** The slowest and the fastest round of each workload: what the machine's own unrest amounts to. */
export function spreadTable(all: readonly Measured[]): string {
  const measured = inOrder(all).filter(({ rounds }) => rounds.length > 0);
  const columns = workloadKeys.map((key) => `${workloads[key].name} ${key === "w5" ? "µs" : "ns"}`);
  const rows = measured.map((one) => {
    const cells = workloadKeys.map((key) => {
      const [least, greatest] = spread(roundsOf(one.rounds, key)) ?? [];
      return least === undefined ? "–" : `${inUnit(least, key)} … ${inUnit(greatest, key)}`;
    });
    return [label(one), ...cells];
  });
  return table(["SDK", ...columns], rows);
}

/** Bytes that a call allocates. */
export function bytesTable(all: readonly Measured[]): string {
  const measured = inOrder(all).filter(({ bytes }) => bytes !== undefined);
  const rows = measured.map((one) => {
    const cells = singleKeys.map((key) => one.bytes?.[key]);
    return [label(one), ...cells.map((bytes) => number(bytes === undefined ? undefined : Math.round(bytes)))];
  });
  return table(["SDK", ...singleKeys.map((key) => `${workloads[key].name} bytes`)], rows);
}

/** From the import to the first answer, in milliseconds. */
export function coldTable(all: readonly Measured[]): string {
  const measured = sortedBy(all, coldStart);
  const rows = measured.map((one) => {
    const [least, greatest] = spread(one.cold.map(({ total }) => total)) ?? [];
    const range = `${number(least)} … ${number(greatest)}`;
    return [label(one), number(median(one.cold.map((start) => start.import))), number(coldStart(one)), range];
  });
  return table(["SDK", "import ms", "first answer ms", "fastest … slowest"], rows);
}

/** What 10,000 constant flags hold of the heap, in megabytes. */
export function heapTable(all: readonly Measured[]): string {
  const rows = sortedBy(all, heap).map((one) => [label(one), number((heap(one) ?? 0) / MEGABYTE)]);
  return table(["SDK", "heap MB"], rows);
}

/** What `npm install` brings. */
export function footprintTable(all: readonly Measured[]): string {
  // Several adapters of one SDK are one installation.
  const found = new Map(
    all.flatMap(({ info, version = "", footprint }) =>
      info.package === undefined || footprint === undefined ? [] : [[info.package, { version, ...footprint }] as const],
    ),
  );
  const rows = [...found]
    .map(([name, installed]) => ({ name, ...installed }))
    .sort((a, b) => a.bytes - b.bytes)
    .map(({ name, version, packages, bytes }) => [name, version, number(packages), number(bytes / MEGABYTE)]);
  return table(["package", "version", "packages", "MB on disk"], rows);
}

function label({ info }: Measured): string {
  return info.package === "burgee" ? `**${info.title}**` : info.title;
}

function inUnit(time: number | undefined, key: Workload): string {
  return number(time === undefined || key !== "w5" ? time : time / 1_000);
}

/** Those that have the figure, the least first. */
function sortedBy(all: readonly Measured[], figureOf: (measured: Measured) => number | undefined): readonly Measured[] {
  const known = all.flatMap((measured) => {
    const figure = figureOf(measured);
    return figure === undefined ? [] : [{ measured, figure }];
  });
  return known.sort((a, b) => a.figure - b.figure).map(({ measured }) => measured);
}
