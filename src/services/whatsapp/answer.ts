import { type Fields, fieldsOf, listOf, numberOf, textOf } from "./json-parts.js";
import { MessagingError, type MessagingFailure } from "./messaging-error.js";
import type { Sent } from "./messaging-service.js";
import { meaningOf, reasonOfCode, reasonOfStatus } from "./meta-codes.js";
import { toldOf } from "./quotes.js";
import type { Answer } from "./transport.js";

/**
 * Reads what Meta answered to a message:
 * `{ messaging_product, contacts: [{ input, wa_id }], messages: [{ id, message_status? }] }`, or
 * `{ error: { message, type, code, error_subcode?, error_data?: { details }, fbtrace_id? } }`.
 *
 * @param secrets what no error may quote
 */
export function readAnswer(answer: Answer, secrets: readonly string[]): Sent | MessagingError {
  const body = parsed(answer.text);
  if (answer.status < 200 || answer.status > 299) return refusalOf(answer, body, secrets);
  const message = fieldsOf(listOf(body.messages)[0]);
  const messageId = textOf(message.id);
  if (messageId === undefined) {
    const words = "WhatsApp's answer names no message; it may have been sent, so it was not sent again";
    return new MessagingError(words, { reason: "invalid-answer", status: answer.status, mayHaveBeenSent: true });
  }
  const recipient = textOf(fieldsOf(listOf(body.contacts)[0]).wa_id);
  return { sent: true, messageId, recipient, status: textOf(message.message_status) };
}

function refusalOf({ status, retryAfterMs }: Answer, body: Fields, secrets: readonly string[]): MessagingError {
  const error = fieldsOf(body.error);
  const metaCode = numberOf(error.code);
  const reason = (metaCode === undefined ? undefined : reasonOfCode(metaCode)) ?? reasonOfStatus(status);
  const told = (value: unknown) => {
    const words = textOf(value);
    return words === undefined ? undefined : toldOf(words, secrets);
  };
  const traceId = told(error.fbtrace_id);
  const mayHaveBeenSent = !isRefused(status, reason);
  const facts = [`status ${status}`];
  if (metaCode !== undefined) facts.push(`code ${metaCode}`);
  if (traceId !== undefined) facts.push(`trace ${traceId}`);
  const words = [told(error.message), told(fieldsOf(error.error_data).details)].filter(Boolean).join(": ");
  const quoted = words === "" ? "" : ` Meta says: ${JSON.stringify(words)}`;
  const head = mayHaveBeenSent
    ? "WhatsApp may have sent the message, so it was not sent again"
    : "WhatsApp refused the message";
  return new MessagingError(`${head} (${facts.join(", ")}): ${meaningOf(reason)}.${quoted}`, {
    reason,
    status,
    retryAfterMs,
    metaCode,
    metaSubcode: numberOf(error.error_subcode),
    traceId,
    mayHaveBeenSent,
  });
}

/** A server's error says nothing of how far it got, and neither does a redirect, or 408. */
function isRefused(status: number, reason: MessagingFailure): boolean {
  return status >= 400 && status <= 499 && status !== 408 && reason !== "server";
}

function parsed(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return fieldsOf(undefined);
  }
}
