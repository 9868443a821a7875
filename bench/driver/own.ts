import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { OwnSection } from "../report/results.js";
import { runChild } from "./child.js";
import type { Log } from "./measuring.js";

const folder = new URL("../own/", import.meta.url);
const LIMIT_MS = 30 * 60_000;

/** Runs every script of bench/own, each in a process of its own. Each ends with a line of JSON: a section of the page. */
export async function runOwn(quick: boolean, log: Log): Promise<readonly OwnSection[]> {
  if (!existsSync(folder)) return [];
  const scripts = readdirSync(folder).filter((file) => file.endsWith(".js"));
  const sections: OwnSection[] = [];
  for (const file of scripts.sort()) {
    const { figures } = await runChild({
      script: fileURLToPath(new URL(file, folder)),
      nodeFlags: ["--expose-gc"],
      environment: quick ? { QUICK: "1" } : {},
      limitMs: LIMIT_MS,
    });
    sections.push(checkedSection(file, figures));
    log(`own/${file} is done`);
  }
  return sections;
}

/**
 * Takes what a script printed for a section.
 *
 * @throws Error that names the script if it is none
 */
export function checkedSection(file: string, section: unknown): OwnSection {
  if (!isSection(section)) {
    throw new Error(
      `own/${file} must print JSON{ title, text, columns, rows }, and each row must have a cell for each column`,
    );
  }
  return section;
}

function isSection(section: unknown): section is OwnSection {
  if (typeof section !== "object" || section === null) return false;
  const { title, text, columns, rows }: Partial<Record<keyof OwnSection, unknown>> = section;
  if (typeof title !== "string" || typeof text !== "string" || !Array.isArray(columns) || !Array.isArray(rows))
    return false;
  if (!columns.every((column) => typeof column === "string")) return false;
  return rows.every((row) => Array.isArray(row) && row.length === columns.length && row.every(isCell));
}

function isCell(cell: unknown): boolean {
  return typeof cell === "string" || typeof cell === "number";
}
