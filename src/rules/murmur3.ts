const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * murmur3_x86_32 over the UTF-8 bytes of a text, as a signed 32-bit integer: an integer of 32 bits costs no memory where
 * one of 33 would. Lone surrogates count as U+FFFD. Allocates nothing. Source: Austin Appleby's MurmurHash3, which is in
 * the public domain.
 */
export function murmur3Int(text: string, seed: number): number {
  const { length } = text;
  const whole = length & ~3;
  let hash = seed | 0;
  // Looked at once, at the end: nearly all units are ASCII.
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    seen |= a | b | c | d;
    hash = mix(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  let rest = 0;
  for (let i = length - 1; i >= whole; i--) {
    const unit = text.charCodeAt(i);
    seen |= unit;
    rest = (rest << 8) | unit;
  }
  return seen > 0x7f ? murmur3Utf8(text, seed) : finish(hash, rest, length);
}

/** The same for a text that is not ASCII alone. */
function murmur3Utf8(text: string, seed: number): number {
  let hash = seed | 0;
  let rest = 0;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) as number;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (size === 4) i++;
    const encoded = utf8(point);
    const shift = (bytes & 3) << 3;
    rest |= encoded << shift;
    if ((bytes & 3) + size >= 4) {
      hash = mix(hash, rest);
      rest = shift === 0 ? 0 : encoded >>> (32 - shift);
    }
    bytes += size;
  }
  return finish(hash, rest, bytes);
}

/** The bytes of a code point, the first one lowest. */
function utf8(point: number): number {
  if (point < 0x80) return point;
  if (point < 0x800) return 0xc0 | (point >> 6) | (tail(point) << 8);
  if (point >= 0xd800 && point <= 0xdfff) return 0xbdbfef;
  if (point < 0x10000) return 0xe0 | (point >> 12) | (tail(point >> 6) << 8) | (tail(point) << 16);
  return 0xf0 | (point >> 18) | (tail(point >> 12) << 8) | (tail(point >> 6) << 16) | (tail(point) << 24);
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

function scramble(block: number): number {
  const product = Math.imul(block, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

function mix(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, rest: number, bytes: number): number {
  let end = hash ^ scramble(rest) ^ bytes;
  end = Math.imul(end ^ (end >>> 16), 0x85ebca6b);
  end = Math.imul(end ^ (end >>> 13), 0xc2b2ae35);
  return end ^ (end >>> 16);
}
