import { BurgeeError } from "../../errors.js";
import type { Clock } from "../../flags/clock.js";
import { didYouMean } from "../../rules/nearest.js";
import { isPlainObject } from "../../rules/plain-object.js";
import { ID, TOKEN } from "./whatsapp-config.js";

/** What the WhatsApp service may be told beside what it needs. */
export interface WhatsAppClientOptions {
  /** `v24.0` unless given. Meta keeps each version for at least two years. */
  readonly apiVersion?: string | undefined;
  /** `https://graph.facebook.com` unless given. Plain http is taken on the machine itself only: it would show the token. */
  readonly baseUrl?: string | undefined;
  /** How long one request may take, in milliseconds; 15,000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** How it tries again what Meta refused because there was too much of it. */
  readonly backoff?: BackoffOptions | undefined;
  /** The longest body of a webhook, in bytes; 3 MiB unless given, and Meta sends no longer ones. */
  readonly maxWebhookBytes?: number | undefined;
  /** How many messages and statuses are remembered, to mark those that come again; 10,000 unless given. */
  readonly rememberEvents?: number | undefined;
  /** By which time-outs and waits go; the system's unless given. For tests. */
  readonly clock?: Clock | undefined;
}

/** Meta asks for 4^n seconds after the n-th refusal: 1, 4, 16. */
export interface BackoffOptions {
  /** The first wait, in milliseconds; 1,000 unless given. Each next one is four times as long. */
  readonly firstMs?: number | undefined;
  /** No new try begins later than this after the call, in milliseconds; 60,000 unless given. 0: never try again. */
  readonly limitMs?: number | undefined;
}

/** What the WhatsApp service needs, and may be told. */
export interface WhatsAppOptions extends WhatsAppClientOptions {
  /** The ID of the number that sends, in digits; not the number itself. */
  readonly phoneNumberId: string;
  /** The access token. */
  readonly token: string;
  /** The word of your choice that was given to Meta with the webhook's address. */
  readonly verifyToken: string;
  /** The app's secret, under which Meta signs webhooks. Without one, every webhook is refused. */
  readonly appSecret?: string | undefined;
}

/** The options, checked, copied and complete. */
export interface Settings {
  readonly phoneNumberId: string;
  readonly token: string;
  readonly verifyToken: string;
  readonly appSecret: string | undefined;
  readonly messagesUrl: URL;
  readonly timeoutMs: number;
  readonly backoff: { readonly firstMs: number; readonly limitMs: number };
  readonly maxWebhookBytes: number;
  readonly rememberEvents: number;
  readonly clock: Clock;
}

const known: Readonly<Record<keyof WhatsAppOptions, true>> = {
  phoneNumberId: true,
  token: true,
  verifyToken: true,
  appSecret: true,
  apiVersion: true,
  baseUrl: true,
  timeoutMs: true,
  backoff: true,
  maxWebhookBytes: true,
  rememberEvents: true,
  clock: true,
};
const knownBackoff: Readonly<Record<keyof BackoffOptions, true>> = { firstMs: true, limitMs: true };
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** A timer of Node's cannot wait for longer. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A wait for an answer keeps the process alive, other than those of flags; and it goes by a clock that nobody sets.
 */
const systemClock: Clock = {
  now: () => performance.now(),
  wake(at, ring) {
    const timer = setTimeout(ring, Math.max(at - performance.now(), 0));
    return () => clearTimeout(timer);
  },
};

/**
 * Checks the options for those who write JavaScript, and completes them. Never quotes a secret.
 *
 * @param whose who was given them, for the message
 * @throws BurgeeError `INVALID_OPTIONS`, naming each option that is wrong
 */
export function settingsOf(options: WhatsAppOptions, whose = "WhatsAppMessagingService"): Settings {
  if (!isPlainObject(options)) throw refusal(whose, ["the options must be an object"]);
  const { baseUrl = "https://graph.facebook.com", apiVersion = "v24.0", backoff = {}, ...given } = options;
  if (typeof backoff !== "object" || backoff === null)
    throw refusal(whose, ["`backoff` must be an object: { firstMs?, limitMs? }"]);
  const complete = {
    phoneNumberId: given.phoneNumberId,
    token: given.token,
    verifyToken: given.verifyToken,
    appSecret: given.appSecret,
    timeoutMs: given.timeoutMs ?? 15_000,
    backoff: Object.freeze({ firstMs: backoff.firstMs ?? 1_000, limitMs: backoff.limitMs ?? 60_000 }),
    maxWebhookBytes: given.maxWebhookBytes ?? 3 * 1024 * 1024,
    rememberEvents: given.rememberEvents ?? 10_000,
    clock: given.clock ?? systemClock,
  };
  const base = baseOf(baseUrl);
  const problems = [...unknownOptions(options, known, ""), ...unknownOptions(backoff, knownBackoff, "backoff.")];
  const must = (name: string, holds: boolean, be: string) => void (holds || problems.push(`\`${name}\` must be ${be}`));
  must("apiVersion", matches(apiVersion, /^v\d{1,3}\.\d{1,2}$/), "a version such as v24.0");
  must("baseUrl", base !== undefined, "an https address without user, query or fragment (http on this machine only)");
  checkIdentity(complete, must);
  checkNumbers(complete, must);
  if (problems.length > 0) throw refusal(whose, problems);
  const messagesUrl = new URL(`${base}/${apiVersion}/${complete.phoneNumberId}/messages`);
  return Object.freeze({ ...complete, messagesUrl });
}

type Must = (name: string, holds: boolean, be: string) => void;

function checkIdentity(
  { phoneNumberId, token, verifyToken, appSecret }: Omit<Settings, "messagesUrl">,
  must: Must,
): void {
  must("phoneNumberId", matches(phoneNumberId, ID), "the number's ID, in digits");
  must("token", matches(token, TOKEN), "the access token: a text without spaces");
  must("verifyToken", matches(verifyToken, /./), "a text, and not empty");
  must("appSecret", appSecret === undefined || matches(appSecret, /./), "a text, and not empty");
}

function checkNumbers(settings: Omit<Settings, "messagesUrl">, must: Must): void {
  const { timeoutMs, backoff, maxWebhookBytes, rememberEvents, clock } = settings;
  must("timeoutMs", isCount(timeoutMs, 1), "a number of milliseconds above 0");
  must("backoff.firstMs", isCount(backoff.firstMs, 1), "a number of milliseconds above 0");
  must("backoff.limitMs", isCount(backoff.limitMs, 0), "a number of milliseconds");
  must("maxWebhookBytes", isCount(maxWebhookBytes, 1), "a number of bytes above 0");
  must("rememberEvents", isCount(rememberEvents, 0), "a number of events");
  must(
    "clock",
    typeof clock.now === "function" && typeof clock.wake === "function",
    "a clock: { now(), wake(at, ring) }",
  );
}

function unknownOptions(options: object, known: object, prefix: string): string[] {
  const strangers = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  return strangers.map((name) => `there is no option \`${prefix}${name}\`${didYouMean(name, Object.keys(known))}`);
}

/** Whether a time or number can be used. */
export function isCount(value: unknown, least: number): value is number {
  return typeof value === "number" && value >= least && value <= LONGEST_MS;
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

function baseOf(text: unknown): string | undefined {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname));
  if (!isSafe || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function refusal(whose: string, problems: readonly string[]): BurgeeError {
  const headline = `${whose} was given options it cannot use`;
  return new BurgeeError("INVALID_OPTIONS", `${headline}\n  ${problems.join("\n  ")}`);
}
