import { storageSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { newDatabase } from "../src/database.js";
import { sampleNameStorage } from "../src/index.js";

storageSuite({
  describe,
  it,
  expect,
  name: "the sample-name storage is a storage",
  async create() {
    const database = newDatabase();
    return {
      connect: ({ codec }) => sampleNameStorage({ database, ...(codec && { codec }) }),
      dispose: async () => undefined,
    };
  },
});
