import type { JsonObject } from "./json.js";
import type { InboundMessage } from "./plugin/channel.js";
import type { Activity } from "./vocabulary/activity.js";
import type { Decision } from "./vocabulary/decision.js";
import type { DeliveryStatus } from "./vocabulary/delivery.js";
import type { EscalationKind, EscalationStatus } from "./vocabulary/escalation.js";
import type { Owner, SessionStatus } from "./vocabulary/session.js";
import type { Firing } from "./vocabulary/trigger.js";

/** Events that are part of a commit: they can be read again from the storage, in order, after any crash. */
export interface DurableEvents {
  "session.created": { readonly workflow: string; readonly externalId: string | null };
  "session.updated": { readonly revision: number };
  "session.status_changed": {
    readonly from: SessionStatus;
    readonly to: SessionStatus;
    readonly reason: string | null;
  };
  "activity.recorded": Activity;
  "trigger.fired": Firing;
  "delivery.queued": DeliveryEventData;
  "delivery.attempted": DeliveryEventData;
  "delivery.sent": DeliveryEventData;
  "delivery.delivered": DeliveryEventData;
  "delivery.read": DeliveryEventData;
  "delivery.bounced": DeliveryEventData;
  /** An attempt failed and another is planned. */
  "delivery.retried": DeliveryEventData;
  /** Moved on to another channel. */
  "delivery.rerouted": DeliveryEventData;
  "delivery.ambiguous": DeliveryEventData;
  /** In the dead letters. */
  "delivery.failed": DeliveryEventData;
  "delivery.suppressed": DeliveryEventData;
  "delivery.expired": DeliveryEventData;
  "delivery.superseded": DeliveryEventData;
  "delivery.replayed": DeliveryEventData;
  "ui_action.queued": { readonly id: string; readonly type: string };
  "ui_action.delivered": { readonly id: string; readonly type: string };
  "ui_action.acknowledged": { readonly id: string; readonly type: string };
  "agent.asked": { readonly effectId: string; readonly agent: string | null; readonly reason: string };
  "agent.decided": { readonly effectId: string; readonly agent: string; readonly decision: Decision };
  "agent.failed": { readonly effectId: string; readonly agent: string | null; readonly error: string };
  "action.done": { readonly effectId: string; readonly name: string };
  "action.failed": { readonly effectId: string; readonly name: string; readonly error: string };
  /** Somebody asked for a human. */
  "escalation.requested": {
    readonly reason: string;
    readonly requestedBy: string;
    readonly suggestedHumanAction: string | null;
  };
  "escalation.opened": EscalationEventData;
  /** Somebody asked for what is open already. */
  "escalation.merged": EscalationEventData;
  /** The session has had too many within the hour. */
  "escalation.refused": EscalationEventData;
  "escalation.level_fired": EscalationEventData;
  /** A level found nobody, or those whom it had told are gone. */
  "escalation.no_target": EscalationEventData;
  "escalation.exhausted": EscalationEventData;
  "escalation.offered": EscalationEventData;
  "escalation.declined": EscalationEventData;
  "escalation.offer_expired": EscalationEventData;
  "escalation.claimed": EscalationEventData;
  /** The first word or decision of whoever claimed it. */
  "escalation.responded": EscalationEventData;
  /** A further word of whoever holds it; the first is `escalation.responded`. */
  "escalation.replied": EscalationEventData;
  /** Back to the queue: acknowledgement time up, holder gone, or given back. */
  "escalation.released": EscalationEventData;
  "escalation.transfer_requested": EscalationEventData;
  "escalation.transfer_ended": EscalationEventData;
  "escalation.transferred": EscalationEventData;
  "escalation.snoozed": EscalationEventData;
  "escalation.resumed": EscalationEventData;
  "escalation.noted": EscalationEventData;
  "escalation.sla_breached": EscalationEventData;
  "escalation.resolved": EscalationEventData;
  "escalation.handed_back": EscalationEventData;
  "escalation.cancelled": EscalationEventData;
  "escalation.expired": EscalationEventData;
  /** A link, button or reply that does nothing: forged, used, expired, or somebody else's. */
  "escalation.token_refused": EscalationEventData;
  "approval.decided": EscalationEventData;
  /** Whoever runs it for themselves has taken the arguments: from here on it may have happened. */
  "approval.taken": EscalationEventData;
  "approval.executed": EscalationEventData;
  "session.owner_changed": {
    readonly from: Owner;
    readonly to: Owner;
    readonly ownershipEpoch: number;
    readonly reason: string;
  };
  "tool.called": ToolEventData;
  "tool.done": ToolEventData;
  "tool.failed": ToolEventData;
}

/**
 * Events of this process alone: something of a plugin's or a rule's own went wrong, and nothing was lost by it; or
 * somebody used a kill switch here.
 */
export interface TransientEvents {
  "trigger.error": { readonly trigger: string; readonly error: string };
  "listener.failed": { readonly event: string; readonly error: string };
  "plugin.failed": { readonly plugin: string; readonly error: string };
  "storage.failed": { readonly error: string };
  /** A message came in that belongs to no open session: whoever listens may open one for it. */
  "inbound.unmatched": { readonly message: InboundMessage; readonly reason: "unknown" | "closed" };
  /** A link, button or reply names nothing that is known: it is forged. */
  "token.refused": { readonly channel: string | null; readonly reason: string };
  "kill_switch.engaged": KillSwitchEventData;
  "kill_switch.released": KillSwitchEventData;
}

export type DurableEventName = keyof DurableEvents;
export type EventMap = DurableEvents & TransientEvents;
export type EventName = keyof EventMap;

export interface KillSwitchEventData {
  readonly scope: "workflow" | "channel" | "agent";
  readonly name: string;
  readonly reason: string;
}

export interface DeliveryEventData {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly status: DeliveryStatus;
  readonly channel: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly trigger: string | null;
}

export interface EscalationEventData {
  readonly escalationId: string;
  readonly kind: EscalationKind;
  readonly status: EscalationStatus;
  readonly claimEpoch: number;
  readonly cycle: number;
  readonly level: number;
  /** Whom it is about, where it is about a worker. */
  readonly worker: string | null;
  readonly reason: string | null;
  /** Whatever else belongs to this event. */
  readonly details: JsonObject;
}

export interface ToolEventData {
  readonly effectId: string;
  readonly tool: string;
  readonly agent: string | null;
  readonly approvalId: string | null;
  readonly error: string | null;
}

/** One event, named by `type`. `sessionId` is null only for events that belong to no session. */
export type OrchestratorEvent<Name extends EventName = EventName> = {
  [Key in Name]: {
    readonly type: Key;
    readonly sessionId: string | null;
    readonly at: number;
    readonly data: EventMap[Key];
  };
}[Name];

/** An event in a commit that is still to be written. */
export type NewEvent = {
  [Key in Exclude<DurableEventName, "activity.recorded" | "trigger.fired">]: {
    readonly type: Key;
    readonly at: number;
    readonly data: DurableEvents[Key];
  };
}[Exclude<DurableEventName, "activity.recorded" | "trigger.fired">];

/** An event read back from the storage; `cursor` resumes right after it. */
export type StoredEvent = OrchestratorEvent<DurableEventName> & {
  readonly cursor: string;
  readonly sessionId: string;
};

export type EventListener<Name extends EventName> = (event: OrchestratorEvent<Name>) => void | Promise<void>;
