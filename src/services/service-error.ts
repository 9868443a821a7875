import { BurgeeError } from "../errors.js";

/** What an error of a service's call tells beside its message. */
export interface ServiceErrorOptions<R extends string> {
  /** Why, as a word of the service's own table. */
  readonly reason: R;
  /** The HTTP status that was answered, where one was. */
  readonly status?: number | undefined;
  /** How long to wait before it is tried again, in milliseconds, where the service said so. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * What a service that is on gives back when a call fails: `code` is `SERVICE_CALL_FAILED`, and `reason` is a word of the
 * service's own table. Each service has a class of its own, made from this one.
 */
export class ServiceError<R extends string = string> extends BurgeeError {
  readonly reason: R;
  /** The HTTP status that was answered, where one was. */
  readonly status: number | undefined;
  /** How long to wait before it is tried again, in milliseconds, where the service said so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { reason, status, retryAfterMs, cause }: ServiceErrorOptions<R>) {
    super("SERVICE_CALL_FAILED", message, { cause });
    this.reason = reason;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
