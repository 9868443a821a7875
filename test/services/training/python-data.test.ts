import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findPython, jobOf, runJob, scratch } from "./python-ranks.js";

// Several processes that import torch, one after the other, on a machine that may be busy.
const timeout = 300_000;
const found = findPython("import torch", "BURGEE_PYTHON", ({ torch }) => torch !== null);
const python = found ?? "";

describe.skipIf(found === undefined)("the data of the training program", { timeout }, () => {
  const text = "the cat sat on the mat, and the dog sat on the log.\n";

  it("learns a text", async () => {
    const path = join(scratch(), "text.txt");
    writeFileSync(path, text.repeat(50));
    const { first } = await runJob(python, jobOf({ data: { path }, steps: 40 }));
    expect(Number(first.losses.at(-1))).toBeLessThan(2.5);
    writeFileSync(path, "too short");
    const { error } = await runJob(python, jobOf({ data: { path } }));
    expect(error).toMatchObject({ type: "DataError", message: expect.stringContaining(`${path} has 9 bytes`) });
  });

  it("learns the labels of CSV, with and without names, and of lines of JSON", async () => {
    const path = join(scratch(), "rows");
    const rows = Array.from({ length: 40 }, (_, i) => [i / 10, 4 - i / 10, i < 20 ? "low" : "high"] as const);
    const csv = rows.map((row) => row.join(",")).join("\n");
    const jsonl = rows.map(([a, b, label]) => JSON.stringify({ features: [a, b], label })).join("\n");
    for (const content of [csv, `"a","b",label\r\n${csv.replaceAll("\n", "\r\n")}\r\n`, `${jsonl}\n\n`]) {
      writeFileSync(path, content);
      const { first, codes } = await runJob(
        python,
        jobOf({ task: "classifier", data: { path }, steps: 40, batch_size: 32 }),
      );
      expect(codes).toEqual([0]);
      // Of two labels, each as likely: ln 2 = 0.69.
      expect(Number(first.losses.at(-1))).toBeLessThan(0.3);
    }
  });

  it("names the file and the line at fault, and quotes nothing of it", async () => {
    const path = join(scratch(), "rows");
    const cases: [string, string][] = [
      ["", "has no rows"],
      ["1,2,a\n1,secret,b\n", "line 2, column 2: not a finite number"],
      ["1,2,a\n1,nan,b\n", "line 2, column 2: not a finite number"],
      ["1,2,a\n1,1e39,b\n", "line 2, column 2: not a finite number of 32 bits"],
      [
        `{"features": [1], "label": "a"}\n{"features": [1${"0".repeat(400)}], "label": "b"}\n`,
        "line 2, column 1: not a finite number of 32 bits",
      ],
      ["1,2,a\n\n1,b\n", "line 3: has 1 numbers and a label; line 1 has 2"],
      ["1,2,a\n1,2,\n", "line 2: the label is empty"],
      ["1,a\n2,a\n", "every row has the same label"],
      ["1,0.5\n2,0.7\n3,0.8\n", "is the label the last column?"],
      ['{"features": [1], "label": "a"}\n{"features": [secret]}\n', "line 2: not JSON"],
      ['{"features": [1], "label": "a"}\n{"features": 2, "label": "b"}\n', "line 2: must be"],
      [
        '{"features": [1], "label": "a"}\n{"features": [true], "label": "b"}\n',
        "line 2, column 1: not a finite number",
      ],
    ];
    for (const [content, message] of cases) {
      writeFileSync(path, content);
      const { error } = await runJob(python, jobOf({ task: "classifier", data: { path } }));
      expect(error).toMatchObject({ type: "DataError", message: expect.stringContaining(path) });
      expect(error?.message).toContain(message);
      expect(JSON.stringify(error)).not.toContain("secret");
    }
  });
});
