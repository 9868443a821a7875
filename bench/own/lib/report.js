/** A short look instead of figures to be trusted: fewer rounds, less time for each, smaller sizes. */
export const quick = process.env.QUICK === "1";

/**
 * What a script tells: a heading, a few sentences (Markdown) on what was measured and how, and one table.
 *
 * @typedef {{ title: string, text: string, columns: string[], rows: (string | number)[][] }} Report
 */

/** The middle of some numbers; of an even count, the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A number with as many digits as it deserves: `7.4`, `46`, `1,234`. */
export function short(number) {
  if (!Number.isFinite(number)) return "–";
  const digits = Math.abs(number) < 10 ? 1 : 0;
  return number.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** How many times one figure is another: `1.35`. Nothing to say where the other is lost in the noise. */
export function times(figure, floor) {
  if (!Number.isFinite(figure) || !(floor > 0)) return "–";
  const ratio = figure / floor;
  return ratio < 100 ? ratio.toFixed(2) : short(ratio);
}

/** Bytes per call; half a byte is what the reading itself wavers by. */
export function wholeBytes(bytes) {
  return bytes < 0.5 ? 0 : Math.round(bytes);
}

/**
 * Prints the table for people, and as the last line `JSON` with the whole report for the driver.
 *
 * @param {Report} report
 */
export function print(report) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rows = [report.columns, report.columns.map(() => "---"), ...report.rows];
  console.log(`${report.title}\n\n${report.text}\n\n${rows.map(line).join("\n")}`);
  console.log(`JSON${JSON.stringify(report)}`);
}
