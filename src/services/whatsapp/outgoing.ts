import { didYouMean } from "../../rules/nearest.js";
import { isPlainObject } from "../../rules/plain-object.js";
import { MessagingError, type MessagingFailure } from "./messaging-error.js";
import type { SendOptions, TextOptions } from "./messaging-service.js";
import { isCount } from "./settings.js";

/** One message, ready to be sent. */
export interface Outgoing {
  /** JSON. */
  readonly body: string;
  /** Its words, which no error may quote. */
  readonly words: readonly string[];
}

/** Meta's limit, in characters. */
const LONGEST_TEXT = 4096;
const LONGEST_CALLBACK_DATA = 512;
/** Spaces, brackets, dots and dashes as people write them; Meta takes them. */
const phoneNumber = /^\+?[\d\s().-]+$/;
/** A country and an ID: what Meta gives where a user shows no number. */
const userId = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;
const ofAnyMessage: Readonly<Record<keyof SendOptions, true>> = {
  replyTo: true,
  callbackData: true,
  timeoutMs: true,
  signal: true,
};
const ofText: Readonly<Record<keyof TextOptions, true>> = { ...ofAnyMessage, previewUrl: true };
/** Members of a component that say what it is, and hold nothing of the user's. */
const structural = new Set(["type", "sub_type", "index"]);

/** A text as Meta's API takes it. */
export function textMessage(to: string, text: string, options: TextOptions): Outgoing {
  if (typeof text !== "string" || text === "") throw unusable("parameter", "the text must be a text, and not empty");
  if ([...text].length > LONGEST_TEXT)
    throw unusable("parameter", `the text is longer than ${LONGEST_TEXT} characters; send it in parts`);
  checkNames(options, Object.keys(ofText));
  const { previewUrl } = options;
  const content = { body: text, ...(previewUrl === undefined ? {} : { preview_url: previewUrl === true }) };
  return outgoing(to, options, { type: "text", text: content }, [text]);
}

/**
 * A template as Meta's API takes it.
 *
 * @param json the template; undefined for one that JSON cannot hold
 */
export function templateMessage(to: string, json: string | undefined, options: SendOptions): Outgoing {
  const template: unknown = json === undefined ? undefined : JSON.parse(json);
  if (!isPlainObject(template))
    throw unusable("template", "a template is an object that JSON can hold: { name, language, components? }");
  const { name, language, components } = template;
  if (!isFilled(name) || !isFilled(language))
    throw unusable("template", "a template needs its `name` and its `language` (en_US, say), each a text");
  if (components !== undefined && !(Array.isArray(components) && components.every(isComponent)))
    throw unusable("template", 'the components of a template must be a list of { type: "body" | …, parameters }');
  checkNames(options, Object.keys(ofAnyMessage));
  const content = { name, language: { code: language }, ...(components === undefined ? {} : { components }) };
  return outgoing(to, options, { type: "template", template: content }, textsIn(components));
}

function outgoing(to: string, options: SendOptions, content: object, words: readonly string[]): Outgoing {
  const { replyTo, callbackData, timeoutMs, signal } = options;
  if (replyTo !== undefined && !isFilled(replyTo)) throw unusable("parameter", "`replyTo` must be a message's ID");
  if (callbackData !== undefined && !(isFilled(callbackData) && callbackData.length <= LONGEST_CALLBACK_DATA))
    throw unusable("parameter", `\`callbackData\` must be a text of 1 to ${LONGEST_CALLBACK_DATA} characters`);
  if (timeoutMs !== undefined && !isCount(timeoutMs, 1))
    throw unusable("parameter", "`timeoutMs` must be a number of milliseconds above 0");
  if (signal !== undefined && !isSignal(signal))
    throw unusable("parameter", "`signal` must be an AbortSignal, such as `controller.signal`");
  const message = {
    messaging_product: "whatsapp",
    recipient_type: "individual",
    ...recipientOf(to),
    ...content,
    ...(replyTo === undefined ? {} : { context: { message_id: replyTo } }),
    ...(callbackData === undefined ? {} : { biz_opaque_callback_data: callbackData }),
  };
  // Meta names a recipient without the plus sign, spaces and brackets.
  const recipient = userId.test(to) ? to : to.replace(/\D/g, "");
  const quiet = [...words, to, recipient, ...(callbackData === undefined ? [] : [callbackData])];
  return { body: JSON.stringify(message), words: quiet };
}

function recipientOf(to: unknown): { readonly to: string } | { readonly recipient: string } {
  if (typeof to === "string") {
    if (userId.test(to)) return { recipient: to };
    const digits = to.replace(/\D/g, "");
    // No country's code begins with 0: it is what is dialled within a country, or ahead of a country's code.
    if (digits.startsWith("0"))
      throw unusable("recipient", "the recipient begins with 0; begin with the country code, such as +15551234567");
    if (phoneNumber.test(to) && digits.length >= 5 && digits.length <= 20) return { to: to.trim() };
  }
  throw unusable("recipient", "the recipient must be a phone number with its country code, such as +15551234567");
}

/** The texts that were filled in, however deep. */
function textsIn(components: unknown): readonly string[] {
  const parts = [components];
  for (const part of parts) {
    if (typeof part !== "object" || part === null) continue;
    for (const [name, member] of Object.entries(part)) if (!structural.has(name)) parts.push(member);
  }
  return parts.filter((part) => typeof part === "string");
}

function checkNames(options: object, known: readonly string[]): void {
  const stranger = Object.keys(options).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const hint = didYouMean(stranger, known) || `; there are ${known.join(", ")}`;
  throw unusable("parameter", `there is no option \`${stranger}\` of this message${hint}`);
}

/** By its members: it may come from another realm. */
function isSignal(value: object | null): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "aborted" in value &&
    typeof value.aborted === "boolean" &&
    "addEventListener" in value &&
    typeof value.addEventListener === "function" &&
    "removeEventListener" in value &&
    typeof value.removeEventListener === "function"
  );
}

function isFilled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isComponent(value: unknown): boolean {
  return isPlainObject(value) && isFilled(value.type);
}

/** A call that cannot be meant; nothing leaves the process. */
function unusable(reason: MessagingFailure, message: string): MessagingError {
  return new MessagingError(`nothing was sent: ${message}`, { reason, mayHaveBeenSent: false });
}
