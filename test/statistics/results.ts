import type { Measured } from "./chi-square.js";
import { distanceFromEven, fisher, kolmogorovSurvival } from "./distributions.js";

/** What was measured of one seed, by name. */
export interface Row {
  readonly seed: number;
  readonly columns: Readonly<Record<string, Measured>>;
}

/** What the p-values of all seeds say together of one column. */
interface Together {
  readonly column: string;
  /** That so many are so small, by Fisher's method. */
  readonly small: number;
  /** That they are so unevenly spread, by Kolmogorov and Smirnov; small too where all fit suspiciously well. */
  readonly uneven: number;
}

/** The columns that have p-values, each with what the seeds say together. */
export function together(rows: readonly Row[]): readonly Together[] {
  return columnsOf(rows).flatMap((column) => {
    const pValues = rows.flatMap(({ columns }) => columns[column]?.p ?? []);
    if (pValues.length === 0) return [];
    const uneven = kolmogorovSurvival(distanceFromEven(pValues), pValues.length);
    return [{ column, small: fisher(pValues), uneven }];
  });
}

/** A page with every statistic and p-value of every seed. */
export function resultsPage(title: string, rows: readonly Row[]): string {
  const columns = columnsOf(rows);
  const combined = new Map(together(rows).map((one) => [one.column, one]));
  const foot = (label: string, of: (one: Together) => number) => [
    label,
    ...columns.map((column) => {
      const one = combined.get(column);
      return one === undefined ? "" : `(${written(of(one), 3)})`;
    }),
  ];
  const lines = [
    ["seed", ...columns],
    ["---", ...columns.map(() => "---")],
    ...rows.map((row) => [String(row.seed), ...columns.map((column) => cell(row.columns[column]))]),
    foot("all, Fisher", ({ small }) => small),
    foot("all, Kolmogorov-Smirnov", ({ uneven }) => uneven),
  ];
  const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `# ${title}\n\nThe statistic, and in brackets its p-value.\n\n${table}\n`;
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  return Object.keys(rows[0]?.columns ?? {});
}

function cell(measured: Measured | undefined): string {
  if (measured === undefined) return "";
  const { statistic, p } = measured;
  return p === undefined ? written(statistic, 6) : `${written(statistic, 6)} (${written(p, 3)})`;
}

/** A number to so many digits: fewer than a double has, so that another machine's logarithm writes the same page. */
function written(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}
