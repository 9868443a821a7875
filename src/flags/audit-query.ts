import type { AuditHead, AuditQuery } from "../changes/audit.js";
import { BurgeeError } from "../errors.js";
import { checkCall } from "./check-call.js";
import type { Engine } from "./engine.js";

/**
 * What is asked of an audit log, as one query.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, `FLAG_NOT_FOUND`
 */
export function checkAuditQuery(
  engine: Engine,
  about: string | AuditQuery | undefined,
  more: Omit<AuditQuery, "flag"> = {},
): AuditQuery {
  const query = checkSharedQuery(about, more);
  if (query.flag !== undefined) engine.flag(query.flag);
  return query;
}

/**
 * The same of the log that all versions of an application share: it may name a flag that this one does not have.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 */
export function checkSharedQuery(
  about: string | AuditQuery | undefined,
  more: Omit<AuditQuery, "flag"> = {},
): AuditQuery {
  const query = typeof about === "string" ? { ...more, flag: about } : { ...about, ...more };
  checkCall(query, ["flag", "actor", "source", "since", "until", "limit"], "an audit query");
  if (query.flag !== undefined && typeof query.flag !== "string")
    throw new BurgeeError("INVALID_OPTIONS", "`flag` must be the name of a flag");
  return query;
}

/**
 * The options of `verify`. A head comes from wherever somebody kept it, and one that is not read must not pass for verified.
 *
 * @throws BurgeeError `INVALID_OPTIONS`
 */
export function checkVerifyOptions(options: { readonly head?: AuditHead | undefined } = {}): {
  readonly head?: AuditHead | undefined;
} {
  checkCall(options, ["head"], "verify");
  const { head } = options;
  if (head === undefined) return {};
  const { sequence, hash } = (head as AuditHead | null) ?? {};
  if (Number.isSafeInteger(sequence) && Number(sequence) >= 0 && /^[0-9a-f]{64}$/.test(String(hash))) return { head };
  const message =
    "`head` of verify must be what `auditHead()` gave: { sequence, hash }, a whole number and 64 hex digits";
  throw new BurgeeError("INVALID_OPTIONS", message);
}
