/**
 * mitata looks at the first call or two, and times calls one by one where they were slow. One pause of the machine
 * there, and the figure is the clock's own cost. With these options it always times as many in a row as it is told.
 */
export const alwaysBatched = { warmup_threshold: Number.POSITIVE_INFINITY, batch_threshold: Number.POSITIVE_INFINITY };
