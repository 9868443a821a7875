import type { Account, Decided } from "./messages.js";

const WIDTHS = { time: 7, what: 52, instance: 17 } as const;

/** The head of the table: a column for each instance. */
export function headLine(names: readonly string[]): string {
  return line(
    "time",
    "what happened",
    names.map((name) => `instance ${name}`),
  );
}

/** One event, and what every instance decided after it: `254 on, r2`, with `stale` where the database is away. */
export function eventLine(ms: number, what: string, decided: readonly (Decided | undefined)[]): string {
  return line(`${(ms / 1_000).toFixed(1).padStart(5)} s`, what, decided.map(cell));
}

function cell(decided: Decided | undefined): string {
  if (decided === undefined) return "-";
  const { on, revision, state } = decided;
  return `${String(on).padStart(4)} on, r${revision}${state === "ready" ? "" : ` ${state}`}`;
}

/** What an instance did from its start to its end. */
export function accountLine(name: string, { rounds, failures, path }: Account): string {
  const users = (rounds * 1_000).toLocaleString("en");
  return `instance ${name}: ${path.join(" → ")} users on; ${users} decisions, ${failures} rounds failed`;
}

function line(time: string, what: string, cells: readonly string[]): string {
  const columns = cells.map((text) => text.padEnd(WIDTHS.instance)).join("  ");
  return `${time.padEnd(WIDTHS.time)}  ${what.padEnd(WIDTHS.what)}  ${columns}`.trimEnd();
}
