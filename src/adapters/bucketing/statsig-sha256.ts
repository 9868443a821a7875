import { createHash } from "node:crypto";

/**
 * The first 64 bits of SHA-256 over a text's UTF-8, as statsig-node computes it with a copy of js-sha256. Where a
 * character lies across the last whole block's end and the rest is of 56 to 63 bytes, that copy repeats the
 * character's later bytes at the start of the block of padding, which makes another hash. Such a text has 120 bytes or
 * more and is not ASCII.
 * Source: dist/utils/Sha256.js of statsig-node 6.5.2; the algorithm: FIPS 180-4, section 6.2.
 */
export function statsigSha256(text: string): bigint {
  const bytes = Buffer.from(text);
  const rest = bytes.length % BLOCK;
  const carried = rest < LENGTH_AT ? 0 : continuations(bytes, bytes.length - rest);
  if (carried === 0) return createHash("sha256").update(bytes).digest().readBigUInt64BE();
  const padded = Buffer.alloc(bytes.length - rest + 2 * BLOCK);
  bytes.copy(padded);
  padded[bytes.length] = 0x80;
  bytes.copy(padded, padded.length - BLOCK, bytes.length - rest, bytes.length - rest + carried);
  padded.writeBigUInt64BE(BigInt(bytes.length) * 8n, padded.length - 8);
  return hashOfBlocks(padded);
}

const BLOCK = 64;
/** Where in the last block the message's length stands; a rest that reaches beyond needs one more block. */
const LENGTH_AT = 56;

/** How many bytes from `at` on belong to a character that began before. */
function continuations(bytes: Buffer, at: number): number {
  let count = 0;
  while ((bytes.readUInt8(at + count) & 0xc0) === 0x80) count++;
  return count;
}

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

/** SHA-256's eight words; the first 32 bits of the fractional parts of the square roots of the first eight primes. */
type State = readonly [number, number, number, number, number, number, number, number];
const START: State = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

function hashOfBlocks(padded: Buffer): bigint {
  let state = START;
  for (let at = 0; at < padded.length; at += BLOCK) state = afterBlock(state, padded, at);
  const [first, second] = state;
  return (BigInt(first >>> 0) << 32n) | BigInt(second >>> 0);
}

function afterBlock(state: State, bytes: Buffer, at: number): State {
  const words = scheduleOf(bytes.subarray(at, at + BLOCK));
  let [a, b, c, d, e, f, g, h] = state;
  ROUND.forEach((constant, round) => {
    const mixed = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + mixed + ((e & f) ^ (~e & g)) + constant + words.readInt32BE(4 * round)) | 0;
    const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [a, b, c, d, e, f, g, h] = [(one + two) | 0, a, b, c, (d + one) | 0, e, f, g];
  });
  const [s, t, u, v, w, x, y, z] = state;
  return [(s + a) | 0, (t + b) | 0, (u + c) | 0, (v + d) | 0, (w + e) | 0, (x + f) | 0, (y + g) | 0, (z + h) | 0];
}

/** A block's sixteen words of four bytes, and the 48 that are mixed from them. */
function scheduleOf(block: Buffer): Buffer {
  const words = Buffer.alloc(4 * ROUND.length);
  block.copy(words);
  const word = (index: number) => words.readInt32BE(4 * index);
  for (let i = 16; i < ROUND.length; i++) {
    const early = word(i - 15);
    const late = word(i - 2);
    const fromEarly = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const fromLate = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words.writeInt32BE((word(i - 16) + fromEarly + word(i - 7) + fromLate) | 0, 4 * i);
  }
  return words;
}

/** Turned to the right. */
function turned(bits: number, by: number): number {
  return (bits >>> by) | (bits << (32 - by));
}
