import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

// "source" resolves workspace packages to their src, so a test run needs no build. The others are Vite's own.
const conditions = ["source", "module", "node", "development|production"];

// Packages whose tests keep nothing of their own in memory or in the world: their files may share what they import, which
// takes longer than many of them.
const pure =
  "packages/{agent-claude,agent-kit,agent-mock,channel-console,channel-hub,core,create-plugin,domain-*,escalation,mail,screen-state,signatures,triggers}";
const pureTests = `${pure}/test/**/*.test.ts`;
const postgresTests = "packages/storage-postgres/test/**/*.test.ts";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A crash inside a native module ends one file's process and not the whole run.
    pool: "forks",
    // One more than the two cores that the tests are meant for: some wait, and others may have the time.
    maxWorkers: 3,
    testTimeout: 20_000,
    // eventsource-parser has a "source" of its own, in TypeScript: what imports it must not be left to Node.js.
    server: { deps: { inline: [/\/node_modules\/(eventsource-parser|@ai-sdk|ai|@modelcontextprotocol)\//] } },
    reporters: ["default", "json"],
    outputFile: { json: "node_modules/.cache/vitest/report.json" },
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: [
            "packages/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "tooling/*/test/**/*.test.ts",
          ],
          exclude: [...configDefaults.exclude, pureTests, postgresTests],
        },
      },
      { extends: true, test: { name: "pure", include: [pureTests], isolate: false } },
      {
        // A project of its own, so that the server that its files share starts only when one of them runs.
        extends: true,
        test: {
          name: "postgres",
          include: [postgresTests],
          globalSetup: ["packages/storage-postgres/test/global-setup.ts"],
        },
      },
    ],
  },
});
