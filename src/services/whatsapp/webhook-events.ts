import { type Fields, fieldsOf, listOf, numberOf, textOf } from "./json-parts.js";
import { reasonOfCode } from "./meta-codes.js";
import { contentOf } from "./webhook-content.js";
import type { MessageEvent, StatusEvent, WebhookEvent, WebhookProblem } from "./webhook-event.js";

/** Whether this process was given the event of that name before. */
export type IsKnown = (...name: readonly string[]) => boolean;

/** The members that are read, or that say nothing beside: in any form, or as a list. */
type Parts = Readonly<Record<string, "any" | "list">>;

const partsOfEntry: Parts = { id: "any", time: "any", changes: "list" };
const partsOfMessages: Parts = {
  messaging_product: "any",
  metadata: "any",
  contacts: "any",
  messages: "list",
  statuses: "list",
  errors: "list",
};

/**
 * The events of a webhook's body: `{ object, entry: [{ id, time, changes: [{ field, value }] }] }`. What has another shape
 * than Meta describes is passed on as it is, and nothing is left out.
 */
export function eventsOf(body: Fields, isKnown: IsKnown): readonly WebhookEvent[] {
  return listOf(body.entry).flatMap((entry) => entryEvents(entry, isKnown));
}

function entryEvents(raw: unknown, isKnown: IsKnown): readonly WebhookEvent[] {
  const entry = fieldsOf(raw);
  const other = (raw: unknown): WebhookEvent => ({ type: "other", field: undefined, phoneNumberId: undefined, raw });
  const events = listOf(entry.changes).flatMap((change) => changeEvents(change, isKnown));
  return events.length > 0 ? [...events, ...othersOf(entry, partsOfEntry, other)] : [other(raw)];
}

function changeEvents(raw: unknown, isKnown: IsKnown): readonly WebhookEvent[] {
  const change = fieldsOf(raw);
  const field = textOf(change.field);
  const value = fieldsOf(change.value);
  const phoneNumberId = textOf(fieldsOf(value.metadata).phone_number_id);
  const other = (raw: unknown): WebhookEvent => ({ type: "other", field, phoneNumberId, raw });
  const whole = other("value" in change ? change.value : raw);
  if (field !== "messages") return [whole];
  const events: WebhookEvent[] = [
    ...listOf(value.messages).map((raw) => messageOf(raw, value, phoneNumberId, isKnown) ?? other(raw)),
    ...listOf(value.statuses).map((raw) => statusOf(raw, phoneNumberId, isKnown) ?? other(raw)),
    ...listOf(value.errors).map((raw): WebhookEvent => {
      const problem = problemOf(raw);
      return problem === undefined ? other(raw) : { type: "problem", phoneNumberId, raw, problem };
    }),
  ];
  return events.length > 0 ? [...events, ...othersOf(value, partsOfMessages, other)] : [whole];
}

/** What Meta adds one day beside what is read here, each with its name. */
function othersOf(fields: Fields, parts: Parts, other: (raw: unknown) => WebhookEvent): readonly WebhookEvent[] {
  const isRead = (name: string, part: unknown) =>
    parts[name] === "any" || (parts[name] === "list" && Array.isArray(part));
  const strangers = Object.entries(fields).filter(([name, part]) => !isRead(name, part));
  return strangers.map(([name, part]) => other({ [name]: part }));
}

function messageOf(
  raw: unknown,
  value: Fields,
  phoneNumberId: string | undefined,
  isKnown: IsKnown,
): MessageEvent | undefined {
  const message = fieldsOf(raw);
  const id = textOf(message.id);
  const from = textOf(message.from) ?? textOf(message.from_user_id);
  const at = instantOf(message.timestamp);
  if (id === undefined || from === undefined || at === undefined) return undefined;
  const replyTo = textOf(fieldsOf(message.context).id);
  const name = nameOf(from, value);
  const content = contentOf(message);
  return {
    type: "message",
    id,
    from,
    name,
    at,
    replyTo,
    content,
    duplicate: isKnown("message", id),
    phoneNumberId,
    raw,
  };
}

function statusOf(raw: unknown, phoneNumberId: string | undefined, isKnown: IsKnown): StatusEvent | undefined {
  const fields = fieldsOf(raw);
  const id = textOf(fields.id);
  const status = textOf(fields.status);
  const at = instantOf(fields.timestamp);
  if (id === undefined || status === undefined || at === undefined) return undefined;
  const recipient = textOf(fields.recipient_id) ?? textOf(fields.recipient_user_id);
  return {
    type: "status",
    id,
    recipient,
    status,
    at,
    callbackData: textOf(fields.biz_opaque_callback_data),
    problems: listOf(fields.errors).flatMap((error) => problemOf(error) ?? []),
    // In a group, each member reads one message.
    duplicate: isKnown("status", id, status, recipient ?? "", textOf(fields.recipient_participant_id) ?? ""),
    phoneNumberId,
    raw,
  };
}

function problemOf(raw: unknown): WebhookProblem | undefined {
  const fields = fieldsOf(raw);
  const metaCode = numberOf(fields.code);
  if (metaCode === undefined) return undefined;
  const details = textOf(fieldsOf(fields.error_data).details);
  return { metaCode, reason: reasonOfCode(metaCode), title: textOf(fields.title), details };
}

function nameOf(from: string, value: Fields): string | undefined {
  const contacts = listOf(value.contacts).map(fieldsOf);
  const contact = contacts.find(({ wa_id, user_id }) => wa_id === from || user_id === from);
  return textOf(fieldsOf(contact?.profile).name);
}

/** Meta gives seconds since 1970, as a text. */
function instantOf(timestamp: unknown): number | undefined {
  const seconds = textOf(timestamp);
  return seconds !== undefined && /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
