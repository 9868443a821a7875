/** The longest time that a timer of Node can wait; it fires at once where it is asked for more. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A time between half and one and a half times as long, so that what a fleet does every so often is not done by all of it at
 * once. At most what a timer can wait.
 */
export function jittered(ms: number, random: () => number): number {
  return Math.min(ms * (0.5 + random()), LONGEST_TIMER_MS);
}
