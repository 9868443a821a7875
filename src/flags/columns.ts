/** Characters that terminals give two columns: East Asian wide and full-width ones, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns a line of text takes on a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** The text, with an ellipsis for what goes beyond so many columns. */
export function cut(text: string, limit: number): string {
  if (columnsOf(text) <= limit) return text;
  let kept = "";
  let columns = 1;
  for (const character of text) {
    columns += widthOf(character);
    if (columns > limit) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Texts of one column of a table, cut and padded to the same width. */
export function column(texts: readonly string[], limit: number, align: "left" | "right" = "left"): string[] {
  const short = texts.map((text) => cut(text, limit));
  const width = Math.max(0, ...short.map(columnsOf));
  return short.map((text) => {
    const space = " ".repeat(width - columnsOf(text));
    return align === "left" ? text + space : space + text;
  });
}

function widthOf(character: string): number {
  if (/\p{Mn}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
