import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storageSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { sqliteStorage } from "../src/index.js";

storageSuite({
  describe,
  it,
  expect,
  name: "a file",
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
    return {
      connect: (options) =>
        sqliteStorage({ path: join(folder, "test.db"), durability: "normal", ...options }),
      dispose: async () => rmSync(folder, { recursive: true }),
    };
  },
});

storageSuite({
  describe,
  it,
  expect,
  name: ":memory:",
  persistent: false,
  create: async () => ({
    connect: (options) => sqliteStorage({ path: ":memory:", ...options }),
    dispose: async () => undefined,
  }),
});
