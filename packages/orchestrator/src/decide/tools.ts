import {
  type Approval,
  createId,
  type Escalation,
  hasEnded,
  type Json,
  type JsonObject,
  OrchestratorError,
  type ToolEffect,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import {
  approvedArgs,
  type Deciding,
  decideApproval,
  hashArgs,
  settleExecution,
} from "@hybrid-orchestrator/escalation";
import { maxActivityBytes } from "../limits.js";
import { newEffect } from "./effects.js";
import { applyStep, contextOf, type EscalationRequest, openEscalation } from "./escalations.js";
import { leased } from "./leases.js";
import type { SessionWork } from "./work.js";

/** One call of a tool as it was proposed. */
export interface ToolCall {
  readonly name: string;
  readonly agent: string | null;
  readonly callId: string;
  readonly args: JsonObject;
}

/** What became of it, as far as anybody knows. */
export interface ToolEnd {
  readonly status: "done" | "failed" | "unknown";
  readonly result: Json;
  readonly error: string | null;
}

export type ApprovalRequest = Omit<EscalationRequest, "kind" | "question" | "approval"> & {
  readonly runBy: Approval["runBy"];
};

/**
 * Asks a human to allow exactly this call. The same call of a tool while one waits for an answer is that one.
 * @throws OrchestratorError `escalation_limit`, `unknown_name`, `invalid_configuration`
 */
export function requestApproval(work: SessionWork, call: ToolCall, request: ApprovalRequest): string {
  const argsHash = hashArgs(call.args);
  const { runBy, ...about } = request;
  for (const { id, status, approval } of work.escalations())
    if (!hasEnded(status) && approval?.tool === call.name && approval.argsHash === argsHash) return id;
  const { id } = openEscalation(work, {
    ...about,
    kind: "approval",
    approval: {
      status: "requested",
      agent: call.agent,
      runBy,
      tool: call.name,
      callId: call.callId,
      args: call.args,
      argsHash,
      editedArgs: null,
      editedHash: null,
      decidedBy: null,
      decidedAt: null,
      comment: null,
      execution: "none",
      result: null,
    },
  });
  logCall(work, call, { status: "awaiting_approval", approvalId: id });
  return id;
}

/** A worker decides about a call. */
export function decideCall(work: SessionWork, escalation: Escalation, deciding: Deciding): Escalation {
  const step = decideApproval(escalation, deciding, contextOf(work));
  const { approval } = step.escalation;
  const at = work.session.evaluatedAt;
  applyStep(work, step);
  work.append({
    id: createId(at),
    type: "approval_decided",
    actor: "human",
    channel: null,
    data: {
      approvalId: escalation.id,
      tool: approval?.tool ?? "",
      decision: approval?.status ?? deciding.decision,
      worker: deciding.worker.id,
      ...(deciding.comment !== null && { comment: deciding.comment }),
    },
    occurredAt: at,
    createdAt: work.now,
  });
  return step.escalation;
}

/** Writes that a call begins, held by whoever runs it. */
export function beginCall(
  work: SessionWork,
  call: ToolCall,
  lease: { readonly holder: string; readonly timeoutMs: number },
): ToolEffect {
  const row = newEffect(work, `tool:${call.name}`);
  const effect: ToolEffect = {
    ...row,
    ...leased(
      { ...row, kind: "tool", tool: pendingTool(call, null) },
      { ...lease, at: work.session.evaluatedAt },
    ),
    kind: "tool",
    tool: { ...pendingTool(call, null), status: "running" },
  };
  putBegun(work, effect);
  return effect;
}

export function putBegun(work: SessionWork, effect: ToolEffect): void {
  work.putEffect(effect);
  tell(work, "tool.called", effect);
}

/** What a human has allowed is to be run, once; it leaves after the commit. */
export function executeApproved(
  work: SessionWork,
  escalationId: string,
  approval: Approval,
  args: JsonObject,
): void {
  const { tool: name, agent, callId } = approval;
  work.putEffect({
    ...newEffect(work, `tool:${name}`),
    kind: "tool",
    tool: pendingTool({ name, agent, callId, args }, escalationId),
  });
}

/** Why what is to be run is not what was allowed, or null. */
export function whyNotApproved(work: SessionWork, { tool }: ToolEffect): string | null {
  if (tool.approvalId === null) return null;
  const escalation = work.escalation(tool.approvalId);
  if (escalation === undefined) return `The approval ${tool.approvalId} is unknown.`;
  if (escalation.approval?.execution !== "pending") return "It was run already.";
  try {
    return hashArgs(approvedArgs(escalation)) === hashArgs(tool.args)
      ? null
      : "Its arguments are not those that were approved.";
  } catch (error) {
    if (OrchestratorError.isInstance(error, "approval_mismatch")) return error.message;
    throw error;
  }
}

/** Takes in how a call ended: in its effect, the log and the approval, in one commit. */
export function settleCall(work: SessionWork, effect: ToolEffect, end: ToolEnd): void {
  const at = work.session.evaluatedAt;
  const { approvalId } = effect.tool;
  const ended: ToolEffect = {
    ...effect,
    lease: null,
    dueAt: null,
    updatedAt: at,
    tool: { ...effect.tool, status: end.status, error: end.error },
  };
  work.putEffect(ended);
  tell(work, end.status === "done" ? "tool.done" : "tool.failed", ended);
  logCall(work, effect.tool, { ...end, approvalId });
  const escalation = approvalId === null ? undefined : work.escalation(approvalId);
  if (escalation === undefined) return;
  const { status: execution, result, error } = end;
  applyStep(work, settleExecution(escalation, { execution, result, error }, contextOf(work)));
}

function pendingTool(call: ToolCall, approvalId: string | null): ToolEffect["tool"] {
  const { name, agent, callId, args } = call;
  return { name, agent, callId, args, approvalId, status: "pending", error: null };
}

/** The log is what agents and humans read: what was called, with what, and what came of it. */
function logCall(
  work: SessionWork,
  { name, agent, callId, args }: ToolCall,
  about: {
    readonly status: ToolEnd["status"] | "awaiting_approval";
    readonly approvalId: string | null;
    readonly result?: Json;
    readonly error?: string | null;
  },
): void {
  const { status, approvalId, result = null, error = null } = about;
  const at = work.session.evaluatedAt;
  work.append({
    id: createId(at),
    type: "tool_call",
    actor: agent === null ? "system" : "ai",
    channel: null,
    data: toJsonObject(
      {
        tool: name,
        callId,
        args,
        status,
        ...(agent !== null && { agent }),
        ...(approvalId !== null && { approvalId }),
        ...(result !== null && { result }),
        ...(error !== null && { error }),
      },
      { name: "tool call", maxBytes: maxActivityBytes },
    ),
    occurredAt: at,
    createdAt: work.now,
  });
}

function tell(
  work: SessionWork,
  type: "tool.called" | "tool.done" | "tool.failed",
  effect: ToolEffect,
): void {
  const { name: tool, agent, approvalId, error } = effect.tool;
  const data = { effectId: effect.id, tool, agent, approvalId, error };
  work.event({ type, at: work.session.evaluatedAt, data });
}
