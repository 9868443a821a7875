import type { AuditEntry, AuditHead, AuditLog, AuditSink } from "../changes/audit.js";
import { jsonLinesSink } from "../changes/json-lines-sink.js";
import { MemoryAuditLog } from "../changes/memory-audit.js";
import { AUDIT_WORDS } from "../changes/sink.js";
import { SinkQueue } from "../changes/sink-queue.js";
import { BurgeeError } from "../errors.js";
import type { CommonOptions } from "./options.js";
import type { Reporter } from "./reporter.js";

/** Opens the audit log and its sinks; the chain goes on from where they end. */
export function openAudit(
  { audit = {} }: CommonOptions,
  reporter: Reporter,
  outside: (fn: () => void) => void,
): { audit: AuditLog; sinks: SinkQueue<AuditEntry>[] } {
  const sinks: AuditSink[] = [
    ...(audit.file === undefined ? [] : [jsonLinesSink({ path: audit.file })]),
    ...(audit.sinks ?? []),
  ];
  const opened = openAll(sinks);
  for (const { sink, problem } of opened) {
    if (problem !== undefined)
      reporter.error(new BurgeeError("AUDIT_FILE_DAMAGED", `audit sink "${sink.name}": ${problem}`));
  }
  const onError = (error: BurgeeError) => reporter.error(error);
  const log = audit.log ?? new MemoryAuditLog({ limit: audit.limit, start: latest(opened) });
  for (const { sink, head } of opened) {
    if (head === undefined || head.hash === log.head().hash) continue;
    const what = `ends in entry ${head.sequence} of another chain, or of an earlier state of this one (entry ${log.head().sequence})`;
    onError(
      new BurgeeError("AUDIT_FILE_DAMAGED", `audit sink "${sink.name}" ${what}; begin a new one to have it whole`),
    );
  }
  return {
    audit: log,
    sinks: sinks.map((sink) => new SinkQueue(sink, { words: AUDIT_WORDS, onError, outside })),
  };
}

/** The head of the sink that holds most. */
function latest(opened: readonly { readonly head?: AuditHead | undefined }[]): AuditHead | undefined {
  const heads = opened.map(({ head }) => head).filter((head) => head !== undefined);
  return heads.sort((a, b) => b.sequence - a.sequence)[0];
}

/** Opens every sink, or none. */
function openAll(sinks: readonly AuditSink[]) {
  const opened: { sink: AuditSink; head?: AuditHead | undefined; problem?: string | undefined }[] = [];
  try {
    for (const sink of sinks) opened.push({ sink, ...sink.open?.() });
  } catch (failure) {
    for (const { sink } of opened) void closeQuietly(sink);
    throw failure;
  }
  return opened;
}

async function closeQuietly(sink: AuditSink): Promise<void> {
  try {
    await sink.close?.();
  } catch {
    // Another sink could not be opened: that is what is told.
  }
}
