import { ServiceError, type ServiceErrorOptions } from "../service-error.js";

/** Why a message was not sent, or why nobody can say whether it was. Each word has a row in the guide. */
export type MessagingFailure =
  | "token"
  | "permission"
  | "throughput"
  | "pair-rate"
  | "recipient"
  | "window"
  | "not-delivered"
  | "template"
  | "parameter"
  | "account"
  | "server"
  | "timeout"
  | "aborted"
  | "closed"
  | "unreachable"
  | "connection-lost"
  | "invalid-answer";

/** What an error of a call tells beside its message. */
export interface MessagingErrorOptions extends ServiceErrorOptions<MessagingFailure> {
  readonly mayHaveBeenSent: boolean;
  readonly metaCode?: number | undefined;
  readonly metaSubcode?: number | undefined;
  readonly traceId?: string | undefined;
}

/**
 * What a call of the WhatsApp service rejects with. It never holds the token, the secrets, or words of the message.
 *
 * @example
 * try {
 *   await messaging.service.sendText("+15551234567", "Your parcel is here");
 * } catch (error) {
 *   if (error instanceof MessagingError && error.reason === "window") await sendTheTemplateInstead();
 *   else throw error;
 * }
 */
export class MessagingError extends ServiceError<MessagingFailure> {
  /** False where nothing can have been sent, so that sending again cannot send twice; true where nobody can say. */
  readonly mayHaveBeenSent: boolean;
  /** `error.code` of Meta's answer, where it had one. */
  readonly metaCode: number | undefined;
  /** `error.error_subcode` of Meta's answer. */
  readonly metaSubcode: number | undefined;
  /** `error.fbtrace_id` of Meta's answer: what Meta's support asks for. */
  readonly traceId: string | undefined;

  constructor(message: string, options: MessagingErrorOptions) {
    super(message, options);
    this.mayHaveBeenSent = options.mayHaveBeenSent;
    this.metaCode = options.metaCode;
    this.metaSubcode = options.metaSubcode;
    this.traceId = options.traceId;
  }
}
