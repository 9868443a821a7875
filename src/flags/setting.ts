import { isDeepStrictEqual } from "node:util";
import type { AuditSetting } from "../changes/audit.js";
import type { Setting } from "../resolvers/chain-answer.js";

/** A flag's setting with those of the ancestors whose answer depends on the context. */
export interface EffectiveSetting {
  readonly own: Setting;
  readonly ancestors: readonly AncestorSetting[];
}

export interface AncestorSetting {
  readonly flag: string;
  readonly setting: Setting;
}

/** Whether two settings give everybody the same. Functions of custom resolvers are told apart by identity. */
export function sameSetting(a: EffectiveSetting, b: EffectiveSetting): boolean {
  return (
    sameOwn(a.own, b.own) &&
    a.ancestors.length === b.ancestors.length &&
    a.ancestors.every(({ flag, setting }, index) => {
      const other = b.ancestors[index] as AncestorSetting;
      return flag === other.flag && sameOwn(setting, other.setting);
    })
  );
}

/** The same without ancestors. */
export function sameOwn(a: Setting, b: Setting): boolean {
  if (a === b) return true;
  if ("value" in a) return "value" in b && isDeepStrictEqual(a.value, b.value);
  if ("rule" in a) return "rule" in b && isDeepStrictEqual(a, b);
  return (
    "custom" in b &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, index) => part === b.parts[index] || isDeepStrictEqual(part, b.parts[index]))
  );
}

/** A setting with its ancestors as the audit log writes it. */
export function effectiveAuditSetting({ own, ancestors }: EffectiveSetting): AuditSetting {
  if (ancestors.length === 0) return auditSetting(own);
  const settings = ancestors.map(({ flag, setting }) => [flag, auditSetting(setting)] as const);
  return { ...auditSetting(own), ancestors: Object.fromEntries(settings) };
}

/** A setting as the audit log writes it. */
export function auditSetting(setting: Setting): AuditSetting {
  return "custom" in setting ? { custom: setting.custom } : setting;
}
