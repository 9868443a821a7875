/** Loaded with the first address: only `$cidr` asks, and it takes longer to load than a flag to decide. */
let net: typeof import("node:net") | undefined;

/** 4 or 6, or 0 for what is no address. */
function isIP(text: string): number {
  net ??= process.getBuiltinModule("node:net");
  return net.isIP(text);
}

const DOT = 0x2e;
const COLON = 0x3a;

/** An IP address as eight groups of sixteen bits. An IPv4 address is the IPv6 address that stands for it (`::ffff:a.b.c.d`). */
export type Address = Uint16Array;

/** A block of addresses: those that share the first bits with `address`. */
export interface Block {
  readonly address: Address;
  /** How many bits, of 128. */
  readonly bits: number;
}

/** A space for {@link readAddress} to write into. */
export function newAddress(): Address {
  return new Uint16Array(8);
}

/**
 * Reads an address into `into`, and tells whether it is one: what `net.isIP` takes. A zone (`%eth0`) does not count.
 * Allocates nothing.
 */
export function readAddress(text: string, into: Address): boolean {
  const family = isIP(text);
  if (family === 0) return false;
  into.fill(0);
  if (family === 4) {
    into[5] = 0xffff;
    readIPv4(text, 0, into, 6);
  } else readIPv6(text, into);
  return true;
}

/** Whether an address is in a block. */
export function isInBlock(address: Address, block: Block): boolean {
  const whole = block.bits >> 4;
  for (let i = 0; i < whole; i++) if (address[i] !== block.address[i]) return false;
  const rest = block.bits & 15;
  if (rest === 0) return true;
  const differing = (address[whole] as number) ^ (block.address[whole] as number);
  return differing >> (16 - rest) === 0;
}

/** A block `address/bits`, or a single address; undefined where it is none. Bits beyond the prefix do not count. */
export function readBlock(text: string): Block | undefined {
  if (blockProblem(text) !== undefined) return undefined;
  const [host = "", prefix] = text.split("/");
  const address = newAddress();
  readAddress(host, address);
  return { address, bits: prefix === undefined ? 128 : Number(prefix) + 128 - widthOf(host) };
}

/** Why a text is no block, to stand after its name; undefined where it is one. */
export function blockProblem(text: string): string | undefined {
  const [host = "", prefix, ...more] = text.split("/");
  if (isIP(host) === 0 || more.length > 0 || host.includes("%")) return addressProblem(host);
  if (prefix === undefined) return undefined;
  const width = widthOf(host);
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix)) return `needs the number of bits after the slash, from 0 to ${width}`;
  if (Number(prefix) <= width) return undefined;
  return `has a prefix that is too long: an IPv${isIP(host)} address has ${width} bits`;
}

function widthOf(host: string): number {
  return isIP(host) === 4 ? 32 : 128;
}

function addressProblem(host: string): string {
  if (/^\d+(\.\d+){3}$/.test(host) && /(^|\.)0\d/.test(host))
    return "has a leading zero, which some programs read as octal; write the address without it";
  if (host.includes("%")) return "has a zone, which means something on one machine only; leave it out";
  return 'must be a block of addresses such as "10.0.0.0/8" or "2001:db8::/32", or an address';
}

/** Reads the four numbers of an address that is known to be one into two groups, the first at `group`. */
function readIPv4(text: string, from: number, into: Address, group: number): void {
  let part = 0;
  let number = 0;
  for (let i = from; i <= text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      number = number * 10 + digit;
      continue;
    }
    const at = group + (part >> 1);
    into[at] = ((into[at] as number) << 8) | number;
    number = 0;
    // A zone ends the address too.
    if (++part === 4) return;
  }
}

/** Reads the groups of an address that is known to be one. Those after `::` are moved to the end at last. */
function readIPv6(text: string, into: Address): void {
  let group = 0;
  let gap = -1;
  let start = 0;
  let number = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      readIPv4(text, start, into, group);
      group += 2;
      break;
    }
    const digit = hexDigit(code);
    if (digit >= 0) {
      number = number * 16 + digit;
      continue;
    }
    if (i > start) into[group++] = number;
    else if (i > 0 && code === COLON) gap = group;
    // What is neither digit nor colon is the end, or a zone.
    if (code !== COLON) break;
    number = 0;
    start = i + 1;
  }
  if (gap < 0) return;
  const moved = 8 - (group - gap);
  into.copyWithin(moved, gap, group);
  into.fill(0, gap, moved);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
