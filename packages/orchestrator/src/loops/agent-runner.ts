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
import { type AgentAnswer, readDecision, settleAgentCall } from "../decide/agent-calls.js";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import type { Runtime } from "../runtime.js";
import { readResumption } from "../views.js";
import type { EffectRef } from "./effects-loop.js";
import { nextTryAt } from "./next-try.js";
import { openToolbox } from "./offered-tools.js";

/** More calls of a model than this in one turn are not recorded one by one. */
const maxReports = 20;

/** Asks the agent of one claimed call, and hands in what it decided. */
export async function runAgentCall(runtime: Runtime, ref: EffectRef, signal: AbortSignal): Promise<void> {
  const call = await begin(runtime, ref);
  if (call === null) return;
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

interface Call {
  readonly effect: AgentEffect;
  readonly workflow: string;
}

/** The end of a call that a kill switch stops, or null. */
function silenced(switches: readonly KillSwitch[], { effect, workflow }: Call): AgentAnswer | null {
  const reason = silencedBy(switches, workflow, effect.call.agent);
  return reason === null ? null : { ok: false, error: `Not asked: ${reason}`, retryAt: null };
}

async function begin(runtime: Runtime, { sessionId, effectId }: EffectRef): Promise<Call | null> {
  const { settings } = runtime;
  return runtime.submit(sessionId, (work) => {
    const effect = work.effect(effectId);
    const at = work.session.evaluatedAt;
    if (effect?.kind !== "agent" || !mayBegin(effect, at)) return null;
    const refusal = work.session.status !== "active" ? `The session is ${work.session.status}.` : null;
    if (refusal !== null || effect.tries >= settings.maxTries) {
      settleAgentCall(work, effect, {
        ok: false,
        error: refusal ?? `Gave up after ${effect.tries} tries.`,
        retryAt: null,
      });
      return null;
    }
    // What came until now it will see.
    const { again: _, ...call } = effect.call;
    const begun: AgentEffect = {
      ...effect,
      ...leased(effect, { holder: runtime.node, at, timeoutMs: settings.agentTimeoutMs }),
      call: { ...call, status: "running" },
    };
    work.putEffect(begun);
    return { effect: begun, workflow: work.session.workflow };
  });
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
  const toolbox = openToolbox(runtime, { effect, agent: name, signal });
  try {
    const { reason, trigger } = effect.call;
    const seen = await agentInput(runtime, effect.sessionId, { reason, trigger });
    const input = { ...seen, ...(toolbox.tools.length > 0 && { tools: toolbox.tools }) };
    const usage: AgentUsage[] = [];
    const reportUsage = (reported: AgentUsage) => {
      const read = agentUsageSchema.safeParse(reported);
      if (read.success && usage.length < maxReports) usage.push(read.data);
    };
    const result = await withTimeout(
      { clock, timeoutMs: agentTimeoutMs, name: `Agent ${name}`, signal },
      (abort) => agent.analyze(input, { signal: abort, reportUsage }),
    );
    const read = readDecision(result);
    if (!("decision" in read)) return { ok: false, error: read.problem, retryAt: null };
    const { failure } = read.decision;
    if (failure === undefined) return { ok: true, agent: name, decision: read.decision, usage };
    const retryAt = failure.retryable ? nextTryAt(runtime.settings, effect.tries) : null;
    return {
      ok: false,
      error: safeReason(failure.reason),
      retryAt: retryAt === null ? null : Math.max(retryAt, clock.now() + (failure.retryAfterMs ?? 0)),
    };
  } catch (error) {
    // It is stored and told to whoever listens; a vendor's error may quote what must not go there.
    return {
      ok: false,
      error: safeReason(errorMessage(error)),
      retryAt: nextTryAt(runtime.settings, effect.tries),
    };
  } finally {
    await toolbox.close();
  }
}

/** What an agent sees of a session. */
async function agentInput(runtime: Runtime, sessionId: string, context: JsonObject): Promise<AgentInput> {
  const { session, summary, activities, blockers } = await readResumption(runtime, sessionId);
  const found = blockers.map((blocker) => ({ ...blocker }));
  return { session, activities, summary, context: { ...context, blockers: found } };
}
