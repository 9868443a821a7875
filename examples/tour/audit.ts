import type { AuditEntry, AuditVerdict } from "burgee";
import type { Paint } from "./paint.js";
import { describeAuditSetting } from "./setting.js";

/** What was done, newest first, and whether the chain of hashes is whole. */
export function auditLines(
  title: string,
  entries: readonly AuditEntry[],
  verdict: AuditVerdict,
  paint: Paint,
): string[] {
  return [
    paint.bold(title),
    ...entries.flatMap(entryLines),
    verdict.ok
      ? paint.green(`  the chain of ${verdict.entries} entries is whole; it ends in ${verdict.head.hash.slice(0, 12)}…`)
      : paint.red(`  entry ${verdict.sequence} is wrong: ${verdict.problem}`),
  ];
}

function entryLines(entry: AuditEntry): string[] {
  const who = [entry.actor, entry.source].filter((part) => part !== undefined).join(", ");
  const why = entry.reason === undefined ? "" : `: ${entry.reason}`;
  const head = `  #${String(entry.sequence).padEnd(3)} ${entry.at}  ${entry.action.padEnd(6)}`;
  return [
    `${head} ${entry.flag ?? "all overrides"} (${who}${why})`,
    ...entry.affected.map(
      ({ flag, from, to }) => `         ${flag}: ${describeAuditSetting(from)} → ${describeAuditSetting(to)}`,
    ),
  ];
}
