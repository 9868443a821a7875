import type { AuditEntry, AuditHead, AuditLog, AuditQuery, AuditVerdict } from "../changes/audit.js";
import { exportAudit, verifyShared } from "../store/audit-reading.js";
import type { FlagStore, FlagUsage, FlagUsageQuery } from "../store/flag-store.js";
import { checkAuditQuery, checkSharedQuery, checkVerifyOptions } from "./audit-query.js";
import { checkCall } from "./check-call.js";
import type { CommandOptions } from "./command-options.js";
import type { Emergency } from "./emergency.js";
import { FlagsInstance, type InstanceParts } from "./instance.js";
import type { StoredCommands } from "./stored-commands.js";
import type { StoredCommandOptions, StoredKillOptions, StoredOverrideOptions } from "./stored-flags.js";
import type { StoredRows } from "./stored-rows.js";

interface StoredParts extends InstanceParts {
  readonly store: FlagStore;
  readonly rows: StoredRows;
  readonly commands: StoredCommands;
  readonly emergency: Emergency;
}

/** `StoredFlags` as it is at run time; `StoredFlags<T>` gives it its types. */
export class StoredInstance extends FlagsInstance {
  readonly localAudit: Pick<AuditLog, "entries" | "head" | "verify">;
  readonly #parts: StoredParts;

  constructor(parts: StoredParts) {
    super(parts);
    this.#parts = parts;
    const { engine } = parts;
    const { audit } = engine.parts;
    this.localAudit = Object.freeze({
      entries: (query?: AuditQuery) => audit.entries(checkAuditQuery(engine, query)),
      head: () => audit.head(),
      verify: (options?: { readonly head?: AuditHead | undefined }) => audit.verify(checkVerifyOptions(options)),
    });
  }

  setFlag(name: string, value: unknown, options: StoredOverrideOptions = {}): Promise<boolean> {
    return this.#parts.commands.setValue(name, value, options);
  }

  setRule(name: string, rule: unknown, options: StoredOverrideOptions = {}): Promise<boolean> {
    return this.#parts.commands.setRule(name, rule, options);
  }

  setRollout(name: string, percentage: unknown, options: StoredOverrideOptions = {}): Promise<boolean> {
    return this.#parts.commands.setRule(name, { rollout: percentage }, options);
  }

  resetFlag(name: string, options: StoredCommandOptions = {}): Promise<boolean> {
    return this.#parts.commands.reset(name, options);
  }

  resetAll(options: CommandOptions = {}): Promise<number> {
    return this.#parts.commands.resetAll(options);
  }

  kill(name: string, options: StoredKillOptions = {}): Promise<boolean> {
    return this.#parts.emergency.kill(name, options);
  }

  revive(name: string, options: StoredCommandOptions = {}): Promise<boolean> {
    return this.#parts.emergency.revive(name, options);
  }

  /** @throws BurgeeError `FLAG_NOT_FOUND` */
  revision(name: string): number {
    return this.#parts.rows.revision(this.#parts.engine.flag(name).name);
  }

  async getAuditLog(about?: string | AuditQuery, more: Omit<AuditQuery, "flag"> = {}): Promise<readonly AuditEntry[]> {
    return this.#parts.store.audit(checkSharedQuery(about, more));
  }

  async auditHead(): Promise<AuditHead> {
    const { revision, hash } = await this.#parts.store.head();
    return Object.freeze({ sequence: revision, hash });
  }

  async verify(options: { readonly head?: AuditHead | undefined } = {}): Promise<AuditVerdict> {
    return verifyShared(this.#parts.store, checkVerifyOptions(options));
  }

  async *exportAudit(query: AuditQuery = {}): AsyncGenerator<AuditEntry, void> {
    yield* exportAudit(this.#parts.store, checkSharedQuery(query));
  }

  async usage(query: FlagUsageQuery = {}): Promise<readonly FlagUsage[]> {
    checkCall(query, ["flag", "since", "until", "limit"], "a usage query");
    return this.#parts.store.usage(query);
  }
}
