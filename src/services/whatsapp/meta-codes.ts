import type { MessagingFailure } from "./messaging-error.js";

/**
 * What Meta's codes mean for the sender of a message.
 * Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
 */
const reasons: ReadonlyMap<number, MessagingFailure> = new Map(
  Object.entries({
    token: [0, 190],
    permission: [3, 10, 131005],
    throughput: [4, 80007, 130429],
    "pair-rate": [131056],
    recipient: [131021, 131030, 131062],
    window: [131047],
    "not-delivered": [130472, 131026, 131049, 131050],
    template: [132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069],
    parameter: [33, 100, 131008, 131009, 131051, 131052, 131053, 133010, 135000],
    account: [368, 130497, 131031, 131037, 131042, 131045, 131048],
    server: [1, 2, 131000, 131016, 131057],
  } satisfies Partial<Record<MessagingFailure, readonly number[]>>).flatMap(([reason, codes]) =>
    codes.map((code) => [code, reason as MessagingFailure] as const),
  ),
);

/** The reason that stands behind a code of Meta's; undefined for one that is not known. */
export function reasonOfCode(code: number): MessagingFailure | undefined {
  if (code >= 200 && code <= 299) return "permission";
  return reasons.get(code);
}

/** The reason where only the HTTP status tells. */
export function reasonOfStatus(status: number): MessagingFailure {
  if (status === 401) return "token";
  if (status === 403) return "permission";
  if (status === 429) return "throughput";
  if (status >= 500) return "server";
  return status >= 400 ? "parameter" : "invalid-answer";
}

const meanings: Readonly<Partial<Record<MessagingFailure, string>>> = {
  token: "the access token is missing, wrong or expired; make a new one and set WHATSAPP_TOKEN",
  permission: "the access token may not send from this number; give it whatsapp_business_messaging",
  throughput: "too many messages or calls at this moment; send more slowly, or later",
  "pair-rate": "too many messages to this recipient within a short time; send to this one more slowly",
  recipient: "the recipient is not one that this number may write to",
  window: "the recipient last wrote more than 24 hours ago; send a template instead",
  "not-delivered": "WhatsApp would not deliver to this recipient",
  template: "the template does not exist in this language, is paused, or was filled in wrongly",
  parameter: "a part of the request is wrong; look at the recipient, the phone number ID and the API version",
  account: "the WhatsApp account or number may not send at present; look into WhatsApp Manager",
  server: "an error at Meta's",
};

/** What a reason means, and what to do. */
export function meaningOf(reason: MessagingFailure): string {
  return meanings[reason] ?? "it is not one that WhatsApp's API gives";
}
