import type { Context } from "burgee";

const plans = ["free", "free", "free", "pro"] as const;
const countries = ["DE", "FR", "NL", "PL", "SE"] as const;

/** The shop's customers: made up here, the lines of a file or the rows of a table elsewhere. They are read one at a time. */
export function* customers(count: number): Iterable<Context> {
  for (let n = 1; n <= count; n++) {
    yield { userId: `customer-${n}`, plan: plans[n % plans.length], country: countries[n % countries.length] };
  }
}
