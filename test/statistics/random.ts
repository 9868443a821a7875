import { createCipheriv, createHash } from "node:crypto";

/** Gives the next whole number from 0 up to, but without, `below`. */
export type Random = (below: number) => number;

const BLOCK = Buffer.alloc(1 << 16);

/**
 * Numbers that a seed and a purpose fix for all time: the key stream of AES-128 in counter mode. A generator of the
 * murmur family (splitmix, mulberry) would share its mixing steps with what is measured.
 */
export function randomOf(seed: number, purpose: string): Random {
  const key = createHash("sha256").update(`${purpose}:${seed}`).digest().subarray(0, 16);
  const stream = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  let block = Buffer.alloc(0);
  let at = 0;
  return (below) => {
    if (at === block.length) {
      block = stream.update(BLOCK);
      at = 0;
    }
    const word = block.readUInt32LE(at);
    at += 4;
    return Math.floor((word / 2 ** 32) * below);
  };
}
