import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// "source" resolves workspace packages to their src, so a test run needs no build. The others are Vite's own.
const conditions = ["source", "module", "node", "development|production"];

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "tooling/*/test/**/*.test.ts"],
    // A crash inside a native module ends one file's process and not the whole run.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: ["default", "json"],
    outputFile: { json: "node_modules/.cache/vitest/report.json" },
  },
});
