import type { AuditSetting, CheckedRule } from "burgee";

/** A flag's setting in a few words: `true`, `25 %`, `5 % + allow`, `50/25/25`. */
export function describeSetting(value: unknown, rule: CheckedRule | undefined): string {
  if (rule === undefined) return value === undefined ? "it depends" : asText(value);
  const parts = [
    rule.rollout !== undefined && `${rule.rollout} %`,
    "serve" in rule && asText(rule.serve),
    rule.weights !== undefined && describeWeights(rule.weights),
    rule.allow !== undefined && "allow",
    rule.deny !== undefined && "deny",
  ].filter((part) => part !== false);
  return parts.length === 0 ? "by weights" : parts.join(" + ");
}

/** The same for a setting as the audit log writes it. */
export function describeAuditSetting(setting: AuditSetting): string {
  if ("custom" in setting) return setting.custom;
  return "rule" in setting ? describeSetting(undefined, setting.rule) : asText(setting.value);
}

/** `50/25/25`, in the order of the definition. */
export function describeWeights(weights: Readonly<Record<string, number>>): string {
  return Object.values(weights).join("/");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
