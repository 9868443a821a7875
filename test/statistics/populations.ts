import { type Random, randomOf } from "./random.js";

/** Makes texts until there are `count` different ones: a unit that came twice would count twice, and look like bias. */
function distinct(count: number, make: (index: number) => string): readonly string[] {
  const texts = new Set<string>();
  for (let index = 0; texts.size < count; index++) texts.add(make(index));
  return [...texts];
}

/** A text of letters drawn from an alphabet, whose letters may be longer than a code unit. */
function textOf(random: Random, alphabet: readonly string[], length: number): string {
  return Array.from({ length }, () => alphabet[random(alphabet.length)]).join("");
}

/** The letters of one block of Unicode. */
function letters(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, offset) => String.fromCodePoint(first + offset));
}

const LATIN = letters(0x61, 0x7a);
const BASE_36 = [..."0123456789", ...LATIN];
const HEXADECIMAL = BASE_36.slice(0, 16);
const ACCENTED = letters(0xe0, 0xfc);
const CYRILLIC = letters(0x430, 0x44f);
const CJK = letters(0x4e00, 0x9fa5);
const EMOJI = [...letters(0x1f600, 0x1f64f), ...letters(0x1f680, 0x1f6c5), "👩‍👩‍👧", "👍🏽", "🇪🇺"];

/** Names as people give them: versions of one name, one after the other, and words that have nothing in common. */
export function flagNames(seed: number, count: number): readonly string[] {
  const random = randomOf(seed, "flags");
  const stem = textOf(random, LATIN, 8);
  return distinct(count, (index) => (index % 2 === 0 ? `${stem}_v${index / 2}` : textOf(random, LATIN, 10)));
}

/** Short ids, quickly hashed, for the tests of many: every second one the next number, the others random. */
export function shortIds(seed: number, count: number): readonly string[] {
  const random = randomOf(seed, "short ids");
  const first = 100_000 + random(800_000);
  return distinct(count, (index) => (index % 2 === 0 ? String(first + index / 2) : textOf(random, BASE_36, 6)));
}

/** Populations of each form that ids have. */
export const forms = {
  "consecutive numbers": (random, count) => {
    const first = random(1_000_000_000);
    return distinct(count, (index) => String(first + index));
  },
  "prefixed numbers": (random, count) => {
    const first = random(100_000);
    return distinct(count, (index) => `user-${first + index}`);
  },
  "padded numbers": (random, count) => {
    const first = random(100_000);
    return distinct(count, (index) => String(first + index).padStart(10, "0"));
  },
  UUIDs: (random, count) => distinct(count, () => uuid(random)),
  "e-mail addresses": (random, count) =>
    distinct(count, () => `${textOf(random, LATIN, 5)}.${textOf(random, LATIN, 7)}@${textOf(random, LATIN, 4)}.com`),
  "one character apart": (random, count) => {
    let stem = "";
    return distinct(count, (index) => {
      if (index % 500 === 0) stem = textOf(random, BASE_36, 32);
      return withOneOther(random, stem);
    });
  },
  "accented letters": (random, count) => distinct(count, () => `${textOf(random, ACCENTED, 6)} ${random(1_000)}`),
  Cyrillic: (random, count) => distinct(count, () => textOf(random, CYRILLIC, 6)),
  CJK: (random, count) => distinct(count, () => textOf(random, CJK, 3)),
  emoji: (random, count) => distinct(count, () => textOf(random, EMOJI, 4)),
} as const satisfies Readonly<Record<string, (random: Random, count: number) => readonly string[]>>;

/** A random UUID (version 4, RFC 9562). */
function uuid(random: Random): string {
  const [a, b, c, d, e] = [8, 4, 3, 3, 12].map((length) => textOf(random, HEXADECIMAL, length));
  return `${a}-${b}-4${c}-${"89ab"[random(4)]}${d}-${e}`;
}

/** The same text but for one character. */
export function withOneOther(random: Random, text: string): string {
  const at = random(text.length);
  const others = BASE_36.filter((letter) => letter !== text[at]);
  return text.slice(0, at) + textOf(random, others, 1) + text.slice(at + 1);
}
