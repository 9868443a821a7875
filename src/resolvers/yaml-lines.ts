/** The lines of a text. */
export class YamlLines {
  /** Where each line begins. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The line of a point in the text, from 1. */
  line(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** `12:5`: line and column of a point in the text, both from 1. */
  place(offset: number): string {
    const line = this.line(offset);
    return `${line}:${offset - (this.#starts[line - 1] as number) + 1}`;
  }
}
