import { BurgeeError } from "../../errors.js";

/** How long fetch waits for the head of an answer, and between two parts of its body, in milliseconds. */
const LONGEST_TIMEOUT = 300_000;

/** An address that a key may be sent to: http or https, a host, a path or none; no credentials, no query. */
const TABBY_URL = /^https?:\/\/[^\s@/\\?#]+(\/[^\s?#]*)?$/i;

/** What an HTTP header can hold behind `Bearer `. */
const TABBY_KEY = /^[\x21-\x7e]+$/;

/** Where the server is, and how it is asked. */
export interface TabbyServerOptions {
  /** The server's address, with the path under which its API begins: `http://tabbyml:8080`, `https://ai.example/tabby`. */
  readonly url: string;
  /** The token that is sent with every request, to this server alone. */
  readonly apiKey?: string | undefined;
  /** How long one call may take, tries again and all, in milliseconds: 10,000 unless given, 300,000 at most. */
  readonly timeoutMs?: number | undefined;
  /** How often a call is tried again where that is safe: 2 unless given, 0 for never. */
  readonly retries?: number | undefined;
}

/** The same after checking. */
export interface TabbyServer {
  /** The server as errors name it: scheme, host and port. */
  readonly origin: string;
  /** Ahead of `/v1/…`. */
  readonly base: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly retries: number;
}

/**
 * Checks the options. What is wrong is told by name and never by value, for an address may hold a password.
 *
 * @throws BurgeeError `INVALID_OPTIONS`, listing everything that is wrong
 */
export function tabbyServer({ url, apiKey, timeoutMs = 10_000, retries = 2 }: TabbyServerOptions): TabbyServer {
  const problems: string[] = [];
  if (urlSlip(url) !== undefined)
    problems.push("`url` must be an http or https address such as http://tabbyml:8080, without credentials or query");
  if (keySlip(apiKey) !== undefined)
    problems.push("`apiKey` must be the token alone: visible ASCII characters, without spaces and `Bearer`");
  if (!isWhole(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT)
    problems.push(
      `\`timeoutMs\` must be a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT}, when fetch itself gives up`,
    );
  if (!isWhole(retries) || retries < 0) problems.push("`retries` must be a whole number from 0");
  if (problems.length > 0)
    throw new BurgeeError("INVALID_OPTIONS", `Tabby cannot be asked with these options\n  ${problems.join("\n  ")}`);
  const { origin, pathname } = new URL(url);
  return { origin, base: origin + pathname.replace(/\/+$/, ""), apiKey: apiKey || undefined, timeoutMs, retries };
}

/** What is wrong with an address, as an issue's code; undefined where it can be used. */
export function urlSlip(url: unknown): string | undefined {
  if (typeof url !== "string" || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return "not_an_http_address";
  if (TABBY_URL.test(url)) return undefined;
  const { username, password } = new URL(url);
  if (username !== "" || password !== "") return "holds_credentials";
  return /[?#]/.test(url) ? "holds_a_query" : "not_an_http_address";
}

/** The same of a key. None, or an empty one, is sent to nobody. */
export function keySlip(key: unknown): string | undefined {
  if (key === undefined || key === "" || (typeof key === "string" && TABBY_KEY.test(key))) return undefined;
  return typeof key === "string" && /^\s*bearer\s/i.test(key) ? "begins_with_bearer" : "not_visible_ascii";
}

function isWhole(given: unknown): boolean {
  return Number.isSafeInteger(given);
}
