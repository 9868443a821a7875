import { number, table, times } from "./markdown.js";
import { type Measured, type SideBySide, singleKeys, type Workload, workloadKeys, workloads } from "./results.js";
import { type Comparison, compare } from "./rivals.js";
import { median, nanoseconds, ratio } from "./statistics.js";

/** What the run says in ratios, which last longer than nanoseconds: a sentence or two, and a table. */
export function summary(run: SideBySide): string {
  const compared = workloadKeys.map((key) => ({ key, comparison: compareTimes(run, key) }));
  return [
    sentences(run),
    table(
      [
        "one call",
        "burgee beside the best floor",
        "beside the raw floor",
        "the best other SDK",
        "its figure beside burgee's",
      ],
      [
        ...compared.map(({ key, comparison }) => row(`${workloads[key].name}: ${workloads[key].asks}`, comparison)),
        row("cold start, 100 flags", compare(run, coldStart)),
        row("heap, 10,000 flags", compare(run, heap)),
      ],
    ),
    "Less is better in all of them. In the last column, above 1 × burgee is the better one, and below 1 × the other SDK is. The floors are code written by hand. The raw floor hashes the flag's name and the user's id at each call, and builds an object for W5. The best floor of a row is the least of all floors: it may have computed beforehand what burgee computes beforehand, and for W5 copy an object that was made beforehand, which is faster than building one.",
  ].join("\n\n");
}

/** Milliseconds from the import to the first answer. */
export function coldStart({ cold }: Measured): number | undefined {
  return median(cold.map(({ total }) => total));
}

/** Bytes of heap for 10,000 flags. */
export function heap(measured: Measured): number | undefined {
  return median(measured.heap);
}

function compareTimes(run: SideBySide, key: Workload): Comparison | undefined {
  return compare(run, (measured) => nanoseconds(measured, key));
}

function row(label: string, comparison: Comparison | undefined): readonly string[] {
  const { own, floor, least, rival } = comparison ?? {};
  return [
    label,
    times(ratio(own, least)),
    times(ratio(own, floor)),
    rival?.title ?? "–",
    times(ratio(rival?.figure, own)),
  ];
}

function sentences(run: SideBySide): string {
  const found = singleKeys.map((key) => compareTimes(run, key)).filter((comparison) => comparison !== undefined);
  const toLeast = range(found.map(({ own, least }) => ratio(own, least)));
  const toFloor = range(found.map(({ own, floor }) => ratio(own, floor)));
  const toRival = range(found.map(({ own, rival }) => ratio(rival?.figure, own)));
  const lines = [];
  if (toLeast !== undefined)
    lines.push(
      `One evaluation by burgee takes ${toLeast} times as long as the fastest code written by hand that gives such answers.`,
    );
  if (toFloor !== undefined)
    lines.push(`Beside code that computes nothing beforehand, the raw floor, it takes ${toFloor} times as long.`);
  if (toRival !== undefined)
    lines.push(`The fastest other SDK for the same question takes ${toRival} times as long as burgee.`);
  const bytes = singleKeys.map((key) => run.measured.find(({ name }) => name === "burgee")?.bytes?.[key]);
  const known = bytes.filter((figure) => figure !== undefined);
  if (known.length > 0)
    lines.push(`burgee allocates ${number(Math.round(Math.max(...known)))} bytes for a call of W1 to W4 at most.`);
  return lines.join(" ");
}

function range(ratios: readonly (number | undefined)[]): string | undefined {
  const known = ratios.filter((found) => found !== undefined);
  if (known.length === 0) return undefined;
  const [least, greatest] = [number(Math.min(...known)), number(Math.max(...known))];
  return least === greatest ? least : `${least} to ${greatest}`;
}
