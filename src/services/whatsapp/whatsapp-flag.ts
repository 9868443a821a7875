import type { BooleanOptions, FlagDefinition } from "../../registry/definition.js";
import { flag } from "../../registry/flag.js";
import type { Schema } from "../../registry/standard-schema.js";
import { type WhatsAppConfig, whatsappSchema } from "./whatsapp-config.js";

/** What a definition of the flag may say otherwise. */
export type WhatsAppFlagOptions<D extends string = never> = Omit<
  BooleanOptions<D, undefined>,
  "default" | "requires"
> & {
  readonly default?: boolean | undefined;
};

/**
 * The definition of the flag `whatsapp_enabled`: off unless told otherwise, set by FEATURE_WHATSAPP_ENABLED. It cannot be
 * on without WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_TOKEN and WHATSAPP_VERIFY_TOKEN.
 *
 * @example
 * const registry = defineFlags({ whatsapp_enabled: whatsappFlag({ status: "frozen" }) });
 */
export function whatsappFlag<const D extends string = never>(
  options: WhatsAppFlagOptions<D> = {},
): FlagDefinition<boolean, "boolean", D, Schema<WhatsAppConfig>> {
  return flag.boolean({
    description: "Talks to users over WhatsApp",
    env: "FEATURE_WHATSAPP_ENABLED",
    ...options,
    default: options.default ?? false,
    requires: whatsappSchema(),
  });
}
