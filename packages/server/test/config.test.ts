import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { createServer } from "../src/index.js";

it("the configuration is checked when the server is made", () => {
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }) });
  const bad = [
    {},
    { orchestrator: {} },
    { orchestrator, port: 80 },
    { orchestrator, maxHookBodyBytes: 0 },
    { orchestrator, hookTimeoutMs: "1s" },
    { orchestrator, trustProxy: "yes" },
    { orchestrator, headersTimeoutMs: 40_000 },
    ...["example.com", "ftp://example.com", "https://u:p@example.com", "https://x/?a", "https://x/#a"].map(
      (publicUrl) => ({ orchestrator, publicUrl }),
    ),
  ];
  for (const options of bad) {
    expect(() => createServer(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
  }
});
