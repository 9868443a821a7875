import { stripVTControlCharacters } from "node:util";

/** Breaks long lines at spaces, never inside a word. What is broken off goes on further to the right. */
export function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  if (columnsOf(line) <= width) return [line];
  const plain = stripVTControlCharacters(line);
  const hang = " ".repeat(plain.length - plain.trimStart().length + 6);
  const words = line.match(/\s*\S+/g) ?? [];
  const lines: string[] = [];
  let current = "";
  for (const piece of words.flatMap((word) => inPieces(word, width - hang.length))) {
    if (columnsOf(current + piece) <= width || columnsOf(current.trim()) === 0) current += piece;
    else {
      lines.push(current);
      current = hang + piece.trimStart();
    }
  }
  return [...lines, current];
}

/** A path or a list may be longer than a whole line: then it is broken between its parts. */
function inPieces(word: string, room: number): string[] {
  return columnsOf(word.trim()) <= room ? [word] : word.split(/(?<=[/\\,])/);
}

/** Colours take no room. */
function columnsOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
