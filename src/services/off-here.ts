/**
 * What the null object of a service says: that it is off, and where the reason is found. A null object also serves while
 * the real service starts and after the end, so it cannot know which it is.
 */
export function offHere(service: string, flag: string, variable: string | undefined): string {
  const and = variable === undefined ? "" : `, variable ${variable}`;
  return (
    `${service} is off here (flag "${flag}"${and}): it is off for this user, killed, closed or not started; ` +
    `flags.explain("${flag}") and flags.services() tell why`
  );
}
