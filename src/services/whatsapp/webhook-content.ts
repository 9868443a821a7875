import { type Fields, fieldsOf, numberOf, textOf } from "./json-parts.js";
import type { MessageContent } from "./webhook-event.js";

/** Reads one kind of message; undefined where it has not the shape that Meta describes. */
type Reader = (content: Fields) => MessageContent | undefined;

function media(kind: Extract<MessageContent, { kind: "media" }>["media"]): Reader {
  return (content) => {
    const mediaId = textOf(content.id);
    if (mediaId === undefined) return undefined;
    const [mimeType, caption, filename] = [content.mime_type, content.caption, content.filename].map(textOf);
    return { kind: "media", media: kind, mediaId, mimeType, caption, filename };
  };
}

function choice(name: unknown, title: unknown): MessageContent | undefined {
  const chosen = textOf(name);
  return chosen === undefined ? undefined : { kind: "choice", choice: chosen, title: textOf(title) };
}

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["text", ({ body }) => (typeof body === "string" ? { kind: "text", text: body } : undefined)],
  ["image", media("image")],
  ["audio", media("audio")],
  ["video", media("video")],
  ["document", media("document")],
  ["sticker", media("sticker")],
  // The button of a template, then buttons and lists of other messages.
  ["button", ({ payload, text }) => choice(payload, text)],
  [
    "interactive",
    ({ button_reply, list_reply }) => {
      const { id, title } = fieldsOf(button_reply ?? list_reply);
      return choice(id, title);
    },
  ],
  [
    "reaction",
    ({ message_id, emoji }) => {
      const messageId = textOf(message_id);
      return messageId === undefined ? undefined : { kind: "reaction", messageId, emoji: textOf(emoji) };
    },
  ],
  [
    "location",
    (content) => {
      const [latitude, longitude] = [numberOf(content.latitude), numberOf(content.longitude)];
      return latitude === undefined || longitude === undefined ? undefined : { kind: "location", latitude, longitude };
    },
  ],
]);

/** What a message of a webhook says: `{ type: "text", text: { body } }`, and so on for the other kinds. */
export function contentOf(message: Fields): MessageContent {
  const type = textOf(message.type) ?? "";
  return readers.get(type)?.(fieldsOf(message[type])) ?? { kind: "other", type };
}
