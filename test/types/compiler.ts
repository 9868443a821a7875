import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

function optionsOfTheProject(): ts.CompilerOptions {
  const file = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(file.config, ts.sys, root).options;
}

/** What the compiler said of one source. */
export interface Verdict {
  readonly errors: readonly { readonly code: number; readonly text: string; readonly message: string }[];
}

/** A program over sources that exist in memory only, as if they lay beside this file, under the project's own options. */
export function programOf(
  sources: Readonly<Record<string, string>>,
  more: ts.CompilerOptions = {},
): { readonly program: ts.Program; readonly verdict: (name: string) => Verdict } {
  const options = { ...optionsOfTheProject(), ...more };
  const paths = new Map(Object.entries(sources).map(([name, text]) => [`${root}test/types/${name}.ts`, text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => paths.has(path) || fileExists(path);
  host.readFile = (path) => paths.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = paths.get(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...paths.keys()], options, host);
  return { program, verdict: (name) => verdictOn(program, `${root}test/types/${name}.ts`) };
}

function verdictOn(program: ts.Program, path: string): Verdict {
  const file = program.getSourceFile(path);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  const errors = found.map((one) => ({
    code: one.code,
    text: file?.text.slice(one.start ?? 0, (one.start ?? 0) + (one.length ?? 0)) ?? "",
    message: ts.flattenDiagnosticMessageText(one.messageText, "\n"),
  }));
  return { errors };
}
