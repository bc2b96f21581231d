import type { Approval } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Shown } from "../views.js";

export const approvalView = z.object({
  status: z
    .enum(["requested", "approved", "edited", "rejected", "responded", "ignored", "expired", "superseded"])
    .describe("expired: nobody decided in time, which is no rejection."),
  tool: z.string(),
  decidedBy: z
    .string()
    .nullable()
    .describe("worker:NAME, or client:NAME for whoever sits at the MCP client."),
  comment: z.string().nullable(),
  execution: z
    .enum(["none", "pending", "unknown", "done", "failed"])
    .describe("pending: its arguments were not taken yet. unknown: they were, and no result was reported."),
});

export const approvalResult = z.object({
  approval: approvalView,
  id: z.string().nullable().describe("Give it to await_human where the status is requested."),
  arguments: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe("With what exactly it may be done, once; null where it may not, or not yet."),
  next: z.string(),
});
export type ApprovalResult = z.input<typeof approvalResult>;

export function viewApproval(approval: Approval, shown: Shown): z.output<typeof approvalView> {
  const { status, tool, decidedBy, comment, execution } = approval;
  return {
    status,
    tool,
    decidedBy: decidedBy === null ? null : `worker:${decidedBy}`,
    comment: comment === null ? null : shown.text(comment),
    execution,
  };
}

/** What a client does next, in words for its model. */
export function approvalStep({ status, runBy, execution }: Approval): string {
  switch (status) {
    case "approved":
    case "edited":
      if (runBy === "orchestrator") return "It is done for you. Do not do it yourself.";
      if (execution === "pending")
        return "Call take_approval, and do it with exactly the arguments that come back.";
      return "Its arguments were taken. It is not done twice.";
    case "rejected":
      return "Do not do it.";
    case "responded":
      return "Do not do it. Read the comment, and propose something else where it asks for that.";
    case "ignored":
      return "Do not do it, and do not ask again.";
    case "requested":
      return "Nobody has decided yet. Call await_human with the id.";
    case "expired":
      return "Nobody decided in time, which is no rejection. Do not do it; ask again if it still matters.";
    case "superseded":
      return "It was withdrawn. Do not do it.";
  }
}
