// What a client starts: an orchestrator on a file, served over standard input and output.
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { createMcpServer } from "../../src/index.js";

await using orchestrator = createOrchestrator({
  storage: sqliteStorage({ path: process.argv[2] ?? "" }),
  escalation: {
    policies: {
      team: {
        levels: [{ targets: [{ queue: "team" }], waitSeconds: 300 }],
        onExhausted: { action: "back_to_ai" },
      },
    },
  },
});
await orchestrator.start();
const mcp = createMcpServer({ orchestrator, approvals: "elicit_then_workers", pollMs: 100 });
await using connection = mcp.stdio({ client: "desk" });
await connection.closed;
