import {
  type Approval,
  canonicalText,
  type Escalation,
  hashParts,
  type Json,
  type JsonObject,
  OrchestratorError,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import { requireEligible } from "../staff/staff.js";
import type { Context } from "./context.js";
import { end } from "./end.js";
import { requireOpen } from "./offer.js";
import { type Step, Transition } from "./step.js";

export const approvalDecisions = ["approve", "edit", "reject", "respond", "ignore"] as const;
export type ApprovalDecision = (typeof approvalDecisions)[number];

export interface Deciding {
  readonly worker: WorkerRecord;
  readonly decision: ApprovalDecision;
  /** Of the arguments that the worker saw; whoever allows something has to say of what. */
  readonly argsHash?: string | undefined;
  /** With `edit`: what is to be run instead. */
  readonly args?: JsonObject | undefined;
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
 * @throws OrchestratorError `escalation_ended`, `escalation_taken`, `not_eligible`, `approval_mismatch`, `invalid_argument`
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
  if (holder !== null && holder.worker !== worker.id)
    throw new OrchestratorError(
      "escalation_taken",
      `${holder.worker} decides about escalation ${escalation.id} already.`,
    );
  if (holder === null) requireEligible(escalation, worker);
  const runs = decision === "approve" || decision === "edit";
  if (runs ? argsHash !== approval.argsHash : argsHash !== undefined && argsHash !== approval.argsHash)
    throw new OrchestratorError(
      "approval_mismatch",
      argsHash === undefined
        ? `The decision ${decision} needs argsHash, the hash of the arguments that were read in escalation ${escalation.id}.`
        : `The decision is about other arguments than escalation ${escalation.id} proposes. Read it again.`,
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
    transition.event("escalation.claimed", { worker: worker.id, details: { partOf: "approval.decided" } });
  }
  transition.set({
    respondedAt: escalation.respondedAt ?? now,
    lastHolder: worker.id,
    approval: {
      ...approval,
      status: statusAfter[decision],
      editedArgs: args ?? null,
      editedHash: args === undefined ? null : hashArgs(args),
      decidedBy: worker.id,
      decidedAt: now,
      comment,
      execution: runs ? "pending" : "none",
    },
  });
  transition.event("approval.decided", {
    worker: worker.id,
    reason: comment,
    details: { decision, tool: approval.tool },
  });
  end(
    transition,
    {
      status: "resolved",
      outcome: `${statusAfter[decision]} by ${worker.name}`,
      next: "ai",
      worker: worker.id,
      partOf: "approval.decided",
    },
    context,
  );
  if (!runs)
    tellAgent(
      transition,
      `A human has ${statusAfter[decision]} the call of ${approval.tool}${comment === null ? "" : `: ${comment}`}.`,
    );
  else if (approval.runBy === "orchestrator") transition.add({ type: "execute" });
  return transition.done();
}

function tellAgent(transition: Transition, reason: string): void {
  const agent = transition.escalation.approval?.agent ?? null;
  if (agent !== null) transition.add({ type: "ask_agent", reason, agent });
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

/**
 * Whoever asked takes the arguments to run them: once, since from then on nobody knows whether it has happened.
 * @throws OrchestratorError `approval_mismatch`
 */
export function takeExecution(
  escalation: Escalation,
  { now }: Context,
): Step & { readonly args: JsonObject } {
  const args = approvedArgs(escalation);
  const { approval, id } = escalation;
  if (approval?.runBy !== "caller" || approval.execution !== "pending")
    throw new OrchestratorError(
      "approval_mismatch",
      approval?.runBy === "caller"
        ? `What escalation ${id} approved was taken already, and is not run twice.`
        : `What escalation ${id} approved is run by the orchestrator itself.`,
    );
  const transition = new Transition(escalation, now);
  transition.set({ approval: { ...approval, execution: "unknown" } });
  transition.event("approval.taken", { details: { tool: approval.tool } });
  return { ...transition.done(), args };
}

/** What became of the run; the agent goes on with it. A second word on it changes nothing. */
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
  const open = approval?.runBy === "caller" ? "unknown" : "pending";
  if (approval === null || approval.execution !== open) return { escalation, consequences: [] };
  const { execution, result, error } = outcome;
  const transition = new Transition(escalation, now);
  transition.set({ approval: { ...approval, execution, result } });
  transition.event("approval.executed", { reason: error, details: { tool: approval.tool, execution } });
  const what = {
    done: "was run",
    failed: `failed: ${error ?? "unknown"}`,
    unknown: "began, and nobody knows what became of it",
  };
  tellAgent(transition, `The approved call of ${approval.tool} ${what[execution]}.`);
  return transition.done();
}
