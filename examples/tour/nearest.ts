/** The known name that was most likely meant by a slip (`Production`, `produciton`) or by a short form (`prod`). */
export function nearest<Name extends string>(given: string, known: readonly Name[]): Name | undefined {
  const wanted = given.trim().toLowerCase();
  return known.find((name) => isShortFor(wanted, name)) ?? known.find((name) => slips(wanted, name) <= 3);
}

/** `prod`, `prd` and `stg`: the first letter, and two others at least, in their order. */
function isShortFor(short: string, name: string): boolean {
  if (short.length < 3 || short[0] !== name[0]) return false;
  let found = -1;
  return [...short].every((letter) => {
    found = name.indexOf(letter, found + 1);
    return found >= 0;
  });
}

/** How many letters must be added, left out or replaced to make one word of another. */
function slips(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    for (let index = 0; index < to.length; index++) {
      const replaced = (row[index] ?? 0) + (letter === to[index] ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
