import type { MessagingFailure } from "./messaging-error.js";

/** What a user sent. `other` is any kind that has no shape here; its data is in the event's `raw`. */
export type MessageContent =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "media";
      readonly media: "image" | "audio" | "video" | "document" | "sticker";
      /** To fetch it from Meta's media endpoint. */
      readonly mediaId: string;
      readonly mimeType: string | undefined;
      readonly caption: string | undefined;
      readonly filename: string | undefined;
    }
  /** A button or a row of a list was chosen; `choice` is what the sender of the buttons named it. */
  | { readonly kind: "choice"; readonly choice: string; readonly title: string | undefined }
  /** `emoji` is undefined where a reaction was taken back. */
  | { readonly kind: "reaction"; readonly messageId: string; readonly emoji: string | undefined }
  | { readonly kind: "location"; readonly latitude: number; readonly longitude: number }
  | { readonly kind: "other"; readonly type: string };

/** One error that Meta tells in a webhook. */
export interface WebhookProblem {
  readonly metaCode: number;
  /** The same words as a `MessagingError` has; undefined for a code that burgee does not know. */
  readonly reason: MessagingFailure | undefined;
  readonly title: string | undefined;
  readonly details: string | undefined;
}

/** What every event has. */
interface EventFacts {
  /** The number that it is about: an app may get the webhooks of several. Undefined where Meta gave none. */
  readonly phoneNumberId: string | undefined;
  /** What Meta sent of this one event, as it came. */
  readonly raw: unknown;
}

/** A user wrote to the number. */
export interface MessageEvent extends EventFacts {
  readonly type: "message";
  /** `wamid.…` */
  readonly id: string;
  /** A phone number without a plus sign, or a business-scoped user ID where Meta gives no number. `sendText` takes both. */
  readonly from: string;
  /** The name in the user's profile. */
  readonly name: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The message that it answers. */
  readonly replyTo: string | undefined;
  readonly content: MessageContent;
  /** This process was given it before. Meta sends again what was not answered with 200. */
  readonly duplicate: boolean;
}

/** What became of a message that was sent. */
export interface StatusEvent extends EventFacts {
  readonly type: "status";
  /** The `messageId` that sending gave. */
  readonly id: string;
  readonly recipient: string | undefined;
  /** `sent`, `delivered`, `read`, `failed`, or a word that Meta adds one day. */
  readonly status: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What was given as `callbackData` when it was sent. */
  readonly callbackData: string | undefined;
  /** Why it failed. */
  readonly problems: readonly WebhookProblem[];
  /** This process was given it before. */
  readonly duplicate: boolean;
}

/** Meta tells an error that belongs to no message. */
export interface ProblemEvent extends EventFacts {
  readonly type: "problem";
  readonly problem: WebhookProblem;
}

/** Anything else: another field of the subscription (`account_update`, say), or a shape that is not known. */
export interface OtherEvent extends EventFacts {
  readonly type: "other";
  /** The subscription's field: `messages`, `account_update`. */
  readonly field: string | undefined;
}

/** One thing that a webhook tells. */
export type WebhookEvent = MessageEvent | StatusEvent | ProblemEvent | OtherEvent;
