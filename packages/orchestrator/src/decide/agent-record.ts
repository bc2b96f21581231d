import type { AgentRecord, AgentUsage } from "@hybrid-orchestrator/core";
import { isRepetition } from "./repetition.js";
import type { SessionWork } from "./work.js";

const nothing: AgentRecord = { calls: 0, tokens: 0, costUsd: 0, said: [], summarizedSeq: 0 };
/** So much of what was said is kept, of so many texts: enough to know it again. */
const keptTexts = 10;
const keptLength = 500;

export function agentRecord({ session }: SessionWork): AgentRecord {
  return session.agentRecord ?? nothing;
}

export function updateAgentRecord(work: SessionWork, fields: Partial<AgentRecord>): void {
  work.patch({ agentRecord: { ...agentRecord(work), ...fields } });
}

/** Why no agent may be asked about this session any more, or null. */
export function whyOverBudget(work: SessionWork): string | null {
  const { calls, tokens, costUsd } = agentRecord(work);
  const { budget } = work.rulebook.agents;
  if (budget.calls !== null && calls >= budget.calls) return `${calls} calls of agents`;
  if (budget.tokens !== null && tokens >= budget.tokens) return `${tokens} tokens`;
  if (budget.costUsd !== null && costUsd >= budget.costUsd) return `${costUsd.toFixed(2)} US dollars`;
  return null;
}

/** Counted when it begins, so that one whose process dies counts as well. */
export function countCall(work: SessionWork): void {
  updateAgentRecord(work, { calls: agentRecord(work).calls + 1 });
}

export function countUsage(work: SessionWork, usage: readonly AgentUsage[]): void {
  if (usage.length === 0) return;
  let { tokens, costUsd } = agentRecord(work);
  for (const one of usage) {
    tokens += one.inputTokens + one.outputTokens;
    costUsd += one.costUsd ?? 0;
  }
  updateAgentRecord(work, { tokens, costUsd });
}

/** Whether an agent has said this so often that it is going round in circles; else it is remembered as said. */
export function saysTooOften(work: SessionWork, text: string): boolean {
  const { maxRepeats } = work.rulebook.agents;
  if (maxRepeats === null) return false;
  const { said } = agentRecord(work);
  const short = text.slice(0, keptLength);
  if (isRepetition(said, short, maxRepeats)) return true;
  updateAgentRecord(work, { said: [...said, short].slice(-keptTexts) });
  return false;
}

/** Others have spoken since: what an agent says now may well be said again. */
export function forgetSaid(work: SessionWork): void {
  if (agentRecord(work).said.length > 0) updateAgentRecord(work, { said: [] });
}
