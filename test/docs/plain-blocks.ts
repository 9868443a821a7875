import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { Block } from "./blocks.js";

/** Commands of npm itself that a page may show, beside `npm run <script>`. */
const npmCommands = ["ci", "install", "i", "pack", "pkg", "publish", "run", "start", "test", "view", "ls"];

/** What is wrong with a block that is not TypeScript, a sentence each. */
export function plainProblems(block: Block, root: string): readonly string[] {
  const check = checks[block.language];
  const problems = check?.(block.code, root) ?? [
    `"${block.language}" is no language of these pages; use ts, ${Object.keys(checks).join(", ")}`,
  ];
  return problems.map((problem) => `${block.page}:${block.line}: ${problem}`);
}

const checks: Readonly<Record<string, ((code: string, root: string) => readonly string[]) | undefined>> = {
  yaml: (code) => parseDocument(code, { uniqueKeys: true }).errors.map(({ message }) => message),
  json: (code) => {
    try {
      JSON.parse(code);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  },
  dotenv: (code) =>
    linesOf(code)
      .filter((line) => !/^(export\s+)?[A-Za-z_]\w*=/.test(line))
      .map((line) => `not a variable: ${line}`),
  sh: (code, root) => linesOf(code.replaceAll("\\\n", " ")).flatMap((line) => shellProblems(line, root)),
  // For what a program prints and for drawings. Not a way around the checks.
  text: (code) => (/\bfrom "burgee/.test(code) ? ["this is TypeScript; say ts"] : []),
};

function linesOf(code: string): string[] {
  const lines = code.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  return lines.filter((line) => line !== "");
}

function shellProblems(line: string, root: string): string[] {
  return line
    .replace(/^\$ /, "")
    .split(/\s*(?:&&|\|\||;|\|)\s*/)
    .flatMap((command) => {
      const words = command.replace(/^(?:[A-Za-z_]\w*=\S*\s+)*/, "").split(/\s+/);
      const [program, ...rest] = words;
      const [first = ""] = rest.filter((word) => !word.startsWith("-"));
      if (program === "npm") return npmProblems(first, rest, root);
      if (program === "npx") return installed(first, root) ? [] : [`npx ${first}: no package here has that command`];
      if (["node", "bash", "tsx"].includes(program ?? "") && /[./]/.test(first) && !existsSync(join(root, first))) {
        return [`${program} ${first}: there is no such file`];
      }
      return [];
    });
}

function npmProblems(command: string, rest: readonly string[], root: string): string[] {
  const { scripts } = manifestOf(root);
  if (!npmCommands.includes(command)) return [`npm ${command}: not a command that these pages use`];
  const script = command === "run" ? rest[rest.indexOf("run") + 1] : command;
  const needed = command === "run" || command === "start" || command === "test";
  return needed && !Object.hasOwn(scripts, script ?? "")
    ? [`npm ${command}: package.json has no script "${script}"`]
    : [];
}

function installed(command: string, root: string): boolean {
  const { name, bin } = manifestOf(root);
  const own = typeof bin === "string" ? [name] : Object.keys(bin ?? {});
  return own.includes(command) || existsSync(join(root, "node_modules/.bin", command));
}

interface Manifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
}

function manifestOf(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}
