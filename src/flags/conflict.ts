import type { AuditEntry } from "../changes/audit.js";
import { BurgeeError } from "../errors.js";
import type { FlagStore } from "../store/flag-store.js";

/** How long the store is asked who was faster. Without an answer, the conflict is told without a name. */
const LIMIT_MS = 1_000;

/** The flag has another revision than it is expected to have. */
export class Conflict extends Error {
  readonly #flag: string;
  readonly #revision: number;
  readonly #expected: number;

  constructor(flag: string, revision: number, expected: number) {
    super();
    this.#flag = flag;
    this.#revision = revision;
    this.#expected = expected;
  }

  /** The `STORE_CONFLICT` that it is, and who was faster, as far as the store says so in time. */
  async explained(store: Pick<FlagStore, "audit">): Promise<BurgeeError> {
    const flag = this.#flag;
    const now = this.#revision === 0 ? "was never touched (revision 0)" : `is at revision ${this.#revision}`;
    const by = this.#revision === 0 ? "" : who(await this.#entry(store));
    const message = `flag "${flag}" ${now}${by}, and not at revision ${this.#expected}; look at it again, and give the command anew`;
    return new BurgeeError("STORE_CONFLICT", message, { flag });
  }

  /** The entry of the command that touched the flag last. */
  async #entry(store: Pick<FlagStore, "audit">): Promise<AuditEntry | undefined> {
    const asking = async () => store.audit({ flag: this.#flag, after: this.#revision - 1, order: "oldest", limit: 1 });
    let timer: NodeJS.Timeout | undefined;
    // Somebody waits for it, so it keeps the process alive.
    const late = new Promise<[]>((resolve) => {
      timer = setTimeout(() => resolve([]), LIMIT_MS);
    });
    const [entry] = await Promise.race([asking().catch(() => []), late]);
    clearTimeout(timer);
    return entry?.sequence === this.#revision ? entry : undefined;
  }
}

function who(entry: AuditEntry | undefined): string {
  if (entry === undefined) return "";
  return `, by ${entry.actor === undefined ? entry.source : `${entry.actor} (${entry.source})`} at ${entry.at}`;
}
