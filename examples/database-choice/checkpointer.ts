/** Keeps the state of each conversation, as plain JSON data. */
export interface Checkpointer {
  /** Keeps the state in place of what there was. */
  save(thread: string, state: unknown): Promise<void>;
  /** Undefined where nothing was kept. */
  load(thread: string): Promise<unknown>;
}
