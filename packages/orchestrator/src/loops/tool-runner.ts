import { safeReason, silencedBy } from "@hybrid-orchestrator/channel-hub";
import {
  errorMessage,
  type Json,
  jsonBytes,
  OrchestratorError,
  type Session,
  type Tool,
  type ToolEffect,
  toJson,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import { putBegun, settleCall, type ToolEnd, whyNotApproved } from "../decide/tools.js";
import type { SessionWork } from "../decide/work.js";
import { maxToolResultBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { publicSession } from "../views.js";
import type { EffectRef } from "./effects-loop.js";
import { nextTryAt } from "./next-try.js";

/** A node that does not know the tool leaves it to those that do; after so long nobody does. */
const unknownToolMs = 60_000;
const askAgainMs = 5_000;

/**
 * Runs a call that waits: one that a human has allowed, or one whose process died. What had begun is run again only
 * where the tool says that this has the effect of running it once.
 */
export async function runToolCall(runtime: Runtime, ref: EffectRef, signal: AbortSignal): Promise<void> {
  const approvalId = await runtime.submit(
    ref.sessionId,
    (work) => toolOf(work, ref)?.tool.approvalId ?? null,
  );
  const about = approvalId === null ? {} : { escalationIds: [approvalId] };
  const switches = await runtime.killSwitches.list();
  const begun = await runtime.submit(
    ref.sessionId,
    (work) => begin(runtime, work, ref, (agent) => silencedBy(switches, work.session.workflow, agent)),
    about,
  );
  if (begun === null) return;
  const { effect, session, tool } = begun;
  const end = await execute(runtime, { tool, effect, session, signal });
  await runtime.submit(
    ref.sessionId,
    (work) => {
      const current = toolOf(work, ref);
      if (current === null || !isHeld(current, effect.tries)) return;
      const retryAt =
        end.status === "done" || tool.idempotent !== true ? null : nextTryAt(runtime.settings, effect.tries);
      if (retryAt === null) settleCall(work, current, end);
      else postpone(work, current, retryAt, end.error);
    },
    about,
  );
}

/** Runs one call that has begun, and says how it ended; whatever the tool does, this never throws. */
export async function execute(
  runtime: Runtime,
  call: {
    readonly tool: Tool;
    readonly effect: ToolEffect;
    readonly session: Session;
    readonly signal: AbortSignal;
  },
): Promise<ToolEnd> {
  const { tool, effect, session, signal } = call;
  const { clock, actionTimeoutMs } = runtime.settings;
  const { args, agent } = effect.tool;
  try {
    const result = await withTimeout(
      { clock, timeoutMs: actionTimeoutMs, name: `Tool ${tool.name}`, signal },
      (abort) => tool.execute(args, { session, agent, signal: abort, idempotencyKey: effect.id }),
    );
    return { status: "done", result: recordable(result), error: null };
  } catch (error) {
    // It is stored and told to whoever listens, and may quote what must not go there.
    const reason = safeReason(errorMessage(error));
    const interrupted = OrchestratorError.isInstance(error, "timeout");
    return { status: interrupted ? "unknown" : "failed", result: null, error: reason };
  }
}

/** It has happened, so it must not fail for the size or kind of what the tool returns. */
function recordable(result: unknown): Json {
  try {
    const json = toJson(result ?? null, { name: "result", maxBytes: Number.POSITIVE_INFINITY });
    const bytes = jsonBytes(json);
    if (bytes <= maxToolResultBytes) return json;
    return { omitted: `The result has ${bytes} bytes; at most ${maxToolResultBytes} are kept.` };
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return { omitted: error.message };
    throw error;
  }
}

function begin(
  runtime: Runtime,
  work: SessionWork,
  ref: EffectRef,
  stopped: (agent: string | null) => string | null,
): { readonly effect: ToolEffect; readonly session: Session; readonly tool: Tool } | null {
  const effect = toolOf(work, ref);
  const at = work.session.evaluatedAt;
  if (effect === null || !mayBegin(effect, at)) return null;
  const { settings, registry, node } = runtime;
  const tool = registry.tools.get(effect.tool.name);
  if (tool === undefined && at - effect.createdAt < unknownToolMs) {
    postpone(work, effect, at + askAgainMs, null);
    return null;
  }
  if (effect.tries > 0 && tool?.idempotent !== true) {
    settleCall(work, effect, {
      status: "unknown",
      result: null,
      error: "Whoever ran it ended before it did, and it is not run twice.",
    });
    return null;
  }
  const refusal =
    tool === undefined
      ? `No tool is named ${effect.tool.name}.`
      : effect.tries >= settings.maxTries
        ? (effect.tool.error ?? `Gave up after ${effect.tries} tries.`)
        : (whyNotApproved(work, effect) ?? whyClosed(work) ?? stopped(effect.tool.agent));
  if (refusal !== null || tool === undefined) {
    settleCall(work, effect, { status: "failed", result: null, error: refusal });
    return null;
  }
  const lease = { holder: node, at, timeoutMs: settings.actionTimeoutMs };
  const begun: ToolEffect = {
    ...effect,
    ...leased(effect, lease),
    tool: { ...effect.tool, status: "running" },
  };
  putBegun(work, begun);
  return { effect: begun, session: publicSession(work.session), tool };
}

function whyClosed({ session: { status } }: SessionWork): string | null {
  return status === "active" || status === "paused" ? null : `The session is ${status}.`;
}

function postpone(work: SessionWork, effect: ToolEffect, dueAt: number, error: string | null): void {
  const tool = { ...effect.tool, status: "pending" as const, error };
  work.putEffect({ ...effect, lease: null, dueAt, updatedAt: work.session.evaluatedAt, tool });
}

function toolOf(work: SessionWork, { effectId }: EffectRef): ToolEffect | null {
  const effect = work.effect(effectId);
  return effect?.kind === "tool" ? effect : null;
}
