/**
 * Cuts what a process writes into lines. A line that is longer than the limit is given once, cut there, and its rest is
 * dropped as it comes, so that no process can fill the memory.
 */
export class Lines {
  readonly #limit: number;
  readonly #take: (line: string, isCut: boolean) => void;
  #rest = "";
  #dropping = false;

  constructor(limit: number, take: (line: string, isCut: boolean) => void) {
    this.#limit = limit;
    this.#take = take;
  }

  push(chunk: string): void {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      this.#add(chunk.slice(from, end));
      this.#endLine();
      from = end + 1;
    }
    this.#add(chunk.slice(from));
  }

  /** Nothing more comes: what is left is a line. */
  end(): void {
    if (this.#rest !== "") this.#endLine();
  }

  #add(part: string): void {
    if (this.#dropping) return;
    this.#rest += part;
    if (this.#rest.length <= this.#limit) return;
    const line = this.#rest.slice(0, this.#limit);
    this.#rest = "";
    this.#dropping = true;
    this.#take(line, true);
  }

  #endLine(): void {
    const line = this.#rest;
    this.#rest = "";
    if (this.#dropping) this.#dropping = false;
    else this.#take(line, false);
  }
}
