import { BurgeeError } from "../../errors.js";
import { checkCall } from "../../flags/check-call.js";
import type { FlagsBase } from "../../flags/flags-base.js";
import type { FlagDefinition } from "../../registry/definition.js";
import type { FlagTypeError } from "../../registry/flag-type-error.js";
import type { Schema } from "../../registry/standard-schema.js";
import { gate } from "../gate.js";
import type { FlagForService, Gate, GateTiming } from "../gate-shape.js";
import { groundOf } from "../ground-of.js";
import type { MessagingService } from "./messaging-service.js";
import { NullMessagingService } from "./null-messaging-service.js";
import { settingsOf, type WhatsAppClientOptions } from "./settings.js";
import { slipsIn, type WhatsAppConfig } from "./whatsapp-config.js";
import { WhatsAppMessagingService } from "./whatsapp-service.js";

/** What `messagingFactory` may be told: of the gate, and of the service. */
export interface MessagingFactoryOptions<N extends string = string> extends GateTiming, WhatsAppClientOptions {
  /** The flag's name; `whatsapp_enabled` unless given. */
  readonly flag?: N | undefined;
  /** The gate's name in `flags.services()`; the flag's name unless given. */
  readonly name?: string | undefined;
}

/** Nothing, or the sentence that tells why the registry's flag cannot choose. */
type MessagingGround<T, N extends string> =
  FlagForService<T, N, WhatsAppConfig> extends N
    ? unknown
    : FlagTypeError<
        N extends keyof T
          ? `flag '${N}' is none that whatsappFlag() defines`
          : `there is no flag '${N}' in this registry; define it by whatsappFlag()`
      >;

const known: Readonly<Record<keyof MessagingFactoryOptions, true>> = {
  flag: true,
  name: true,
  start: true,
  drainMs: true,
  startTimeoutMs: true,
  retry: true,
  apiVersion: true,
  baseUrl: true,
  timeoutMs: true,
  backoff: true,
  maxWebhookBytes: true,
  rememberEvents: true,
  clock: true,
};

/** How the implementation sees the flags: what `MessagingGround` has made sure of. */
interface MessagingFlags {
  readonly whatsapp_enabled: FlagDefinition<boolean, "boolean", string, Schema<WhatsAppConfig>>;
}

/**
 * Puts WhatsApp behind its flag: a `WhatsAppMessagingService` by the flag's variables while it is on, a
 * `NullMessagingService` while it is off. Which webhook events were seen is remembered over that.
 *
 * @throws BurgeeError `FLAG_NOT_FOUND`, `TYPE_MISMATCH`, or `INVALID_OPTIONS`, also for a flag that `whatsappFlag` did not make
 * @example
 * const flags = createFlags(defineFlags({ whatsapp_enabled: whatsappFlag() }));
 * const messaging = messagingFactory(flags);
 * const result = await messaging.service.sendText("+15551234567", "Your parcel is here");
 * if (!result.sent) console.log(result.message); // names the flag, and what tells why it is off
 */
export function messagingFactory<T, const N extends string = "whatsapp_enabled">(
  flags: FlagsBase<T> & MessagingGround<T, N>,
  options?: MessagingFactoryOptions<N>,
): Gate<MessagingService>;
export function messagingFactory(
  flags: FlagsBase<MessagingFlags>,
  options: MessagingFactoryOptions<"whatsapp_enabled"> = {},
): Gate<MessagingService> {
  checkCall(options, Object.keys(known), "messagingFactory");
  const { flag = "whatsapp_enabled", name, start, drainMs, startTimeoutMs, retry, ...client } = options;
  // What is wrong with these is told now, and not when somebody turns the flag on.
  settingsOf({ ...client, phoneNumberId: "0", token: "-", verifyToken: "-" }, "messagingFactory");
  checkFlag(flags, flag);
  const memory = {};
  return gate(flags, flag, {
    ...{ name, start, drainMs, startTimeoutMs, retry },
    on: (config): MessagingService =>
      new WhatsAppMessagingService(
        {
          ...client,
          phoneNumberId: config.WHATSAPP_PHONE_NUMBER_ID,
          token: config.WHATSAPP_TOKEN,
          verifyToken: config.WHATSAPP_VERIFY_TOKEN,
          appSecret: config.WHATSAPP_APP_SECRET,
        },
        memory,
      ),
    off: new NullMessagingService({ flag, variable: flags.getFlagMetadata(flag).variable }),
  });
}

/** For those who write JavaScript: what the compiler says of the flag, before somebody turns it on. */
function checkFlag(flags: unknown, name: string): void {
  const ground = groundOf(flags, name, "messagingFactory");
  if (ground.flag.kind !== "boolean") return;
  const { unmet, parsed } = ground.required(true);
  // Where a variable is wrong nothing is known of the rest, and the flag cannot be on.
  if (unmet.length > 0) return;
  const slips = slipsIn(parsed);
  if (slips.length === 0) return;
  const words = `messagingFactory needs a flag that whatsappFlag() defines; what "${name}" requires does not give it: ${slips.map(({ message }) => message).join(", ")}`;
  throw new BurgeeError("INVALID_OPTIONS", words, { flag: name });
}
