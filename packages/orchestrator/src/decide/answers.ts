import { type AgentEffect, type AgentUsage, createId } from "@hybrid-orchestrator/core";
import { isPeoples, leaveAnswerToHuman, letNextBegin, putCall } from "./agent-calls.js";
import { countUsage } from "./agent-record.js";
import type { SessionWork } from "./work.js";

/** Who answers what the user has just written. */
export type Answerer = "agent" | "human" | "nobody";

/** Whoever was to read the stream is gone after so long, and the agent answers in a message instead. */
const readerMs = 10_000;

/** Asks for an answer to be streamed, where an agent speaks for us. Whoever reads the stream begins it. */
export function askForStream(
  work: SessionWork,
  channel: string | null,
): { readonly by: Answerer; readonly effectId: string | null } {
  const agent = work.rulebook.defaultAgent;
  if (isPeoples(work))
    return { by: work.session.owner.kind === "human" ? "human" : "nobody", effectId: null };
  if (agent === null || work.session.status !== "active") return { by: "nobody", effectId: null };
  const { id } = putCall(
    work,
    { agent, reason: "The user wrote.", trigger: null, purpose: "respond", answers: { channel } },
    { dueAt: work.now + readerMs },
  );
  return { by: "agent", effectId: id };
}

/** How a stream ended. What the user has read of it is told whatever became of the rest. */
export interface StreamEnd {
  readonly text: string;
  readonly usage: readonly AgentUsage[];
  /** Why it is not whole, where it is not. */
  readonly cut: "failed" | "taken_over" | "not_read" | null;
  readonly error: string | null;
}

export function settleStream(work: SessionWork, effect: AgentEffect, end: StreamEnd): void {
  const at = work.session.evaluatedAt;
  const { agent, answers } = effect.call;
  const { text, cut, error } = end;
  const status = cut === "failed" ? ("failed" as const) : ("done" as const);
  countUsage(work, end.usage);
  work.putEffect({
    ...effect,
    lease: null,
    dueAt: null,
    updatedAt: at,
    call: { ...effect.call, status, error },
  });
  if (text !== "")
    work.append({
      id: createId(at),
      type: "message",
      actor: "ai",
      channel: answers?.channel ?? null,
      data: { text, ...(agent !== null && { agent }), ...(cut !== null && { cut }) },
      occurredAt: at,
      createdAt: work.now,
    });
  if (cut === "failed") {
    const reason = error ?? "It failed.";
    work.event({ type: "agent.failed", at, data: { effectId: effect.id, agent, error: reason } });
    if (!isPeoples(work) && work.session.status === "active") leaveAnswerToHuman(work, effect, reason);
  }
  letNextBegin(work, effect);
}
