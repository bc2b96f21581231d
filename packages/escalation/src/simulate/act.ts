import { type Escalation, OrchestratorError } from "@hybrid-orchestrator/core";
import { staffChanged } from "../machine/advance.js";
import { claim, requireHolder } from "../machine/claim.js";
import {
  answer,
  cancel,
  giveBack,
  handBack,
  requestTransfer,
  resolve,
  respond,
  snooze,
  userWrote,
} from "../machine/handle.js";
import { decline, requireOpen } from "../machine/offer.js";
import type { Step } from "../machine/step.js";
import { isGone, presenceAt } from "../staff/staff.js";
import type { Desk } from "./desk.js";
import type { ScriptedAction } from "./script.js";

/** Does what somebody does, by the same calls as the orchestrator's API. @throws OrchestratorError what that throws */
export function act(desk: Desk, action: ScriptedAction, now: number): void {
  switch (action.action) {
    case "presence":
      setPresence(desk, action, now);
      return;
    case "claim":
      requireOpen(desk.escalation);
      reserved(desk, { worker: action.worker, now }, () =>
        claim(desk.escalation, { worker: desk.reserve(action.worker, now) }, desk.context(now)),
      );
      return;
    case "transfer":
      transfer(desk, action, now);
      return;
    default:
      desk.apply(stepOf(desk.escalation, action, desk, now), now);
  }
}

type Simple = Exclude<ScriptedAction, { action: "presence" | "claim" | "transfer" }>;

function stepOf(escalation: Escalation, action: Simple, desk: Desk, now: number): Step {
  const context = desk.context(now);
  switch (action.action) {
    case "decline":
      return decline(escalation, { worker: action.worker, reason: action.reason ?? null }, context);
    case "reply":
      return escalation.kind === "question"
        ? answer(escalation, { worker: action.worker, text: action.text, disposition: null }, context)
        : respond(escalation, { worker: action.worker }, context);
    case "release":
      return giveBack(escalation, { worker: action.worker, reason: action.reason }, context);
    case "snooze": {
      const until = action.seconds === undefined ? null : now + Math.round(action.seconds * 1_000);
      return snooze(escalation, { worker: action.worker, until }, context);
    }
    case "hand_back": {
      const note = { text: action.note, facts: [], decisions: [], promises: [], avoid: [] };
      const by = { worker: action.worker, note, mode: "continue", disposition: null } as const;
      return handBack(escalation, by, context);
    }
    case "resolve": {
      const by = { worker: action.worker };
      return resolve(escalation, { by, outcome: action.outcome, disposition: null, next: "ai" }, context);
    }
    case "cancel":
      return cancel(escalation, { reason: action.reason }, context);
    case "user_writes":
      return escalation.kind === "takeover" && escalation.holder !== null
        ? userWrote(escalation, action.text, context)
        : { escalation, consequences: [] };
  }
}

function transfer(desk: Desk, action: Extract<ScriptedAction, { action: "transfer" }>, now: number): void {
  const { worker, to, seconds } = action;
  const ask = () => requestTransfer(desk.escalation, { worker, to, note: null, seconds }, desk.context(now));
  requireHolder(desk.escalation, { worker });
  if (!("worker" in to)) {
    desk.apply(ask(), now);
    return;
  }
  const asked = to.worker;
  reserved(desk, { worker: asked, now }, () => {
    desk.reserve(asked, now);
    return ask();
  });
}

/** Whatever comes of it, the worker's place is what the escalation says. */
function reserved(
  desk: Desk,
  { worker, now }: { readonly worker: string; readonly now: number },
  decide: () => Step,
): void {
  try {
    desk.apply(decide(), now);
  } finally {
    desk.settle(worker, now, false);
  }
}

function setPresence(desk: Desk, action: Extract<ScriptedAction, { action: "presence" }>, now: number): void {
  const { worker: id, presence } = action;
  const before = desk.workers.get(id);
  if (before === undefined) throw new OrchestratorError("not_found", `No worker has the id ${id}.`);
  const worker = { ...before, presence, presenceSince: now, connectedUntil: null };
  if (before.presence === presence && before.connectedUntil === null) return;
  desk.workers.set(id, worker);
  if (presenceAt(before, now) === presence) return;
  const { escalation } = desk;
  const { status, holder, progress } = escalation;
  const concerns = isGone(worker, now)
    ? holder?.worker === id || progress.told.includes(id)
    : status === "queued" || status === "offered";
  if (concerns) desk.apply(staffChanged(escalation, desk.context(now)), now);
}
