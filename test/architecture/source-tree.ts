import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import ts from "typescript";

/** One import (or re-export, or dynamic import) of a source file. */
export interface Import {
  /** A path below src/ for our own files, else the package as it is written. */
  readonly target: string;
  readonly own: boolean;
  /** Erased by the compiler: `import type`. An `import { type X }` is not, under verbatimModuleSyntax. */
  readonly typeOnly: boolean;
  /** Loaded when the line runs: `import()`, or `require` from `createRequire`. */
  readonly lazy: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** Below src/, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

/** Every file of src/, read and parsed. */
export function sourceTree(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, lines: text.trimEnd().split("\n").length, imports: importsOf(path, text) };
    });
}

/** The imports that a text at that path has. */
export function importsOf(path: string, text: string): readonly Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: ts.Node, typeOnly: boolean, lazy: boolean) => {
    if (!ts.isStringLiteral(specifier)) return;
    const own = specifier.text.startsWith(".");
    const target = own ? posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, ".ts") : specifier.text;
    const { line } = source.getLineAndCharacterOfPosition(specifier.getStart(source));
    found.push({ target, own, typeOnly, lazy, line: line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true, false);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node.moduleSpecifier, node.isTypeOnly, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true, false);
    else if (ts.isCallExpression(node) && node.arguments[0] !== undefined) {
      const { expression } = node;
      const required = ts.isIdentifier(expression) && expression.text === "require";
      if (required || expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Every cycle of a graph once, as the members of each strongly connected part that has more than one, sorted. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reaches = (from: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(graph.get(from) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(graph.get(next) ?? []));
    }
    return seen;
  };
  const reach = new Map([...graph.keys()].map((node) => [node, reaches(node)]));
  const parts = new Set<string>();
  for (const [node, seen] of reach) {
    if (!seen.has(node)) continue;
    parts.add(
      [...seen]
        .filter((other) => reach.get(other)?.has(node))
        .sort()
        .join(" "),
    );
  }
  return [...parts].map((part) => part.split(" "));
}
