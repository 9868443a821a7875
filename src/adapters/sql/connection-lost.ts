import { messageOf } from "../../errors.js";
import { codeOf } from "./store-error.js";

/** SQLSTATEs, or their beginnings, that say that a server cannot be used now, though it may soon. */
const unavailable = [
  "08", // the connection
  "57P", // it stops, starts or was told to end the connection
  "53300", // too many connections
  "57014", // a statement took longer than its limit
  "55P03", // a lock took longer than its limit
  "25P03", // a transaction was idle for longer than its limit
  "25P04", // a transaction took longer than its limit
  "25006", // it is a standby, or read-only for another reason
];

/** The way to the database broke, or its answer did not come in time. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  /** The system's code: `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** Whether an error says that the database cannot be reached, in contrast to one that refuses. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return isAnswer(error) && unavailable.some((start) => codeOf(error)?.startsWith(start));
}

/** Whether a server sent the error. Only those have a severity. */
function isAnswer(error: unknown): boolean {
  return typeof error === "object" && error !== null && "severity" in error && codeOf(error) !== undefined;
}

/**
 * What a client threw: a server's answer as it is, and all else as a lost connection. A client's own errors are not kept, because
 * they may hold the connection string.
 */
export function clientError(error: unknown): unknown {
  if (error instanceof ConnectionLost || isAnswer(error)) return error;
  return new ConnectionLost(messageOf(error), codeOf(error));
}

/**
 * What a promise gives, if it does so within a time.
 *
 * @throws ConnectionLost after the time
 */
export async function within<R>(promise: Promise<R>, timeoutMs: number, what: string): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ConnectionLost(`${what} within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
