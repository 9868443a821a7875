/** One row a namespace: its head, and the head just before the oldest audit entry that is kept. */
export interface NamespaceRow {
  readonly namespace: string;
  readonly revision: number;
  readonly head_hash: string;
  readonly checkpoint_revision: number;
  readonly checkpoint_hash: string;
}

/** One row for each flag that was ever touched. `override` and `killed` hold JSON. */
export interface FlagRow {
  readonly namespace: string;
  readonly flag: string;
  readonly revision: number;
  readonly override: string | null;
  readonly killed: string | null;
}

/** One row a command. `entry` and `flags` hold JSON texts, `at` milliseconds since 1970. */
export interface AuditRow {
  readonly namespace: string;
  readonly revision: number;
  readonly hash: string;
  readonly at: number;
  readonly actor: string | null;
  readonly source: string;
  readonly entry: string;
  readonly flags: string;
}

/** Which flags a command was about or affected. */
export interface AuditFlagRow {
  readonly namespace: string;
  readonly flag: string;
  readonly revision: number;
}

/** How often a flag was evaluated within an hour. `hour` is in milliseconds since 1970. */
export interface UsageRow {
  readonly namespace: string;
  readonly hour: number;
  readonly flag: string;
  readonly variant: string;
  readonly evaluations: number;
  readonly errors: number;
}

/** What a namespace's notifications are sealed with: 32 bytes as base64. */
export interface KeyRow {
  readonly namespace: string;
  readonly key: string;
}

export interface MigrationRow {
  readonly version: number;
  readonly name: string;
  readonly applied_at: number;
}

/** The tables, as Kysely knows them. */
export interface Tables {
  readonly burgee_migrations: MigrationRow;
  readonly burgee_namespaces: NamespaceRow;
  readonly burgee_flags: FlagRow;
  readonly burgee_audit: AuditRow;
  readonly burgee_audit_flags: AuditFlagRow;
  readonly burgee_usage: UsageRow;
  readonly burgee_keys: KeyRow;
}
