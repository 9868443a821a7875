// The same hash as ../../lib/murmur3.js (MurmurHash3 x86 32 by Austin Appleby, public domain) over the UTF-8 bytes of a
// text, worked out on the way: a floor for ids beyond ASCII. No allocation.
import { finish, mix, scramble } from "../../lib/murmur3.js";

/** murmur3 over the UTF-8 bytes of a text without lone surrogates, from 0 to 2^32 - 1. */
export function murmur3OfUtf8(text, seed) {
  let hash = seed | 0;
  let word = 0;
  /** How many bits of the word are there already. */
  let filled = 0;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let point = text.charCodeAt(at);
    if (point >= 0xd800 && point < 0xdc00) point = text.codePointAt(at++);
    const bits = point < 0x80 ? 8 : point < 0x800 ? 16 : point < 0x10000 ? 24 : 32;
    const bytes = bytesOf(point);
    length += bits >> 3;
    word |= bytes << filled;
    if (filled + bits < 32) filled += bits;
    else {
      hash = mix(hash, word);
      word = filled === 0 ? 0 : bytes >>> (32 - filled);
      filled += bits - 32;
    }
  }
  return finish(hash ^ scramble(word), length);
}

/** The UTF-8 bytes of a code point, the first one lowest. */
function bytesOf(point) {
  const last = 0x80 | (point & 0x3f);
  if (point < 0x80) return point;
  if (point < 0x800) return 0xc0 | (point >> 6) | (last << 8);
  const third = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return 0xe0 | (point >> 12) | (third << 8) | (last << 16);
  return 0xf0 | (point >> 18) | ((0x80 | ((point >> 12) & 0x3f)) << 8) | (third << 16) | (last << 24);
}
