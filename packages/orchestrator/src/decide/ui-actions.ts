import { createId, type JsonObject, OrchestratorError, type UiAction } from "@hybrid-orchestrator/core";
import { uiRedeliveryMs } from "../limits.js";
import type { SessionWork } from "./work.js";

export function queueUiAction(
  work: SessionWork,
  action: { readonly type: string; readonly data: JsonObject },
): UiAction {
  const at = work.session.evaluatedAt;
  const ordinal = work.session.lastUiOrdinal + 1;
  const queued: UiAction = {
    id: createId(at),
    type: action.type,
    data: action.data,
    ordinal,
    status: "queued",
    queuedAt: at,
    deliveredAt: null,
    acknowledgedAt: null,
  };
  work.patch({ lastUiOrdinal: ordinal });
  work.putUiAction(queued);
  work.event({ type: "ui_action.queued", at, data: { id: queued.id, type: queued.type } });
  return queued;
}

/** What the client is to do now, in order: what is new, and what it was given and has not acknowledged in time. */
export function takeUiActions(work: SessionWork): UiAction[] {
  const at = work.session.evaluatedAt;
  const wanted = [...work.uiActions()].filter(
    ({ status, deliveredAt }) => status === "queued" || (deliveredAt ?? at) <= at - uiRedeliveryMs,
  );
  return wanted
    .sort((a, b) => a.ordinal - b.ordinal)
    .map((action) => {
      const delivered: UiAction = { ...action, status: "delivered", deliveredAt: at };
      work.putUiAction(delivered);
      work.event({ type: "ui_action.delivered", at, data: { id: action.id, type: action.type } });
      return delivered;
    });
}

/** Acknowledging twice is no mistake: the second time nothing is left to do. */
export function acknowledgeUiAction(work: SessionWork, id: string, known: UiAction | null): UiAction {
  const at = work.session.evaluatedAt;
  const action = [...work.uiActions()].find((candidate) => candidate.id === id);
  if (action === undefined) {
    if (known?.status === "acknowledged") return known;
    throw new OrchestratorError("not_found", `Session ${work.session.id} has no UI action ${id}.`);
  }
  const acknowledged: UiAction = {
    ...action,
    status: "acknowledged",
    deliveredAt: action.deliveredAt ?? at,
    acknowledgedAt: at,
  };
  work.putUiAction(acknowledged);
  work.event({ type: "ui_action.acknowledged", at, data: { id, type: action.type } });
  return acknowledged;
}
