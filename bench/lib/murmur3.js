// MurmurHash3 x86 32 (Austin Appleby, public domain; https://github.com/aappleby/smhasher), written for speed alone: it
// takes the low byte of each character, so it is right for ASCII only, and it allocates nothing.

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** A block of four bytes, on its way into the hash. */
export function scramble(word) {
  const product = Math.imul(word, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

/** The hash with one more block. */
export function mix(hash, word) {
  const mixed = hash ^ scramble(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** The hash when all blocks are in it. */
export function finish(hash, length) {
  let mixed = hash ^ length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The hash of an ASCII text, from 0 to 2^32 - 1. */
export function murmur3(text, seed) {
  const { length } = text;
  const whole = length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) hash = mix(hash, pairAt(text, at) | (pairAt(text, at + 2) << 16));
  switch (length & 3) {
    case 3:
      return finish(hash ^ scramble(pairAt(text, whole) | ((text.charCodeAt(whole + 2) & 255) << 16)), length);
    case 2:
      return finish(hash ^ scramble(pairAt(text, whole)), length);
    case 1:
      return finish(hash ^ scramble(text.charCodeAt(whole) & 255), length);
    default:
      return finish(hash, length);
  }
}

function pairAt(text, at) {
  return (text.charCodeAt(at) & 255) | ((text.charCodeAt(at + 1) & 255) << 8);
}

/** `murmur3(first + ":" + second, seed)` without the text in between. */
export function murmur3Pair(first, second, seed) {
  let hash = seed | 0;
  let word = 0;
  let shift = 0;
  for (let at = 0; at < first.length; at++) {
    word |= (first.charCodeAt(at) & 255) << shift;
    if (shift === 24) {
      hash = mix(hash, word);
      word = shift = 0;
    } else shift += 8;
  }
  word |= 58 << shift;
  if (shift === 24) {
    hash = mix(hash, word);
    word = shift = 0;
  } else shift += 8;
  for (let at = 0; at < second.length; at++) {
    word |= (second.charCodeAt(at) & 255) << shift;
    if (shift === 24) {
      hash = mix(hash, word);
      word = shift = 0;
    } else shift += 8;
  }
  if (shift > 0) hash ^= scramble(word);
  return finish(hash, first.length + 1 + second.length);
}
