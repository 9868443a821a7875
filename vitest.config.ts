import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { burgee: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/package/fixtures/**", "node_modules/**"],
    coverage: { provider: "v8", include: ["src/**/*.ts"], thresholds: { lines: 95, branches: 95 } },
  },
});
