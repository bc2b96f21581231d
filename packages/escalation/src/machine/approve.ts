import {
  type Approval,
  canonicalText,
  type Escalation,
  hashParts,
  type Json,
  type JsonObject,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import type { Context } from "./context.js";
import { end } from "./end.js";
import { requireOpen } from "./offer.js";
import { type Step, Transition } from "./step.js";

export const approvalDecisions = ["approve", "edit", "reject", "respond", "ignore"] as const;
export type ApprovalDecision = (typeof approvalDecisions)[number];

export interface Deciding {
  readonly worker: string;
  readonly decision: ApprovalDecision;
  /** Of the arguments that the worker saw. */
  readonly argsHash?: string;
  /** With `edit`: what is to be run instead. */
  readonly args?: JsonObject;
  /** What the agent is told. Needed with `respond`. */
  readonly comment: string | null;
}

const statusAfter = {
  approve: "approved",
  edit: "edited",
  reject: "rejected",
  respond: "responded",
  ignore: "ignored",
} as const satisfies Record<ApprovalDecision, Approval["status"]>;

/**
 * A worker decides about what an agent proposes; that is a claim as well, where nobody holds it yet. The decision counts
 * for exactly the arguments with that hash.
 * @throws OrchestratorError `escalation_ended`, `escalation_taken`, `approval_mismatch`, `invalid_argument`
 */
export function decideApproval(escalation: Escalation, request: Deciding, context: Context): Step {
  requireOpen(escalation);
  const { now } = context;
  const { worker, decision, argsHash, args, comment } = request;
  const { approval, holder } = escalation;
  if (approval === null)
    throw new OrchestratorError(
      "approval_mismatch",
      `Escalation ${escalation.id} is a ${escalation.kind}: there is nothing to approve.`,
    );
  if (holder !== null && holder.worker !== worker)
    throw new OrchestratorError(
      "escalation_taken",
      `${holder.worker} decides about escalation ${escalation.id} already.`,
    );
  if (argsHash !== undefined && argsHash !== approval.argsHash)
    throw new OrchestratorError(
      "approval_mismatch",
      `The decision is about other arguments than escalation ${escalation.id} proposes. Read it again.`,
    );
  if ((decision === "edit") !== (args !== undefined))
    throw new OrchestratorError(
      "invalid_argument",
      "Arguments belong to the decision edit, and only to that.",
    );
  if (decision === "respond" && !comment)
    throw new OrchestratorError(
      "invalid_argument",
      "The decision respond needs a comment: it is what the agent is told.",
    );
  const transition = new Transition(escalation, now);
  if (holder === null) {
    transition.set({ claimEpoch: escalation.claimEpoch + 1, claimedAt: escalation.claimedAt ?? now });
    transition.event("escalation.claimed", { worker });
  }
  const runs = decision === "approve" || decision === "edit";
  transition.set({
    respondedAt: escalation.respondedAt ?? now,
    approval: {
      ...approval,
      status: statusAfter[decision],
      editedArgs: args ?? null,
      editedHash: args === undefined ? null : hashArgs(args),
      decidedBy: worker,
      decidedAt: now,
      comment,
      execution: runs ? "pending" : "none",
    },
  });
  transition.event("approval.decided", {
    worker,
    reason: comment,
    details: { decision, tool: approval.tool },
  });
  end(
    transition,
    { status: "resolved", outcome: `${statusAfter[decision]} by ${worker}`, next: "ai", worker },
    context,
  );
  if (runs) transition.add({ type: "execute" });
  else
    transition.add({
      type: "ask_agent",
      reason: `A human has ${statusAfter[decision]} the call of ${approval.tool}${comment === null ? "" : `: ${comment}`}.`,
      agent: approval.agent,
    });
  return transition.done();
}

/** What a decision is bound to. */
export function hashArgs(args: JsonObject): string {
  return hashParts(canonicalText(args));
}

/** What is to be run: exactly what was approved, checked once more. @throws OrchestratorError `approval_mismatch` */
export function approvedArgs({ id, approval }: Escalation): JsonObject {
  const edited = approval?.status === "edited";
  const args = edited ? approval.editedArgs : approval?.status === "approved" ? approval.args : null;
  const hash = edited ? approval.editedHash : approval?.argsHash;
  if (args === null || args === undefined || hashArgs(args) !== hash)
    throw new OrchestratorError(
      "approval_mismatch",
      `What escalation ${id} approved is not what is to be run.`,
    );
  return args;
}

/** What became of the run; the agent goes on with it. */
export function settleExecution(
  escalation: Escalation,
  outcome: {
    readonly execution: "done" | "failed" | "unknown";
    readonly result: Json;
    readonly error: string | null;
  },
  { now }: Context,
): Step {
  const { approval } = escalation;
  if (approval === null || approval.execution !== "pending") return { escalation, consequences: [] };
  const { execution, result, error } = outcome;
  const transition = new Transition(escalation, now);
  transition.set({ approval: { ...approval, execution, result } });
  transition.event("approval.executed", { reason: error, details: { tool: approval.tool, execution } });
  const what = {
    done: "was run",
    failed: `failed: ${error ?? "unknown"}`,
    unknown: "began, and nobody knows what became of it",
  };
  transition.add({
    type: "ask_agent",
    reason: `The approved call of ${approval.tool} ${what[execution]}.`,
    agent: approval.agent,
  });
  return transition.done();
}
