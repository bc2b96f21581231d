import { storageSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { postgresStorage } from "../src/index.js";
import { dropSchema, freshConfig } from "./database.js";

storageSuite({
  describe,
  it,
  expect,
  name: "PostgreSQL",
  create: async () => {
    const config = freshConfig();
    return {
      connect: (options) => postgresStorage({ ...config, maxConnections: 4, ...options }),
      dispose: () => dropSchema(config),
    };
  },
});
