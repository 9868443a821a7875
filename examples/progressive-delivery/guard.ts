/** Watches the last requests behind a flag, and tells when too many of them failed. */
export class Guard {
  #recent: boolean[] = [];
  readonly #size: number;
  readonly #most: number;
  readonly #tell: (failed: number, of: number) => void;

  /** Bears `most` failures among the last `size` requests. With one more it calls `tell` and counts anew. */
  constructor(size: number, most: number, tell: (failed: number, of: number) => void) {
    this.#size = size;
    this.#most = most;
    this.#tell = tell;
  }

  count(failed: boolean): void {
    this.#recent = [...this.#recent, failed].slice(-this.#size);
    const failures = this.#recent.filter(Boolean).length;
    if (failures <= this.#most) return;
    const { length } = this.#recent;
    this.#recent = [];
    this.#tell(failures, length);
  }
}
