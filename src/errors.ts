/**
 * Every error code that burgee can give, with its meaning. Codes are stable: a program may compare them, and a
 * new version never gives an old code a new meaning.
 */
export const errorCodes = {
  INVALID_DEFINITION: "A flag definition or registry contradicts itself.",
  INVALID_OPTIONS:
    "An option given to createFlags, to one of its methods or to another function of burgee is not usable.",
  PACKAGE_MISSING: "A package or file that burgee loads when it is first needed is not there.",
  INVALID_CONFIGURATION: "The environment, a dotenv file or the profile holds something that cannot be used.",
  FLAG_NOT_FOUND: "No flag of that name is in the registry.",
  FLAG_DISABLED: "requireEnabled was asked about a flag that is off.",
  FLAG_PINNED: "A source ahead of the overrides always answers for this flag, so an override could have no effect.",
  TYPE_MISMATCH: "The flag is of another kind than the method asks for.",
  INVALID_VALUE: "The value is not one that the flag can have.",
  INVALID_RULE: "The rule has an unknown key, a wrong value, or parts that do not go together.",
  DEPENDENCY_UNMET: "The flag cannot be turned on while a flag it depends on is off for everybody.",
  REQUIREMENT_UNMET: "The flag's setting needs variables that are missing or malformed.",
  READ_ONLY: "These flags were created with readOnly: true.",
  NO_OVERRIDES: 'The chain has no "overrides" step, so nothing can be set at run time.',
  CLOSED: "close() was called; the last state goes on answering, but nothing can be changed.",
  RESOLVER_FAILED: "A resolver threw, or gave a value that the flag cannot have; the walk went on without it.",
  LISTENER_FAILED: "A listener threw or rejected; nobody else was disturbed.",
  RELOAD_FAILED: "A reload was refused; the last good values are in force.",
  WATCH_FAILED: "The profile's folder could not be watched.",
  SERVICE_FAILED: "A gated service could not be started or stopped; another serves in its place, or nobody does.",
  SERVICE_UNAVAILABLE: "A gated service was called that does not run, and that no null object stands in for.",
  SERVICE_CALL_FAILED: "A service that runs could not do what it was asked; the reason in its error tells why.",
  STORE_UNAVAILABLE: "The store cannot be reached; a command that was given meanwhile was not carried out.",
  STORE_OUTCOME_UNKNOWN:
    "The connection to the store broke while a command was being committed; it may have been carried out, or not.",
  STORE_CONFLICT: "The flag was changed since the revision that the command expects; nothing was changed.",
  STORE_FAILED: "The store can be reached, and refuses or holds something that cannot be understood.",
  STORE_SCHEMA: "The database's tables are not there, or are of a version that this one cannot work with.",
  STORE_FILE_DAMAGED: "The last-known-good file cannot be read or written; the flags go on without it.",
  USAGE_OVERFLOW: "The store was away or slow for so long that counts of evaluations were dropped.",
  AUDIT_SINK_FAILED: "An audit sink refused entries; they are kept and tried again.",
  AUDIT_OVERFLOW: "An audit sink was away for so long that its oldest waiting entries were dropped.",
  EXPOSURE_SINK_FAILED: "An exposure sink refused exposures; they are kept and tried again.",
  EXPOSURE_OVERFLOW: "An exposure sink was away for so long that its oldest waiting exposures were dropped.",
  AUDIT_FILE_LOCKED: "Another process is writing this audit file.",
  AUDIT_FILE_DAMAGED: "The audit file ends in something that is not an entry.",
} as const satisfies Record<string, string>;

/** One of the stable codes in {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** One thing that is wrong, where it is, and how to mend it. A bad configuration gives them all at once. */
export interface Problem {
  readonly code: ErrorCode;
  /** What is wrong and how to mend it. Never holds the value of a required variable. */
  readonly message: string;
  /** `profiles.yaml:12:5`, `.env:3`, or the name of a variable. */
  readonly place?: string | undefined;
  readonly flag?: string | undefined;
}

/** What an error may carry beside its code and message. */
export interface BurgeeErrorOptions {
  readonly flag?: string | undefined;
  readonly problems?: readonly Problem[] | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of burgee. Tell errors apart by `code`, never by message.
 *
 * @example
 * try {
 *   flags.setFlag("new_checkout", true);
 * } catch (error) {
 *   if (error instanceof BurgeeError && error.code === "FLAG_PINNED") console.log(error.message);
 *   else throw error;
 * }
 */
export class BurgeeError extends Error {
  override readonly name = "BurgeeError";
  readonly code: ErrorCode;
  /** The flag that it is about, where it is about one. */
  readonly flag: string | undefined;
  /** Every problem that was found, in the order of the sources. Empty where the message says it all. */
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: BurgeeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.flag = options.flag;
    this.problems = Object.freeze([...(options.problems ?? [])]);
  }

  /** For logs and statuses: `JSON.stringify` leaves out the message of any other error. */
  toJSON(): {
    readonly name: string;
    readonly code: ErrorCode;
    readonly message: string;
    readonly flag?: string;
    readonly problems: readonly Problem[];
  } {
    const { name, code, message, flag, problems } = this;
    return { name, code, message, ...(flag !== undefined && { flag }), problems };
  }
}

/** A problem as one line, its place first. */
export function problemLine({ place, message }: Problem): string {
  return place === undefined ? message : `${place}: ${message}`;
}

/** One error for a whole list of problems, a line each, its place first. */
export function problemsError(code: ErrorCode, headline: string, problems: readonly Problem[]): BurgeeError {
  const lines = problems.map((problem) => `  ${problemLine(problem)}`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new BurgeeError(code, `${headline} (${count})\n${lines.join("\n")}`, { problems });
}

/** The message of whatever was thrown. Never throws itself, odd as that may be. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return "what was thrown cannot be shown as text";
  }
}
