import { wholeNumber } from "../changes/audit-query.js";
import { BurgeeError } from "../errors.js";
import type { FlagStore, FlagUsageQuery, StoredAuditQuery } from "./flag-store.js";

/** How many entries or rows are given of a log or a count where nobody says how many. */
const DEFAULT_LIMIT = 10_000;

/** How much to read. */
export interface Page {
  /** Only entries after this sequence. */
  readonly after: number;
  readonly limit: number;
}

/** @throws BurgeeError `INVALID_OPTIONS` for a sequence or limit that is none */
export function auditPage({ after = 0, limit = DEFAULT_LIMIT }: StoredAuditQuery): Page {
  return { after: wholeNumber(after, "after", 0), limit: wholeNumber(limit, "limit", 0) };
}

/**
 * How many rows of usage to give.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a time or limit that is none
 */
export function usageLimit({ since = 0, until = 0, limit = DEFAULT_LIMIT }: FlagUsageQuery): number {
  checkTime(since, "since");
  checkTime(until, "until");
  return wholeNumber(limit, "limit", 0);
}

/**
 * What is forgotten is gone, so nothing is guessed.
 *
 * @throws BurgeeError `INVALID_OPTIONS` for a time or limit that is none
 */
export function checkPrune({ before, usageBefore = 0, limit }: Parameters<FlagStore["prune"]>[0]): void {
  checkTime(before, "before");
  checkTime(usageBefore, "usageBefore");
  wholeNumber(limit, "limit", 0);
}

function checkTime(time: number, option: string): void {
  if (Number.isFinite(time)) return;
  const message = `The ${option} must be a number of milliseconds since 1970, not ${String(time)}.`;
  throw new BurgeeError("INVALID_OPTIONS", message);
}
