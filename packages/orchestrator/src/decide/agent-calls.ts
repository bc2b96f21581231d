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
import { countUsage, saysTooOften } from "./agent-record.js";
import { draftMessage, queueMessage } from "./deliveries.js";
import { newEffect } from "./effects.js";
import { requestEscalation } from "./escalations.js";
import type { SessionWork } from "./work.js";

export interface AgentRequest {
  readonly agent: string | null;
  readonly reason: string;
  readonly trigger: string | null;
  /** The user has written and waits for an answer, there if possible. */
  readonly answers?: { readonly channel: string | null };
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
    if (effect.call.purpose !== undefined) continue;
    const { answers = effect.call.answers } = request;
    const call = { ...effect.call, ...(answers !== undefined && { answers }) };
    if (call.status === "running") work.putEffect({ ...effect, call: { ...call, again: request.reason } });
    else if (answers !== effect.call.answers) work.putEffect({ ...effect, call });
    return;
  }
  putCall(work, { ...request, agent });
}

/** Writes that an agent is to be asked, and tells it. */
export function putCall(
  work: SessionWork,
  request: AgentRequest & Pick<AgentEffect["call"], "purpose">,
  row: Partial<Pick<AgentEffect, "dueAt">> = {},
): AgentEffect {
  const { agent, reason } = request;
  const effect: AgentEffect = {
    ...newEffect(work, `agent:${agent ?? "none"}`),
    ...row,
    kind: "agent",
    call: { ...request, status: "pending", decision: null, error: null },
  };
  work.putEffect(effect);
  work.event({ type: "agent.asked", at: effect.createdAt, data: { effectId: effect.id, agent, reason } });
  return effect;
}

/** The end of a call that came to nothing. */
function failCall(work: SessionWork, effect: AgentEffect, error: string): void {
  const at = work.session.evaluatedAt;
  const call = { ...effect.call, status: "failed" as const, error };
  work.putEffect({ ...effect, lease: null, updatedAt: at, dueAt: null, call });
  work.event({ type: "agent.failed", at, data: { effectId: effect.id, agent: call.agent, error } });
}

/** The user has written and gets no answer of the agent's: a human is to give it. */
export function leaveAnswerToHuman(work: SessionWork, { call }: AgentEffect, error: string): void {
  requestEscalation(work, {
    reason: `The agent could not answer the user: ${error}`.slice(0, 500),
    requestedBy: `agent:${call.agent ?? "none"}`,
    suggestedHumanAction: "Answer the user's last message.",
  });
}

/** The user has written: whichever agent speaks for us is asked what to say. */
export function askForAnswer(work: SessionWork, channel: string | null): void {
  if (work.rulebook.defaultAgent === null) return;
  const where = channel === null ? "" : ` on ${channel}`;
  askAgent(work, { agent: null, reason: `The user wrote${where}.`, trigger: null, answers: { channel } });
}

export function isPeoples(work: SessionWork): boolean {
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
  | {
      readonly ok: false;
      readonly error: string;
      readonly retryAt: number | null;
      readonly usage?: readonly AgentUsage[];
    };

/** Takes in what the agent said and does it, in one commit with the end of the call: a decision acts exactly once. */
export function settleAgentCall(work: SessionWork, effect: AgentEffect, answer: AgentAnswer): void {
  const at = work.session.evaluatedAt;
  countUsage(work, answer.usage ?? []);
  if (!answer.ok && answer.retryAt !== null) {
    const call = { ...effect.call, status: "pending" as const, error: answer.error };
    work.putEffect({ ...effect, lease: null, updatedAt: at, dueAt: answer.retryAt, call });
    letNextBegin(work, effect);
    return;
  }
  end(work, effect, answer);
  const { again, agent } = effect.call;
  if (again !== undefined && work.session.status === "active")
    askAgent(work, { agent, reason: again, trigger: null });
  letNextBegin(work, effect);
}

/** The session has had all that agents may take of it: nobody is asked, and a human goes on. */
export function refuseForBudget(work: SessionWork, effect: AgentEffect, used: string): void {
  const error = `Agents have taken what they may of this session: ${used}.`;
  failCall(work, effect, error);
  requestEscalation(work, {
    reason: error,
    requestedBy: `agent:${effect.call.agent ?? "none"}`,
    suggestedHumanAction: null,
  });
}

/**
 * Calls of one session run one after the other: those that found this one under way need not wait for its lease. A stream
 * is begun by its reader.
 */
export function letNextBegin(work: SessionWork, ended: AgentEffect): void {
  for (const effect of [...work.effects()]) {
    if (effect.kind !== "agent" || effect.id === ended.id || effect.dueAt === null) continue;
    const { status, error, purpose } = effect.call;
    if (status === "pending" && error === null && purpose !== "respond")
      work.putEffect({ ...effect, dueAt: Math.min(effect.dueAt, work.now) });
  }
}

function end(work: SessionWork, effect: AgentEffect, answer: AgentAnswer): void {
  const late = whyTooLate(work, effect);
  if (!answer.ok || late !== null) {
    const error = late ?? (answer.ok ? "" : answer.error);
    failCall(work, effect, error);
    if (late === null && effect.call.answers !== undefined) leaveAnswerToHuman(work, effect, error);
    return;
  }
  const { decision, agent } = answer;
  const at = work.session.evaluatedAt;
  const call = { ...effect.call, status: "done" as const, decision, error: null };
  work.putEffect({ ...effect, lease: null, updatedAt: at, dueAt: null, call });
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
  const { trigger, answers } = effect.call;
  follow(work, decision, { agent, trigger, channel: answers?.channel ?? null });
}

/** Why a decision no longer counts, or null. */
function whyTooLate(work: SessionWork, effect: AgentEffect): string | null {
  const { status, ownershipEpoch } = work.session;
  if (status !== "active") return `The session was ${status} when the decision arrived.`;
  return ownershipEpoch === effect.ownershipEpoch ? null : "The owner changed before the decision arrived.";
}

interface Speaker {
  readonly agent: string;
  readonly trigger: string | null;
  /** Where the user waits for an answer. */
  readonly channel: string | null;
}

function follow(work: SessionWork, decision: Decision, speaker: Speaker): void {
  const { agent, trigger, channel } = speaker;
  const doubt = whyDoubted(work, decision);
  if (doubt !== null) {
    const wanted = decision.message === undefined ? decision.action : `say: ${decision.message}`;
    requestEscalation(work, {
      reason: doubt,
      requestedBy: `agent:${agent}`,
      suggestedHumanAction: decision.suggestedHumanAction ?? `It wanted to ${wanted}`.slice(0, 2_000),
    });
    return;
  }
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
          channel,
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

/** Why a human has to look at it before it is done, or null. */
function whyDoubted(work: SessionWork, { action, confidence, message }: Decision): string | null {
  if (action === "continue" || action === "escalate") return null;
  const { minConfidence } = work.rulebook.agents;
  if (confidence < minConfidence)
    return `The agent is not sure enough: ${confidence}, and ${minConfidence} is needed.`;
  if (action === "prompt_user" && message !== undefined && saysTooOften(work, message))
    return "The agent says the same thing again and again.";
  return null;
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
