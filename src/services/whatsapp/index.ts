export { MessagingError, type MessagingErrorOptions, type MessagingFailure } from "./messaging-error.js";
export { type MessagingFactoryOptions, messagingFactory } from "./messaging-factory.js";
export type {
  Disabled,
  MessagingService,
  SendOptions,
  SendResult,
  Sent,
  Template,
  TemplateComponent,
  TextOptions,
  WebhookQuery,
  WebhookRefusal,
  WebhookRequest,
  WebhookResult,
  WebhookVerification,
} from "./messaging-service.js";
export { type NullMessagingOptions, NullMessagingService } from "./null-messaging-service.js";
export type { BackoffOptions, WhatsAppClientOptions, WhatsAppOptions } from "./settings.js";
export type {
  MessageContent,
  MessageEvent,
  OtherEvent,
  ProblemEvent,
  StatusEvent,
  WebhookEvent,
  WebhookProblem,
} from "./webhook-event.js";
export type { WebhookMemory } from "./webhook-receiver.js";
export type { WhatsAppConfig } from "./whatsapp-config.js";
export { type WhatsAppFlagOptions, whatsappFlag } from "./whatsapp-flag.js";
export { WhatsAppMessagingService } from "./whatsapp-service.js";
