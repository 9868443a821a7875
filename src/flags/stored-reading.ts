import type { RegisteredFlag } from "../registry/registry.js";
import { checkValue } from "../registry/value.js";
import type { Chain } from "../resolvers/chain.js";
import type { Origin } from "../resolvers/resolver.js";
import { isPlainObject } from "../rules/plain-object.js";
import { referenceIssues } from "../rules/references.js";
import { checkRule } from "../rules/schema.js";
import type { StoredFlag } from "../store/flag-store.js";
import type { Entry, Override } from "../store/overrides.js";
import type { Reporter } from "./reporter.js";
import { hasExpired } from "./stored-rows.js";

interface ReadingParts {
  readonly chain: Chain;
  readonly reporter: Reporter;
  readonly clock: () => number;
}

/**
 * Reads what a store holds of a flag. It was written by any version of the application: what this one cannot use is
 * ignored, and warned about once for each flag and revision. Nothing refuses.
 */
export class StoredReading {
  readonly #parts: ReadingParts;
  /** By flag, the revision that was warned about last. */
  readonly #warned = new Map<string, number>();

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /** What a row sets now for a flag. */
  entry(flag: RegisteredFlag, row: StoredFlag | undefined): Entry {
    if (row === undefined) return {};
    return { override: this.#override(flag, row), kill: this.#kill(row) };
  }

  /** A row of a flag that this version does not have. */
  unknown({ flag, revision, override, kill }: StoredFlag): void {
    if (!override && !kill) return;
    this.#warn(flag, revision, `the store has "${flag}", which is no flag of this version; it is kept, and ignored`);
  }

  #override(flag: RegisteredFlag, { revision, override }: StoredFlag): Override | undefined {
    // A store that somebody made may say that nothing is set in its own way.
    if (override === undefined || override === null) return undefined;
    const { name } = flag;
    const ignored = (why: string): undefined =>
      this.#warn(name, revision, `what the store has set for "${name}" is kept, and ignored: ${why}`);
    if (!isOrigin(override.origin)) return ignored("it does not say who set it");
    if (hasExpired(override.origin, this.#parts.clock())) return undefined;
    if ("value" in override) {
      const reading = checkValue(flag, override.value);
      return "problem" in reading ? ignored(reading.problem) : { value: reading.value, origin: override.origin };
    }
    const check = checkRule(override.rule, flag, (input) => checkValue(flag, input));
    if ("issues" in check) return ignored(check.issues.map(({ message }) => message).join("; "));
    // The chain passes over a rule that names what is not there, until a reload brings it.
    const missing = referenceIssues(check.rule, flag, this.#parts.chain.scope);
    if (missing.length > 0) ignored(missing.map(({ message }) => message).join("; "));
    return { rule: check.rule, origin: override.origin };
  }

  /** A kill counts whatever is wrong with what is said of it. */
  #kill({ kill }: StoredFlag): Origin | undefined {
    if (kill === undefined || kill === null) return undefined;
    return isOrigin(kill) ? kill : { source: "store", at: this.#parts.clock() };
  }

  #warn(flag: string, revision: number, message: string): undefined {
    if (this.#warned.get(flag) === revision) return;
    this.#warned.set(flag, revision);
    this.#parts.reporter.warn(`${message} (revision ${revision})`, { flag });
  }
}

function isOrigin(origin: unknown): origin is Origin {
  if (!isPlainObject(origin)) return false;
  const { source, at, expiresAt } = origin;
  return (
    typeof source === "string" && typeof at === "number" && (expiresAt === undefined || typeof expiresAt === "number")
  );
}
