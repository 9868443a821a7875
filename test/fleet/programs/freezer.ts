import { writeSync } from "node:fs";

/** Where in its life a writer stops for ever, to be killed there. */
export interface Freeze {
  /** In which of its transactions that write, counted from 0, or in the next one that comes so far. */
  readonly transaction: number;
  /**
   * After which statement of it, counted from 0: the first takes the namespace's row (of PostgreSQL, in one message with BEGIN). `commit`: the commit is sent, and its
   * answer not read. A number beyond the last statement is the last before the commit.
   */
  readonly after: number | "commit";
}

/** Follows the statements of a writer's transactions, and stops the whole process where it is told to. */
export class Freezer {
  readonly #freeze: Freeze | undefined;
  #transactions = -1;
  #statements = 0;
  #inside = false;
  #lastStatement = "";

  constructor(freeze: Freeze | undefined) {
    this.#freeze = freeze;
  }

  /** Before the statement is given to the database. */
  before(sql: string): void {
    if (isCommit(sql) && this.#inside && this.#isIt() && this.#freeze?.after !== "commit")
      this.#stop(this.#lastStatement);
  }

  /** When the database has carried it out; of a commit, when it has been sent. */
  after(sql: string): void {
    if (/(^|;)\s*update "?burgee_namespaces"? set "?revision"? = "?revision"? \+/i.test(sql) && !this.#inside) {
      this.#inside = true;
      this.#transactions++;
      this.#statements = 0;
    }
    if (!this.#inside) return;
    if (isCommit(sql)) {
      if (this.#isIt()) this.#stop(sql);
      this.#inside = false;
    } else if (/^\s*rollback/i.test(sql)) this.#inside = false;
    else {
      if (this.#isIt() && this.#freeze?.after === this.#statements) this.#stop(sql);
      this.#statements++;
      this.#lastStatement = sql;
    }
  }

  #isIt(): boolean {
    return this.#freeze !== undefined && this.#transactions >= this.#freeze.transaction;
  }

  /** Says where it is, and does nothing any more: no callback runs, no byte is read or sent. */
  #stop(sql: string): void {
    // Of several statements in one message the last.
    const last = sql.split(";").at(-1) ?? "";
    writeSync(1, `inside ${last.trim().replace(/\s+/g, " ").slice(0, 40)}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
    // Nobody has killed it: the test is gone.
    process.kill(process.pid, "SIGKILL");
  }
}

function isCommit(sql: string): boolean {
  return /^\s*commit/i.test(sql);
}
