import type { Schema, SchemaIssue } from "../../registry/standard-schema.js";
import { fieldsOf, textOf } from "./json-parts.js";

/** What the flag requires of the environment. */
export interface WhatsAppConfig {
  readonly WHATSAPP_PHONE_NUMBER_ID: string;
  readonly WHATSAPP_TOKEN: string;
  readonly WHATSAPP_VERIFY_TOKEN: string;
  /** Needed for webhooks only. */
  readonly WHATSAPP_APP_SECRET?: string | undefined;
}

/** An ID of Meta's, in digits. */
export const ID = /^\d{1,32}$/;
/** Anything else would be no HTTP header. */
export const TOKEN = /^[\x21-\x7e]+$/;

type Check = (text: string | undefined) => string | undefined;

/** What is wrong with each variable, as the word in the guide's table; undefined where nothing is. */
const checks: Readonly<Record<keyof WhatsAppConfig, Check>> = {
  WHATSAPP_PHONE_NUMBER_ID: (text = "") => {
    if (text === "") return "missing";
    if (!/^\d+$/.test(text)) return "not_digits";
    return ID.test(text) ? undefined : "too_long";
  },
  WHATSAPP_TOKEN: (text = "") => {
    if (text === "") return "missing";
    if (/^bearer\s/i.test(text)) return "begins_with_bearer";
    if (/\s/.test(text)) return "has_spaces";
    return TOKEN.test(text) ? undefined : "not_ascii";
  },
  WHATSAPP_VERIFY_TOKEN: (text) => (text === undefined ? "missing" : undefined),
  WHATSAPP_APP_SECRET: () => undefined,
};

/** The schema of what the flag requires. Made by hand, because the codes of a library's say less of what is wrong. */
export function whatsappSchema(): Schema<WhatsAppConfig> {
  const validate = (variables: unknown) => {
    const fields = fieldsOf(variables);
    const config: unknown = Object.fromEntries(Object.keys(checks).map((name) => [name, textOf(fields[name])]));
    return isConfig(config) ? { value: config } : { issues: slipsIn(config) };
  };
  return { "~standard": { version: 1, vendor: "burgee", validate } };
}

/** What keeps these from being the flag's variables. Quotes no value. */
export function slipsIn(config: unknown): readonly SchemaIssue[] {
  const fields = fieldsOf(config);
  return Object.entries(checks).flatMap(([name, check]) => {
    const code = check(textOf(fields[name]));
    return code === undefined ? [] : [{ message: `${name} (${code})`, path: [name], code }];
  });
}

function isConfig(config: unknown): config is WhatsAppConfig {
  return slipsIn(config).length === 0;
}
