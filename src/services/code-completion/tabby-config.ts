import type { Schema, SchemaIssue } from "../../registry/standard-schema.js";
import { keySlip, urlSlip } from "./tabby-server.js";

/** What the flag requires of the environment, as its service receives it. */
export interface TabbyConfig {
  /** Where Tabby is: `http://tabbyml:8080` unless set. */
  readonly TABBY_URL: string;
  /** A token of Tabby's, where it wants one. */
  readonly TABBY_API_KEY?: string | undefined;
  /** In `production`, a missing key is warned of. */
  readonly NODE_ENV?: string | undefined;
}

/** The flag's schema. It is made by hand for its issue codes: they are all that is told of a value, which may be a secret. */
export function tabbySchema(): Schema<TabbyConfig> {
  return { "~standard": { version: 1, vendor: "burgee", validate } };
}

function validate(variables: unknown): { readonly value: TabbyConfig } | { readonly issues: readonly SchemaIssue[] } {
  const { TABBY_URL = "http://tabbyml:8080", TABBY_API_KEY, NODE_ENV }: Partial<TabbyConfig> = Object(variables);
  const issues = [...issueOf("TABBY_URL", urlSlip(TABBY_URL)), ...issueOf("TABBY_API_KEY", keySlip(TABBY_API_KEY))];
  if (issues.length > 0) return { issues };
  return { value: { TABBY_URL, ...(TABBY_API_KEY && { TABBY_API_KEY }), ...(NODE_ENV && { NODE_ENV }) } };
}

function issueOf(name: string, code: string | undefined): readonly SchemaIssue[] {
  return code === undefined ? [] : [{ message: code.replaceAll("_", " "), path: [name], code }];
}
