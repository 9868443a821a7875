import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { entries } from "./tsup.config.js";

/** The folders of test/ that are projects of their own; every other test is a unit test. */
const apart = ["conformance", "statistics", "examples", "docs"];

function project(name: string) {
  return { extends: true as const, test: { name, include: [`test/${name}/**/*.test.ts`] } };
}

export default defineConfig({
  resolve: {
    alias: Object.entries(entries).map(([name, source]) => ({
      find: name === "index" ? /^burgee$/ : `burgee/${name}`,
      replacement: fileURLToPath(new URL(source, import.meta.url)),
    })),
  },
  test: {
    // Property tests are heavy, and some tests start processes; a slow machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{js,ts}"],
      // It runs in threads of its own, which nobody measures; all that it does is in yaml-tree.js.
      exclude: ["src/resolvers/yaml-worker.js"],
      reporter: ["text-summary", "json-summary"],
      reportOnFailure: true,
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...apart, "types", "package", "budgets", "fleet"].map((name) => `test/${name}/**`),
        },
      },
      ...apart.map(project),
      {
        extends: true,
        test: {
          name: "types",
          include: ["test/types/**/*.test.ts"],
          typecheck: { enabled: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
        },
      },
      {
        extends: true,
        test: {
          name: "budgets",
          include: ["test/budgets/*.test.ts"],
          globalSetup: ["test/budgets/build.ts"],
          testTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "fleet",
          include: ["test/fleet/*.test.ts"],
          globalSetup: ["test/fleet/build.ts"],
          // One file at a time, after all others: each keeps the whole machine busy.
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/package/*.test.ts"],
          globalSetup: ["test/package/pack.ts"],
          testTimeout: 180_000,
        },
      },
    ],
  },
});
