/** Control and formatting characters, among them those that set the direction of writing, and separators of lines. */
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The text with these written as JSON writes them, `\u001b`, so that JSON stays the same JSON: what people typed must
 * not move a terminal's cursor, or turn its lines around.
 */
export function printable(text: string): string {
  return text.replace(ODD, (odd) => odd.split("").map(escaped).join(""));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
