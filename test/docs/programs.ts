import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { entries } from "../../tsup.config.js";
import type { Block, Section } from "./blocks.js";

/** How long a section's program may run, in milliseconds. One that never ends has something open: a watch, a server. */
const TIME_LIMIT = 30_000;

/** A section laid out as a program: its own folder, with the files that the page gives and one module. */
export interface Program {
  readonly section: Section;
  readonly folder: string;
  /** All ts blocks of the section without a title, each line at the line that it has on the page. */
  readonly module: string;
  /** The titled ts blocks, which are files of their own. */
  readonly files: readonly string[];
}

/** A folder outside the repository in which pages are tried: `burgee` is our source, every other package is ours. */
export interface Workshop {
  /** Lays out those sections of one page that have TypeScript. */
  layOut(sections: readonly Section[]): readonly Program[];
  /** Type-checks all programs at once, and gives the problems of each. */
  typeCheck(programs: readonly Program[]): ReadonlyMap<Program, readonly string[]>;
  /** Runs one program, and gives what is wrong with how it ended and what it printed. */
  run(program: Program): Promise<readonly string[]>;
  /** Clears everything away. */
  close(): void;
}

/** Opens a workshop for the repository at `root`. */
export function openWorkshop(root: string): Workshop {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "burgee-docs-")));
  symlinkSync(join(root, "node_modules"), join(base, "node_modules"), "junction");
  writeFileSync(join(base, "package.json"), '{ "type": "module" }\n');
  const compilerOptions = {
    ...ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config.compilerOptions,
    // An example may name a thing for its reader's sake.
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [
        name === "index" ? "burgee" : `burgee/${name}`,
        [resolve(root, source)],
      ]),
    ),
  };
  const tsconfig = join(base, "tsconfig.json");
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions }));
  let count = 0;
  return {
    layOut: (sections) => layOut(sections, () => join(base, String(++count))),
    typeCheck: (programs) => typeCheck(programs, compilerOptions, base),
    run: (program) => run(program, root, tsconfig),
    close: () => rmSync(base, { recursive: true, force: true }),
  };
}

function layOut(sections: readonly Section[], newFolder: () => string): readonly Program[] {
  const programs: Program[] = [];
  // As a reader has them who follows the page: a later file of the same title takes the place of the earlier one.
  const given = new Map<string, Block>();
  for (const section of sections) {
    for (const block of section.blocks) if (isFile(block)) given.set(block.title, block);
    const module = section.blocks.filter(({ language, title }) => language === "ts" && title === undefined);
    const files = [...given.values()].filter(({ language }) => language === "ts").map(({ title }) => title as string);
    if (module.length === 0 && !section.blocks.some((block) => isFile(block) && block.language === "ts")) continue;
    const program: Program = { section, folder: newFolder(), module: "section.ts", files };
    mkdirSync(program.folder, { recursive: true });
    for (const [title, block] of given)
      write(join(program.folder, title), block.language === "ts" ? atItsLines([block]) : block.code);
    write(join(program.folder, program.module), atItsLines(module));
    programs.push(program);
  }
  return programs;
}

function isFile(block: Block): block is Block & { title: string } {
  return block.title !== undefined && block.title !== "output";
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The blocks as one text in which each line has the number that it has on the page. */
function atItsLines(blocks: readonly Block[]): string {
  let text = "";
  let line = 1;
  for (const block of blocks) {
    text += "\n".repeat(block.line - line) + block.code;
    line = block.line + block.code.split("\n").length - 1;
  }
  return text;
}

function typeCheck(
  programs: readonly Program[],
  options: object,
  base: string,
): ReadonlyMap<Program, readonly string[]> {
  const parsed = ts.convertCompilerOptionsFromJson(options, base).options;
  const paths = programs.flatMap(({ folder, module, files }) => [module, ...files].map((file) => join(folder, file)));
  const compiled = ts.createProgram(paths, parsed);
  const diagnostics = [...compiled.getOptionsDiagnostics(), ...compiled.getGlobalDiagnostics()];
  for (const path of paths) {
    const source = compiled.getSourceFile(path);
    diagnostics.push(...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source));
  }
  const problemsOf = (program: Program) =>
    diagnostics
      .filter(({ file }) => file === undefined || file.fileName.startsWith(`${program.folder}/`))
      .map((diagnostic) => problemOf(program, diagnostic));
  return new Map(programs.map((program) => [program, problemsOf(program)]));
}

function problemOf({ section }: Program, { file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? "" : `:${file.getLineAndCharacterOfPosition(start).line + 1}`;
  return `${section.page}${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

function run(program: Program, root: string, tsconfig: string): Promise<readonly string[]> {
  const { section, folder, module } = program;
  // A reader's terminal, and not the environment of whoever runs these tests.
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: tmpdir(), TSX_TSCONFIG_PATH: tsconfig, NO_COLOR: "1" };
  const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
  const options = { cwd: folder, env, timeout: TIME_LIMIT };
  return new Promise((done) => {
    execFile(process.execPath, ["--import", tsx, module], options, (error, stdout, stderr) => {
      if (error === null) return done(outputProblems(section, stdout));
      const why = error.killed ? `did not end within ${TIME_LIMIT / 1000} s: is anything left open?` : "failed";
      const said = `${stdout}${stderr}`.replaceAll(join(folder, module), section.page).trim();
      done([`${section.page}: the code under "${section.heading}" ${why}\n${said}`]);
    });
  });
}

/** A block titled "output" is what the section's program prints. */
function outputProblems(section: Section, stdout: string): readonly string[] {
  const promised = section.blocks.filter(({ title }) => title === "output");
  if (promised.length === 0) return [];
  const wanted = promised.map(({ code }) => code.trimEnd()).join("\n");
  if (stdout.trimEnd() === wanted) return [];
  return [`${section.page}:${promised[0]?.line}: the code under "${section.heading}" prints\n${stdout}`];
}
