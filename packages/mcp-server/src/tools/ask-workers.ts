import { type ApprovalResult, approvalStep, viewApproval } from "./approval-view.js";
import type { ProposedCall } from "./proposed-call.js";
import type { Desk } from "./tool.js";

/** Asks our workers, under the session's policy. The client runs it itself, once it takes what was approved. */
export async function askWorkers(desk: Desk, call: ProposedCall): Promise<ApprovalResult> {
  const { orchestrator, client, shown } = desk;
  const { session, tool, args, reason } = call;
  const { id, approval } = await orchestrator.approvals.request(
    { id: session.id },
    { tool, args, reason, runBy: "caller", callId: "mcp", requestedBy: `mcp:${client.name}` },
  );
  if (approval === null) throw new Error(`Escalation ${id} has no approval.`);
  return { id, approval: viewApproval(approval, shown), arguments: null, next: approvalStep(approval) };
}
