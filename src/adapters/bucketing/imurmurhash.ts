/**
 * murmur3_x86_32 with seed 0 as the package imurmurhash computes it, an unsigned 32-bit integer. It mixes whole UTF-16
 * code units, the upper byte of each falling on its neighbour's place, and leaves out a rest of three units whose third
 * is U+8000 or more. On ASCII it is the plain hash.
 * Source: imurmurhash 0.1.4, which flagd's JavaScript evaluator hashes with.
 */
export function imurmurhash(text: string): number {
  const rest = text.length % 4;
  const whole = text.length - rest;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    const last = text.charCodeAt(at + 3);
    const block = units(text, at, 3) ^ ((last & 0xff) << 24) ^ (last >> 8);
    hash = (Math.imul(rotated(hash ^ scrambled(block), 13), 5) + 0xe6546b64) | 0;
  }
  const tail = units(text, whole, rest);
  if (tail > 0) hash ^= scrambled(tail);
  return finished(hash ^ text.length);
}

/** Up to three code units, each eight bits above the one before. */
function units(text: string, from: number, count: number): number {
  let bits = 0;
  for (let i = 0; i < count; i++) bits ^= text.charCodeAt(from + i) << (8 * i);
  return bits;
}

function rotated(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

function scrambled(block: number): number {
  return Math.imul(rotated(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function finished(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
