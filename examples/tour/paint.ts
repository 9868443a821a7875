/** Colours for people. Each gives the text unchanged where colours are not wanted. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** Colours on a terminal, none in a file or a pipe, and none where NO_COLOR is set (https://no-color.org). */
export function choosePaint(terminal: boolean, noColor: string | undefined): Paint {
  const wanted = terminal && !noColor;
  const paint = (code: number) => (text: string) => (wanted && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: paint(1), dim: paint(2), green: paint(32), red: paint(31), yellow: paint(33) };
}
