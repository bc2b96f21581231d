import { safeReason } from "@hybrid-orchestrator/channel-hub";
import {
  type ActionEffect,
  type ActionFunction,
  errorMessage,
  type Session,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { actionsOf } from "../decide/firings.js";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { publicSession } from "../views.js";
import type { EffectRef } from "./effects-loop.js";
import { nextTryAt } from "./next-try.js";

/** Runs one claimed custom action: at least once, with the same idempotency key each time. */
export async function runAction(runtime: Runtime, ref: EffectRef, signal: AbortSignal): Promise<void> {
  const begun = await begin(runtime, ref);
  if (begun === null) return;
  const error = await run(runtime, begun.effect, begun.session, signal);
  await runtime.submit(ref.sessionId, (work) => {
    const effect = work.effect(ref.effectId);
    if (effect?.kind !== "action" || !isHeld(effect, begun.effect.tries)) return;
    settle(work, effect, {
      error,
      retryAt: error === null ? null : nextTryAt(runtime.settings, effect.tries),
    });
  });
}

async function begin(
  runtime: Runtime,
  { sessionId, effectId }: EffectRef,
): Promise<{ effect: ActionEffect; session: Session } | null> {
  const { settings } = runtime;
  return runtime.submit(sessionId, (work) => {
    const effect = work.effect(effectId);
    const at = work.session.evaluatedAt;
    if (effect?.kind !== "action" || !mayBegin(effect, at)) return null;
    if (effect.tries >= settings.maxTries) {
      settle(work, effect, {
        error: effect.action.error ?? `Gave up after ${effect.tries} tries.`,
        retryAt: null,
      });
      return null;
    }
    const begun: ActionEffect = {
      ...effect,
      ...leased(effect, { holder: runtime.node, at, timeoutMs: settings.actionTimeoutMs }),
      action: { ...effect.action, status: "running" },
    };
    work.putEffect(begun);
    return { effect: begun, session: publicSession(work.session) };
  });
}

async function run(
  runtime: Runtime,
  effect: ActionEffect,
  session: Session,
  signal: AbortSignal,
): Promise<string | null> {
  const { name, trigger, reason, params } = effect.action;
  const action = findAction(runtime, effect);
  if (action === undefined) return `No action is named ${name}.`;
  const { clock, actionTimeoutMs } = runtime.settings;
  try {
    await withTimeout({ clock, timeoutMs: actionTimeoutMs, name: `Action ${name}`, signal }, (abort) =>
      action({ session, trigger: trigger ?? "", reason, params, signal: abort, idempotencyKey: effect.id }),
    );
    return null;
  } catch (error) {
    // It is stored and told to whoever listens, and may quote what must not go there.
    return safeReason(errorMessage(error));
  }
}

/** By its registered name, or the function that stands in the trigger itself. */
function findAction(
  runtime: Runtime,
  { action: { name, trigger, index } }: ActionEffect,
): ActionFunction | undefined {
  const definition = runtime.rulebook().rules.triggers.find((candidate) => candidate.name === trigger);
  const inline = definition === undefined ? undefined : actionsOf(definition)[index];
  if (inline?.type === "custom" && typeof inline.run === "function") return inline.run;
  return runtime.registry.actions.get(name);
}

function settle(
  work: SessionWork,
  effect: ActionEffect,
  end: { readonly error: string | null; readonly retryAt: number | null },
): void {
  const at = work.session.evaluatedAt;
  const { name } = effect.action;
  const status = end.error === null ? "done" : end.retryAt === null ? "failed" : "pending";
  work.putEffect({
    ...effect,
    lease: null,
    dueAt: end.retryAt,
    updatedAt: at,
    action: { ...effect.action, status, error: end.error },
  });
  if (end.error === null) work.event({ type: "action.done", at, data: { effectId: effect.id, name } });
  else if (end.retryAt === null)
    work.event({ type: "action.failed", at, data: { effectId: effect.id, name, error: end.error } });
}
