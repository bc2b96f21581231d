import type { Approval } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Shown } from "../views.js";

export const approvalView = z.object({
  status: z
    .enum(["requested", "approved", "edited", "rejected", "responded", "ignored", "expired", "superseded"])
    .describe("expired: nobody decided in time, which is no rejection."),
  tool: z.string(),
  arguments: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("What may be done, exactly. Null: nothing may."),
  decidedBy: z
    .string()
    .nullable()
    .describe("worker:NAME, or client:NAME for whoever sits at the MCP client."),
  comment: z.string().nullable(),
});

/** The arguments are never masked: what is done must be what was approved. */
export function viewApproval(approval: Approval, shown: Shown): z.output<typeof approvalView> {
  const { status, tool, args, editedArgs, decidedBy, comment } = approval;
  return {
    status,
    tool,
    arguments: status === "approved" ? args : status === "edited" ? editedArgs : null,
    decidedBy: decidedBy === null ? null : `worker:${decidedBy}`,
    comment: comment === null ? null : shown.text(comment),
  };
}
