/** Breaks long lines at spaces. What is broken off goes on further to the right. */
export function wrap(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const indent = line.length - line.trimStart().length;
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    if (space <= indent + 6) break;
    lines.push(rest.slice(0, space));
    rest = " ".repeat(indent + 6) + rest.slice(space + 1);
  }
  return [...lines, rest];
}
