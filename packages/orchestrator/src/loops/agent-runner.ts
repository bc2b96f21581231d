import { type KillSwitch, safeReason, silencedBy } from "@hybrid-orchestrator/channel-hub";
import {
  type AgentEffect,
  type AgentInput,
  type AgentUsage,
  agentUsageSchema,
  errorMessage,
  type JsonObject,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { type AgentAnswer, readDecision, refuseForBudget, settleAgentCall } from "../decide/agent-calls.js";
import { countCall, whyOverBudget } from "../decide/agent-record.js";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import { settleSummary } from "../decide/summaries.js";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { readResumption } from "../views.js";
import type { EffectRef } from "./effects-loop.js";
import { nextTryAt } from "./next-try.js";
import { openToolbox } from "./offered-tools.js";
import { runSummary } from "./summary-runner.js";

/** More calls of a model than this in one turn are not recorded one by one. */
const maxReports = 20;

/** Asks the agent of one claimed call, and hands in what it decided. */
export async function runAgentCall(runtime: Runtime, ref: EffectRef, signal: AbortSignal): Promise<void> {
  const call = await runtime.submit(ref.sessionId, (work) => beginCall(runtime, work, ref.effectId));
  if (call === null) return;
  if (call.effect.call.purpose === "summarize") return runSummary(runtime, call.effect, signal);
  // Once more after the commit: from the moment at which a kill switch is engaged, nobody is asked.
  const stopped = silenced(await runtime.killSwitches.list(), call);
  const answer = stopped ?? (await ask(runtime, call.effect, signal));
  // And what was thought meanwhile does not count.
  const switches = await runtime.killSwitches.list();
  await runtime.submit(ref.sessionId, (work) => {
    const effect = work.effect(ref.effectId);
    if (effect?.kind === "agent" && isHeld(effect, call.effect.tries))
      settleAgentCall(
        work,
        effect,
        silenced(switches, { effect, workflow: work.session.workflow }) ?? answer,
      );
  });
}

export interface Call {
  readonly effect: AgentEffect;
  readonly workflow: string;
}

/** The end of a call that a kill switch stops, or null. */
export function silenced(switches: readonly KillSwitch[], { effect, workflow }: Call): AgentAnswer | null {
  const reason = silencedBy(switches, workflow, effect.call.agent);
  return reason === null ? null : { ok: false, error: `Not asked: ${reason}`, retryAt: null };
}

/** Writes that a call begins; null where it does not: it is over, or another one of its session is under way. */
export function beginCall(runtime: Runtime, work: SessionWork, effectId: string): Call | null {
  const { settings } = runtime;
  const effect = work.effect(effectId);
  const at = work.session.evaluatedAt;
  if (effect?.kind !== "agent" || !mayBegin(effect, at)) return null;
  const underWay = callUnderWay(work, effect);
  if (underWay !== null) {
    work.putEffect({ ...effect, dueAt: Math.max(underWay, at + 1), updatedAt: at });
    return null;
  }
  const used = whyOverBudget(work);
  if (used !== null && work.session.status === "active" && effect.call.purpose !== "summarize") {
    refuseForBudget(work, effect, used);
    return null;
  }
  const refusal = whyNotBegun(work, effect, settings.maxTries);
  if (refusal !== null) {
    giveUp(work, effect, refusal);
    return null;
  }
  // What came until now it will see.
  const { again: _, ...call } = effect.call;
  const begun: AgentEffect = {
    ...effect,
    ...leased(effect, { holder: runtime.node, at, timeoutMs: settings.agentTimeoutMs }),
    call: { ...call, status: "running" },
  };
  countCall(work);
  work.putEffect(begun);
  return { effect: begun, workflow: work.session.workflow };
}

/** Until when another call of the session is under way, or null. One whose lease has run out is not. */
function callUnderWay(work: SessionWork, { id }: AgentEffect): number | null {
  for (const other of work.effects())
    if (other.kind === "agent" && other.id !== id && other.lease !== null && other.call.status === "running")
      if (other.lease.until > work.session.evaluatedAt) return other.lease.until;
  return null;
}

function whyNotBegun(work: SessionWork, effect: AgentEffect, maxTries: number): string | null {
  const { status } = work.session;
  if (status !== "active") return `The session is ${status}.`;
  if (effect.tries >= maxTries) return `Gave up after ${effect.tries} tries.`;
  return null;
}

function giveUp(work: SessionWork, effect: AgentEffect, error: string): void {
  if (effect.call.purpose === "summarize")
    settleSummary(work, effect, { answer: { ok: false, error }, seen: null });
  else settleAgentCall(work, effect, { ok: false, error, retryAt: null });
}

async function ask(runtime: Runtime, effect: AgentEffect, signal: AbortSignal): Promise<AgentAnswer> {
  const { clock, agentTimeoutMs } = runtime.settings;
  const name = effect.call.agent;
  const agent = name === null ? undefined : runtime.registry.agents.get(name);
  if (agent === undefined || name === null) {
    return {
      ok: false,
      error: name === null ? "No agent is registered." : `No agent is named ${name}.`,
      retryAt: null,
    };
  }
  const usage: AgentUsage[] = [];
  const toolbox = openToolbox(runtime, { effect, agent: name, signal });
  try {
    const { reason, trigger } = effect.call;
    const seen = await agentInput(runtime, effect.sessionId, { reason, trigger });
    const input = { ...seen, ...(toolbox.tools.length > 0 && { tools: toolbox.tools }) };
    const result = await withTimeout(
      { clock, timeoutMs: agentTimeoutMs, name: `Agent ${name}`, signal },
      (abort) => agent.analyze(input, { signal: abort, reportUsage: reportTo(usage) }),
    );
    const read = readDecision(result);
    if (!("decision" in read)) return { ok: false, error: read.problem, retryAt: null, usage };
    const { failure } = read.decision;
    if (failure === undefined) return { ok: true, agent: name, decision: read.decision, usage };
    const retryAt = failure.retryable ? nextTryAt(runtime.settings, effect.tries) : null;
    return {
      ok: false,
      error: safeReason(failure.reason),
      retryAt: retryAt === null ? null : Math.max(retryAt, clock.now() + (failure.retryAfterMs ?? 0)),
      usage,
    };
  } catch (error) {
    // It is stored and told to whoever listens; a vendor's error may quote what must not go there.
    return {
      ok: false,
      error: safeReason(errorMessage(error)),
      retryAt: nextTryAt(runtime.settings, effect.tries),
      usage,
    };
  } finally {
    await toolbox.close();
  }
}

/** Takes in what a model took, as far as it makes sense. */
export function reportTo(usage: AgentUsage[]): (reported: AgentUsage) => void {
  return (reported) => {
    const read = agentUsageSchema.safeParse(reported);
    if (read.success && usage.length < maxReports) usage.push(read.data);
  };
}

/** What an agent sees of a session. */
export async function agentInput(
  runtime: Runtime,
  sessionId: string,
  context: JsonObject,
): Promise<AgentInput> {
  const { session, summary, activities, blockers } = await readResumption(runtime, sessionId);
  const found = blockers.map((blocker) => ({ ...blocker }));
  return { session, activities, summary, context: { ...context, blockers: found } };
}
