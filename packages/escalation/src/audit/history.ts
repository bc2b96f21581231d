import {
  type EscalationEventData,
  type JsonObject,
  maskText,
  type StoredEvent,
} from "@hybrid-orchestrator/core";

/** What happened to an escalation at one moment. */
export interface HistoryEntry {
  readonly at: number;
  /** The event's name, e.g. `escalation.claimed`. */
  readonly event: string;
  /** Who did it, or whom it is about. */
  readonly worker: string | null;
  readonly reason: string | null;
  /** Names, numbers and ids that belong to it; no message. */
  readonly details: JsonObject;
  readonly claimEpoch: number;
  /**
   * The event with which it came along, where the worker did one thing and several follow from it: a hand-back is the end,
   * and perhaps the first word. Without those there is one entry for each thing that somebody did.
   */
  readonly partOf: string | null;
}

/** The entry that a durable event makes in the history of an escalation; null where it is about something else. */
export function historyEntry(event: StoredEvent, escalationId: string): HistoryEntry | null {
  if (!event.type.startsWith("escalation.") && !event.type.startsWith("approval.")) return null;
  const data = event.data as Partial<EscalationEventData>;
  if (data.escalationId !== escalationId) return null;
  const { worker = null, reason = null, details = {}, claimEpoch = 0 } = data;
  const { partOf, ...rest } = details;
  return {
    at: event.at,
    event: event.type,
    worker,
    reason: reason === null ? null : maskText(reason),
    details: rest,
    claimEpoch,
    partOf: typeof partOf === "string" ? partOf : null,
  };
}
