/** Random numbers in [0, 1) from a seed: mulberry32, by Tommy Ettinger. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids of every sort, in a fixed order, none of them empty: a sixth each ASCII, Latin-1, CJK, emoji, long, and odd. */
export function randomIds(count: number, seed: number): readonly string[] {
  const random = randomFrom(seed);
  const from = (first: number, last: number) => first + Math.floor(random() * (last - first + 1));
  const text = (length: number, unit: () => number) =>
    Array.from({ length }, () => String.fromCodePoint(unit())).join("");
  const sorts: readonly (() => string)[] = [
    () => text(from(1, 24), () => from(0x21, 0x7e)),
    () => text(from(1, 24), () => from(0xa1, 0xff)),
    () => text(from(1, 12), () => from(0x4e00, 0x9fff)),
    () => text(from(1, 8), () => from(0x1f300, 0x1faff)),
    () => text(500, () => (random() < 0.9 ? from(0x20, 0x7e) : from(0xa1, 0x1ffff))).replace(/\p{Surrogate}/gu, "x"),
    () => odd(random, from),
  ];
  return Array.from({ length: count }, (_, index) => (sorts[index % sorts.length] as () => string)());
}

function odd(random: () => number, from: (first: number, last: number) => number): string {
  const forms: readonly (() => string)[] = [
    () => String(from(0, 10 ** 12)),
    () => `${" ".repeat(from(1, 4))}${from(0, 10 ** 6)}${" ".repeat(from(0, 3))}`,
    () => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
    () => `user-${from(0, 10 ** 6)}@example.com`,
    // Lone surrogates: low or high ones, at the start, within or at the end, one or two of them.
    () => `${lone(from)}${from(0, 10 ** 6)}`,
    () => `${from(0, 10 ** 6)}${lone(from)}${from(0, 99)}`,
    () => `${from(0, 10 ** 6)}${lone(from)}`,
    () => `${from(0, 999)}${String.fromCharCode(from(0xd800, 0xdbff), from(0xd800, 0xdbff), from(0xdc00, 0xdfff))}`,
    () => `a\0b\t${from(0, 10 ** 6)}\n`,
  ];
  return (forms[Math.floor(random() * forms.length)] as () => string)();
}

function hex(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
}

function lone(from: (first: number, last: number) => number): string {
  return String.fromCharCode(from(0xd800, 0xdfff));
}
