import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { z } from "zod";
import type { approvalView } from "./approval-view.js";
import type { ProposedCall } from "./proposed-call.js";
import type { Desk } from "./tool.js";

export async function askWorkers(
  _desk: Desk,
  _call: ProposedCall,
): Promise<{ approval: z.input<typeof approvalView>; id: string; next: string }> {
  throw new OrchestratorError("unavailable", "No workers decide here yet.");
}
