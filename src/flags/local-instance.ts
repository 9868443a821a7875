import type { AuditEntry, AuditHead, AuditQuery, AuditVerdict } from "../changes/audit.js";
import { checkAuditQuery, checkVerifyOptions } from "./audit-query.js";
import { author } from "./command-author.js";
import type { CommandOptions, OverrideOptions } from "./command-options.js";
import type { Commands } from "./commands.js";
import { FlagsInstance, type InstanceParts } from "./instance.js";

interface LocalParts extends InstanceParts {
  readonly commands: Commands;
}

/** `Flags` as it is at run time; `Flags<T>` gives it its types. */
export class LocalFlags extends FlagsInstance {
  readonly #parts: LocalParts;

  constructor(parts: LocalParts) {
    super(parts);
    this.#parts = parts;
  }

  setFlag(name: string, value: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setValue(name, value, options);
  }

  setRule(name: string, rule: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setRule(name, rule, options);
  }

  setRollout(name: string, percentage: unknown, options: OverrideOptions = {}): boolean {
    return this.#parts.commands.setRule(name, { rollout: percentage }, options);
  }

  resetFlag(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.reset(name, options);
  }

  resetAll(options: CommandOptions = {}): number {
    return this.#parts.commands.resetAll(options);
  }

  kill(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.kill(name, options);
  }

  revive(name: string, options: CommandOptions = {}): boolean {
    return this.#parts.commands.revive(name, options);
  }

  getAuditLog(about?: string | AuditQuery, more: Omit<AuditQuery, "flag"> = {}): readonly AuditEntry[] {
    return this.#parts.engine.parts.audit.entries(checkAuditQuery(this.#parts.engine, about, more));
  }

  auditHead(): AuditHead {
    return this.#parts.engine.parts.audit.head();
  }

  verify(options?: { readonly head?: AuditHead | undefined }): AuditVerdict {
    return this.#parts.engine.parts.audit.verify(checkVerifyOptions(options));
  }

  clearAuditLog(options: CommandOptions = {}): number {
    const { engine, door } = this.#parts;
    door.begin("clear the audit log");
    const by = author(options);
    const cleared = engine.parts.audit.clear();
    engine.write({ action: "clear", affected: [], cleared }, by);
    return cleared;
  }
}
