import { safeReason, silencedBy } from "@hybrid-orchestrator/channel-hub";
import {
  type Activity,
  type AgentEffect,
  type AgentUsage,
  errorMessage,
  type Storage,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { letNextBegin } from "../decide/agent-calls.js";
import { countUsage } from "../decide/agent-record.js";
import { isHeld } from "../decide/leases.js";
import { type Summarized, type SummaryAnswer, settleSummary } from "../decide/summaries.js";
import type { Runtime } from "../runtime.js";
import { publicSession, readRecord } from "../views.js";
import { reportTo } from "./agent-runner.js";

/** More than this since the last summary: the newest of them. */
const maxActivities = 500;

/** Has an agent sum up what has happened since the last summary, and keeps it. */
export async function runSummary(runtime: Runtime, effect: AgentEffect, signal: AbortSignal): Promise<void> {
  const usage: AgentUsage[] = [];
  let seen: Summarized | null = null;
  let answer: SummaryAnswer;
  try {
    const { summarized, ...text } = await summarize(runtime, effect, { usage, signal });
    seen = summarized;
    answer = { ok: true, ...text };
  } catch (error) {
    answer = { ok: false, error: safeReason(errorMessage(error)) };
  }
  await runtime.submit(effect.sessionId, (work) => {
    const current = work.effect(effect.id);
    if (current?.kind !== "agent" || !isHeld(current, effect.tries)) return;
    countUsage(work, usage);
    settleSummary(work, current, { answer, seen });
    letNextBegin(work, current);
  });
}

async function summarize(
  runtime: Runtime,
  { sessionId, call }: AgentEffect,
  { usage, signal }: { readonly usage: AgentUsage[]; readonly signal: AbortSignal },
): Promise<{ readonly summary: string; readonly summarized: Summarized }> {
  const { clock, agentTimeoutMs } = runtime.settings;
  const agent = call.agent === null ? undefined : runtime.registry.agents.get(call.agent);
  if (agent?.summarize === undefined) throw new Error(`No agent named ${call.agent} can summarize.`);
  const record = await readRecord(runtime.storage, sessionId);
  const stopped = silencedBy(await runtime.killSwitches.list(), record.workflow, agent.name);
  if (stopped !== null) throw new Error(`Not asked: ${stopped}`);
  const activities = await newest(runtime.storage, sessionId, record.agentRecord?.summarizedSeq ?? 0);
  const session = publicSession(record);
  const input = { session, activities, summary: session.summary, context: { reason: call.reason } };
  const summary = await withTimeout(
    { clock, timeoutMs: agentTimeoutMs, name: `Agent ${agent.name}`, signal },
    (abort) => agent.summarize?.(input, { signal: abort, reportUsage: reportTo(usage) }) ?? "",
  );
  const seq = activities.at(-1)?.seq ?? record.lastSeq;
  return { summary: String(summary), summarized: { before: session.summary, seq } };
}

async function newest(storage: Storage, sessionId: string, afterSeq: number): Promise<readonly Activity[]> {
  const page = await storage.listActivities({ sessionId, afterSeq, order: "desc", limit: maxActivities });
  return [...page.items].reverse();
}
