import { BurgeeError, messageOf } from "../errors.js";
import type { RegisteredFlag } from "../registry/registry.js";
import type { ComposedChange, FlagStore, StoreHead } from "../store/flag-store.js";
import type { StoreFollower } from "../store/follower.js";
import { author } from "./command-author.js";
import type { CommandOptions } from "./command-options.js";
import type { Composer, Given } from "./composer.js";
import { Conflict } from "./conflict.js";
import type { Doorkeeper } from "./doorkeeper.js";
import type { Engine } from "./engine.js";
import type { Lifting } from "./lifting.js";
import { expiry, type Plan, Plans } from "./plans.js";
import type { Expecting, StoredCommandOptions, StoredOverrideOptions } from "./stored-flags.js";
import type { StoredRows } from "./stored-rows.js";

interface StoredCommandsParts {
  readonly engine: Engine;
  readonly door: Doorkeeper;
  readonly lifting: Lifting;
  readonly rows: StoredRows;
  readonly store: Pick<FlagStore, "audit">;
  readonly composer: Composer;
  readonly follower: Pick<StoreFollower, "submit">;
}

/** A flag and the revision that it is expected to have. */
type Expected = Expecting & { readonly flag: RegisteredFlag };

/** One command on its way to the store. */
interface Submission {
  /** For the error where the flags were closed meanwhile. */
  readonly what: string;
  /** What it would do as things stand; asked when nobody else can commit. */
  readonly plan: () => Plan | undefined;
  readonly given?: Given;
  readonly expecting?: Expected;
  /** Told of what was composed. */
  readonly composed?: (change: ComposedChange) => void;
}

/**
 * Everything that changes flags at run time, where a store keeps them. Each command is checked against the state that it
 * will follow, under the store's lock, and settles when it is committed there and in force here. A refusal rejects.
 */
export class StoredCommands {
  readonly plans: Plans;
  readonly #parts: StoredCommandsParts;

  constructor(parts: StoredCommandsParts) {
    this.#parts = parts;
    this.plans = new Plans(parts.engine, parts.rows.standing());
  }

  async setValue(name: string, value: unknown, options: StoredOverrideOptions): Promise<boolean> {
    this.#parts.door.begin("set");
    const flag = this.#parts.engine.flag(name);
    this.plans.readValue(flag, value);
    const given = { value: asJson(value, "INVALID_VALUE", flag) };
    const { rest, expecting } = this.#expectUntil(flag, options);
    return this.#isDone({ what: "set", given, expecting, plan: () => this.plans.setValue(name, given.value, rest) });
  }

  async setRule(name: string, rule: unknown, options: StoredOverrideOptions): Promise<boolean> {
    this.#parts.door.begin("set");
    const flag = this.#parts.engine.flag(name);
    this.plans.readRule(flag, rule);
    const given = { rule: asJson(rule, "INVALID_RULE", flag) };
    const { rest, expecting } = this.#expectUntil(flag, options);
    return this.#isDone({ what: "set", given, expecting, plan: () => this.plans.setRule(name, given.rule, rest) });
  }

  async reset(name: string, options: StoredCommandOptions): Promise<boolean> {
    this.#parts.door.begin("reset");
    const { rest, expecting } = this.expect(this.#parts.engine.flag(name), options);
    return this.#isDone({ what: "reset", expecting, plan: () => this.plans.reset(name, rest) });
  }

  async resetAll(options: CommandOptions): Promise<number> {
    this.#parts.door.begin("reset");
    const by = author(options);
    return this.submit({ what: "reset", plan: () => this.plans.resetAll(by) });
  }

  async kill(name: string, options: StoredCommandOptions): Promise<boolean> {
    const { rest, expecting } = this.expect(this.#parts.engine.flag(name), options);
    return this.#isDone({ what: "kill", expecting, plan: () => this.plans.kill(name, rest) });
  }

  async revive(name: string, options: StoredCommandOptions): Promise<boolean> {
    const { rest, expecting } = this.expect(this.#parts.engine.flag(name), options);
    return this.#isDone({ what: "revive", expecting, plan: () => this.plans.revive(name, rest) });
  }

  /** Has a command committed. Gives how many flags it was about; 0 where it changes nothing. */
  async submit(submission: Submission): Promise<number> {
    let touched = 0;
    try {
      const outcome = await this.#parts.follower.submit((head) => {
        const change = this.#compose(submission, head);
        touched = change?.flags.length ?? 0;
        if (change !== undefined) submission.composed?.(change);
        return change;
      });
      return outcome === "committed" ? touched : 0;
    } catch (error) {
      throw error instanceof Conflict ? await error.explained(this.#parts.store) : error;
    }
  }

  /** Reads a command's options: what it expects of the store apart from the rest, which is copied. */
  expect<O extends StoredCommandOptions>(
    flag: RegisteredFlag,
    options: O,
    more: readonly string[] = [],
  ): { readonly rest: Omit<O, "expectedRevision">; readonly expecting: Expected } {
    author(options, [...more, "expectedRevision"]);
    const { expectedRevision, ...rest } = options;
    if (expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)) {
      const what = "must be a whole number, as `flags.revision(name)` gives it";
      throw new BurgeeError("INVALID_OPTIONS", `\`expectedRevision\` ${what}`);
    }
    return { rest, expecting: { flag, expectedRevision } };
  }

  /** The same of a command whose effect may end by itself: when it does is read now, as it counts from the call. */
  #expectUntil(flag: RegisteredFlag, options: StoredOverrideOptions) {
    const { rest, expecting } = this.expect(flag, options, ["expiresAt", "ttlMs"]);
    const { expiresAt, ttlMs, ...by } = rest;
    return { rest: { ...by, ...expiry({ expiresAt, ttlMs }, this.#parts.engine.parts.clock()) }, expecting };
  }

  async #isDone(submission: Submission): Promise<boolean> {
    return (await this.submit(submission)) > 0;
  }

  #compose({ what, plan, given, expecting }: Submission, head: StoreHead): ComposedChange | undefined {
    const { engine, door, lifting, composer } = this.#parts;
    // Closed meanwhile, it must not be committed; and what is due by the clock comes first, told of when this is over.
    engine.tellingLater(() => {
      door.begin(what);
      lifting.catchUpWhole();
    });
    if (expecting !== undefined) this.#assertExpected(expecting);
    const planned = plan();
    return planned && composer.compose(planned, given, head);
  }

  /** @throws BurgeeError `STORE_CONFLICT` */
  #assertExpected({ flag: { name }, expectedRevision }: Expected): void {
    const revision = this.#parts.rows.revision(name);
    if (expectedRevision === undefined || expectedRevision === revision) return;
    throw new Conflict(name, revision, expectedRevision);
  }
}

/**
 * What the store will give to every instance.
 *
 * @throws BurgeeError of this code, where JSON cannot hold it
 */
function asJson(given: unknown, code: "INVALID_VALUE" | "INVALID_RULE", { name }: RegisteredFlag): unknown {
  try {
    return JSON.parse(JSON.stringify(given));
  } catch (cause) {
    const message = `flag "${name}" cannot be set: a store keeps JSON, and this cannot be written as such: ${messageOf(cause)}`;
    throw new BurgeeError(code, message, { flag: name, cause });
  }
}
