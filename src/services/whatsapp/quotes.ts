/** Longer runs than this of a secret are no accident. */
const RUN = 12;
/** How much is told of words from outside, in characters. */
const MOST_TOLD = 300;
/** No message of Meta's has as much to keep quiet, in characters. To look through more would hold up everything else. */
const MOST_SECRET = 20_000;

/** The beginning of words from outside; undefined where it quotes a secret, or there are too many to look through. */
export function toldOf(words: string, secrets: readonly string[]): string | undefined {
  // A little more is looked through than is told: a short secret at the end would be told in part.
  const heard = words.slice(0, MOST_TOLD + RUN);
  return quotesAny(heard, secrets) ? undefined : heard.slice(0, MOST_TOLD);
}

/** Whether words quote a whole secret, or a run of 12 of its characters: what is cut short is still told. */
function quotesAny(words: string, secrets: readonly string[]): boolean {
  const all = secrets.join("\0");
  if (all.length > MOST_SECRET) return true;
  if (secrets.some((secret) => secret !== "" && secret.length < RUN && words.includes(secret))) return true;
  for (let at = 0; at + RUN <= words.length; at++) if (all.includes(words.slice(at, at + RUN))) return true;
  return false;
}
