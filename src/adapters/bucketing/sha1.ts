import { createHash } from "node:crypto";

/** SHA-1 over the UTF-8 of a text (lone surrogates as U+FFFD) or over bytes, in hexadecimal digits. */
export function sha1(text: string | Buffer): string {
  return createHash("sha1").update(text).digest("hex");
}

/**
 * The first 60 bits of a text's SHA-1 as a point in [0, 1). The origins divide by 0xFFFFFFFFFFFFFFF, which is 2^60 as
 * a double.
 */
export function sha1Point(text: string): number {
  return Number.parseInt(sha1(text).slice(0, 15), 16) / 2 ** 60;
}
