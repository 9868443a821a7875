import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/resolvers/environment.js";

const folder = mkdtempSync(join(tmpdir(), "burgee-environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("readEnvironment", () => {
  it("lets later files win over earlier ones, and variables over all", () => {
    const first = file("first.env", "A=1\nB=1\nC=1\n");
    const second = file("second.env", "\nB=2\nC=2\n");
    const environment = readEnvironment({ files: [first, second], variables: { C: "3", D: "4" } });
    expect({ ...environment.all }).toEqual({ A: "1", B: "2", C: "3", D: "4" });
    expect(["A", "B", "C", "D", "E"].map((name) => environment.get(name))).toEqual(["1", "2", "3", "4", undefined]);
    expect([...environment.names()]).toEqual(["A", "B", "C", "D"]);
    expect(environment.place("A")).toBe(`A (${first}:1)`);
    expect(environment.place("B")).toBe(`B (${second}:2)`);
    expect(environment.place("C")).toBe("C");
    expect(environment.place("E")).toBe("E");
  });

  it("counts an empty variable as unset, so that what stands below it shows", () => {
    const first = file("full.env", "A=1\nB=1\n");
    const second = file("empty.env", "A=\nE=\n");
    const environment = readEnvironment({ files: [first, second], variables: { B: "", C: "", D: undefined } });
    expect({ ...environment.all }).toEqual({ A: "1", B: "1" });
    expect(environment.place("B")).toBe(`B (${first}:2)`);
  });

  it("passes over missing files, and gathers the problems of the others", () => {
    const bad = file("bad.env", "A=1\nnonsense\n");
    const environment = readEnvironment({ files: [join(folder, "missing.env"), bad, folder], variables: {} });
    expect(environment.get("A")).toBe("1");
    expect(environment.problems).toEqual([
      {
        code: "INVALID_CONFIGURATION",
        place: `${bad}:2`,
        message: "this line is neither blank, nor a comment, nor NAME=value",
      },
      { code: "INVALID_CONFIGURATION", place: folder, message: "is a folder and not a file" },
    ]);
  });

  it("is captured once, and writes nothing", () => {
    const variables: Record<string, string> = { A: "1" };
    const before = { ...process.env };
    const environment = readEnvironment({ files: [file("writes.env", "WRITTEN_BY_BURGEE=1\n")], variables });
    Object.assign(variables, { A: "2", B: "2" });
    expect(environment.get("A")).toBe("1");
    expect(environment.get("B")).toBeUndefined();
    expect(Object.isFrozen(environment.all)).toBe(true);
    expect(Object.isFrozen(environment.problems)).toBe(true);
    expect({ ...process.env }).toEqual(before);
  });

  it("finds no variable that an object has by nature, and keeps one of such a name", () => {
    const variables = JSON.parse('{"__proto__": "odd", "A": 5}') as Record<string, string>;
    const { get, all } = readEnvironment({ files: [], variables });
    expect(get("constructor")).toBeUndefined();
    expect(get("__proto__")).toBe("odd");
    expect(get("A")).toBeUndefined();
    expect(Object.keys(all)).toEqual(["__proto__"]);
    expect("toString" in all).toBe(false);
  });
});
