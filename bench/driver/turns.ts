/**
 * The order of a round: each begins elsewhere, and every other one runs backwards, so that nobody always follows the
 * same neighbour or always comes first.
 */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  if (all.length === 0) return all;
  const first = (round * 3) % all.length;
  const turned = [...all.slice(first), ...all.slice(0, first)];
  return round % 2 === 0 ? turned : turned.reverse();
}
