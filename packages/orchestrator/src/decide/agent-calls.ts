import {
  type AgentEffect,
  type AgentUsage,
  createId,
  type Decision,
  decisionSchema,
  hasEnded,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { maxActivityBytes } from "../limits.js";
import { draftMessage, queueMessage } from "./deliveries.js";
import { newEffect } from "./effects.js";
import { requestEscalation } from "./escalations.js";
import type { SessionWork } from "./work.js";

export interface AgentRequest {
  readonly agent: string | null;
  readonly reason: string;
  readonly trigger: string | null;
}

/**
 * Asks an agent after the commit. One that has not looked yet will see it anyway; one that is thinking is asked once more
 * when it has answered. While a human owns the session, or is waited for, nobody is asked: the AI has no say in it.
 */
export function askAgent(work: SessionWork, request: AgentRequest): void {
  if (isPeoples(work)) return;
  const agent = request.agent ?? work.rulebook.defaultAgent;
  for (const effect of work.effects()) {
    if (effect.kind !== "agent" || effect.dueAt === null || effect.call.agent !== agent) continue;
    if (effect.call.status === "running")
      work.putEffect({ ...effect, call: { ...effect.call, again: request.reason } });
    return;
  }
  const effect: AgentEffect = {
    ...newEffect(work, `agent:${agent ?? "none"}`),
    kind: "agent",
    call: {
      agent,
      reason: request.reason,
      trigger: request.trigger,
      status: "pending",
      decision: null,
      error: null,
    },
  };
  work.putEffect(effect);
  work.event({
    type: "agent.asked",
    at: effect.createdAt,
    data: { effectId: effect.id, agent, reason: request.reason },
  });
}

function isPeoples(work: SessionWork): boolean {
  const { kind } = work.session.owner;
  if (kind === "human") return true;
  return (
    kind === "nobody" && work.escalations().some((one) => one.kind === "takeover" && !hasEnded(one.status))
  );
}

export type AgentAnswer =
  | {
      readonly ok: true;
      readonly agent: string;
      readonly decision: Decision;
      /** What its model took, call by call. */
      readonly usage: readonly AgentUsage[];
    }
  | { readonly ok: false; readonly error: string; readonly retryAt: number | null };

/** Takes in what the agent said and does it, in one commit with the end of the call: a decision acts exactly once. */
export function settleAgentCall(work: SessionWork, effect: AgentEffect, answer: AgentAnswer): void {
  const at = work.session.evaluatedAt;
  if (!answer.ok && answer.retryAt !== null) {
    const call = { ...effect.call, status: "pending" as const, error: answer.error };
    work.putEffect({ ...effect, lease: null, updatedAt: at, dueAt: answer.retryAt, call });
    return;
  }
  end(work, effect, answer);
  const { again, agent } = effect.call;
  if (again !== undefined && work.session.status === "active")
    askAgent(work, { agent, reason: again, trigger: null });
}

function end(work: SessionWork, effect: AgentEffect, answer: AgentAnswer): void {
  const at = work.session.evaluatedAt;
  const ended = { ...effect, lease: null, updatedAt: at, dueAt: null };
  const failure = answer.ok ? whyTooLate(work, effect) : answer.error;
  if (!answer.ok || failure !== null) {
    work.putEffect({ ...ended, call: { ...effect.call, status: "failed", error: failure } });
    const data = { effectId: effect.id, agent: effect.call.agent, error: failure ?? "" };
    work.event({ type: "agent.failed", at, data });
    return;
  }
  const { decision, agent } = answer;
  work.putEffect({ ...ended, call: { ...effect.call, status: "done", decision, error: null } });
  work.event({ type: "agent.decided", at, data: { effectId: effect.id, agent, decision } });
  work.append({
    id: createId(work.now),
    type: "agent_decision",
    actor: "ai",
    channel: null,
    data: toJsonObject(
      { agent, ...decision, ...(answer.usage.length > 0 && { usage: answer.usage }) },
      { name: "decision", maxBytes: maxActivityBytes },
    ),
    occurredAt: at,
    createdAt: work.now,
  });
  follow(work, agent, decision, effect.call.trigger);
}

/** Why a decision no longer counts, or null. */
function whyTooLate(work: SessionWork, effect: AgentEffect): string | null {
  const { status, ownershipEpoch } = work.session;
  if (status !== "active") return `The session was ${status} when the decision arrived.`;
  return ownershipEpoch === effect.ownershipEpoch ? null : "The owner changed before the decision arrived.";
}

function follow(work: SessionWork, agent: string, decision: Decision, trigger: string | null): void {
  const why = { reason: `Agent ${agent}: ${decision.reasoning}`.slice(0, 500), actor: "ai" as const };
  switch (decision.action) {
    case "continue":
      return;
    case "prompt_user":
      if (decision.message === undefined || decision.message === "") return;
      queueMessage(
        work,
        draftMessage({
          content: decision.message,
          audience: "user",
          automated: true,
          metadata: { agent },
          trigger,
          reason: decision.reasoning === "" ? null : decision.reasoning,
        }),
      );
      return;
    case "escalate":
      requestEscalation(work, {
        reason: decision.escalationReason ?? decision.reasoning,
        requestedBy: `agent:${agent}`,
        suggestedHumanAction: decision.suggestedHumanAction ?? null,
      });
      return;
    case "complete":
      work.setStatus("completed", why);
      return;
    case "abort":
      work.setStatus("cancelled", why);
      return;
  }
}

/** What an agent returned, checked; a problem is told in words. */
export function readDecision(value: unknown): { readonly decision: Decision } | { readonly problem: string } {
  const parsed = decisionSchema.safeParse(value);
  if (!parsed.success)
    return { problem: `The decision is not valid: ${parsed.error.issues[0]?.message ?? "unknown"}` };
  if (parsed.data.action === "prompt_user" && !parsed.data.message) {
    return { problem: "The decision is prompt_user without a message." };
  }
  // Leaves room for the agent's name: what is recorded of it must fit into one activity.
  const bytes = Buffer.byteLength(JSON.stringify(parsed.data));
  if (bytes > maxActivityBytes - 1_024)
    return { problem: `The decision is ${bytes} bytes as JSON, too large to record.` };
  return { decision: parsed.data };
}
