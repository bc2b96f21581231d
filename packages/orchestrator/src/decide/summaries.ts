import type { AgentEffect } from "@hybrid-orchestrator/core";
import { agentRecord, updateAgentRecord, whyOverBudget } from "./agent-record.js";
import { newEffect } from "./effects.js";
import type { SessionWork } from "./work.js";

/** Fewer activities than this are read faster than a summary of them is made. */
const handoverMin = 5;
const maxSummaryLength = 20_000;

/** Has the summary made anew when so much has happened since that whoever comes next would miss it. */
export function keepSummary(work: SessionWork): void {
  const { summarizeEvery } = work.rulebook.agents;
  if (summarizeEvery !== null) askForSummary(work, summarizeEvery);
}

/** Somebody else is about to take over. */
export function summarizeForHandover(work: SessionWork): void {
  if (work.rulebook.agents.summarizeEvery !== null) askForSummary(work, handoverMin);
}

function askForSummary(work: SessionWork, after: number): void {
  const { session, rulebook } = work;
  const agent = rulebook.agents.summarizer;
  if (agent === null || session.status !== "active") return;
  if (session.lastSeq - agentRecord(work).summarizedSeq < after) return;
  for (const effect of work.effects())
    if (effect.kind === "agent" && effect.dueAt !== null && effect.call.purpose === "summarize") return;
  if (whyOverBudget(work) !== null) return;
  const reason = "The summary is to be made anew.";
  const effect: AgentEffect = {
    ...newEffect(work, `agent:${agent}`),
    kind: "agent",
    call: {
      agent,
      reason,
      trigger: null,
      purpose: "summarize",
      status: "pending",
      decision: null,
      error: null,
    },
  };
  work.putEffect(effect);
}

export type SummaryAnswer =
  | { readonly ok: true; readonly summary: string }
  | { readonly ok: false; readonly error: string };

/** What the summary was made of. */
export interface Summarized {
  readonly before: string | null;
  readonly seq: number;
}

/** Takes in a summary, unless somebody has written another meanwhile. A failure waits for its next turn. */
export function settleSummary(
  work: SessionWork,
  effect: AgentEffect,
  { answer, seen }: { readonly answer: SummaryAnswer; readonly seen: Summarized | null },
): void {
  const { session } = work;
  const at = session.evaluatedAt;
  const error = answer.ok ? null : answer.error;
  work.putEffect({
    ...effect,
    lease: null,
    dueAt: null,
    updatedAt: at,
    call: { ...effect.call, status: answer.ok ? "done" : "failed", error },
  });
  updateAgentRecord(work, { summarizedSeq: seen?.seq ?? session.lastSeq });
  if (!answer.ok) {
    const { agent } = effect.call;
    work.event({ type: "agent.failed", at, data: { effectId: effect.id, agent, error: answer.error } });
  } else if (seen !== null && session.summary === seen.before && answer.summary.trim() !== "") {
    const revision = session.revision + 1;
    work.patch({ summary: answer.summary.slice(0, maxSummaryLength), revision });
    work.event({ type: "session.updated", at, data: { revision } });
  }
}
