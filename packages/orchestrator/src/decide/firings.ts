import {
  type Action,
  createId,
  type Firing,
  type LocalizedText,
  type Trigger,
} from "@hybrid-orchestrator/core";
import type { Match } from "@hybrid-orchestrator/triggers";
import { askAgent } from "./agent-calls.js";
import { queueMessage, supersedeDelivery } from "./deliveries.js";
import { newEffect } from "./effects.js";
import { requestEscalation } from "./escalations.js";
import { canBecome } from "./status.js";
import { queueUiAction } from "./ui-actions.js";
import type { SessionWork } from "./work.js";

/** The trigger by which agents are asked at regular times. */
export const scheduledLook = "agents.everySeconds";

/** Records what fired at one moment and does what each trigger says, status changes last. */
export function actOn(work: SessionWork, matches: readonly Match[], at: number): void {
  const firings = matches.map((match) => recordFiring(work, match, at));
  const statusActions: { action: Extract<Action, { type: "set_status" }>; firing: Firing }[] = [];
  matches.forEach((match, place) => {
    const firing = firings[place];
    if (firing === undefined || firing.arm === "control") return;
    actionsOf(match.trigger).forEach((action, index) => {
      if (action.type === "set_status") statusActions.push({ action, firing });
      else act(work, { trigger: match.trigger, firing, action, index });
    });
  });
  for (const { action, firing } of statusActions) {
    if (work.session.status === action.status || !canBecome(work, action.status)) continue;
    work.setStatus(action.status, { reason: `Trigger ${firing.trigger}: ${firing.reason}`, actor: "system" });
  }
}

export function actionsOf(trigger: Trigger): readonly Action[] {
  return Array.isArray(trigger.action) ? trigger.action : [trigger.action];
}

function recordFiring(work: SessionWork, match: Match, at: number): Firing {
  const firing: Firing = {
    id: createId(at),
    sessionId: work.session.id,
    trigger: match.trigger.name,
    ordinal: match.ordinal,
    firedAt: at,
    decidedAt: work.now,
    seq: work.session.lastSeq,
    reason: match.reason,
    mode: match.mode,
    arm: match.arm,
    blocker: match.blocker,
    status: work.session.status,
  };
  work.addFiring(firing);
  return firing;
}

interface Act {
  readonly trigger: Trigger;
  readonly firing: Firing;
  readonly action: Exclude<Action, { type: "set_status" }>;
  readonly index: number;
}

function act(work: SessionWork, { trigger, firing, action, index }: Act): void {
  switch (action.type) {
    case "send":
      send(work, { trigger, firing, action, index });
      return;
    case "ui_action":
      queueUiAction(work, { type: action.action, data: action.data });
      return;
    case "ask_agent":
      if (trigger.name === scheduledLook && !hasUserActedSince(work)) return;
      askAgent(work, {
        agent: action.agent ?? null,
        reason: action.reason ?? firing.reason,
        trigger: trigger.name,
      });
      return;
    case "escalate":
      requestEscalation(work, {
        reason: action.reason ?? firing.reason,
        requestedBy: `trigger:${trigger.name}`,
        suggestedHumanAction: null,
      });
      return;
    case "custom": {
      const name = typeof action.run === "string" ? action.run : `${trigger.name}#${index}`;
      work.putEffect({
        ...newEffect(work, `action:${name}`),
        kind: "action",
        action: {
          name,
          trigger: trigger.name,
          index,
          reason: firing.reason,
          params: action.params,
          status: "pending",
          error: null,
        },
      });
      return;
    }
  }
}

/** There is nothing to look at again where nothing has happened since the agent looked last. */
function hasUserActedSince({ session: { lastActivityAt } }: SessionWork): boolean {
  const { user, ai } = lastActivityAt;
  return user !== null && (ai === null || user > ai);
}

type SendAction = Extract<Action, { type: "send" }>;

function send(
  work: SessionWork,
  { trigger, firing, action, index }: Act & { readonly action: SendAction },
): void {
  const slot = `${trigger.name}#${index}`;
  const earlier = work.triggered.get(slot);
  // After downtime a repeating trigger may fire many times in one decision; the user needs the newest message alone.
  if (earlier !== undefined)
    supersedeDelivery(work, earlier, `Trigger ${trigger.name} fired again before it could be sent.`);
  const effect = queueMessage(work, {
    content: action.message ?? `Trigger ${trigger.name} fired`,
    template: action.message !== undefined && hasPlaceholder(action.message),
    subject: action.subject ?? null,
    urgency: action.urgency,
    audience: action.to,
    need: action.need ?? null,
    severity: action.severity ?? trigger.severity,
    channel: action.channel ?? null,
    validWhile: action.validWhile ?? (watchesStatus(trigger) ? "always" : ["active"]),
    whileHuman: action.whileHuman,
    kind: action.kind,
    metadata: action.metadata,
    recipient: action.recipient ?? null,
    trigger: trigger.name,
    reason: firing.reason,
    automated: true,
  });
  work.triggered.set(slot, effect.id);
}

function hasPlaceholder(text: LocalizedText): boolean {
  return typeof text === "string" ? text.includes("{") : Object.values(text).some((one) => one.includes("{"));
}

/** A message about the status itself stays valid in whatever status follows. */
function watchesStatus(trigger: Trigger): boolean {
  const watches = (condition: Trigger["condition"]): boolean => {
    switch (condition.type) {
      case "status_changed":
      case "time_in_status":
        return true;
      case "all":
      case "any":
        return condition.conditions.some(watches);
      case "not":
        return watches(condition.condition);
      default:
        return false;
    }
  };
  return watches(trigger.condition);
}
