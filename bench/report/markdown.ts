/** A number as a reader wants it: three digits that matter, thousands apart; `–` where there is none. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio, as in `1.8 ×`. */
export function times(value: number | undefined): string {
  return value === undefined ? "–" : `${number(value)} ×`;
}

/** A Markdown table. Columns in which every cell is a figure stand to the right. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? number(cell) : escaped(cell))));
  const rule = columns.map((_, index) => (cells.every((row) => isFigure(row[index] ?? "")) ? "--:" : "---"));
  return [columns.map(escaped), rule, ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function isFigure(cell: string): boolean {
  return cell === "" || /^[~<>≤≥+-]?\s?[\d–]/.test(cell);
}

/** A cell is one line, and a bar would end it. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
}
