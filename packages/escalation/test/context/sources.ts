import type {
  Activity,
  AgentEffect,
  Delivery,
  DeliveryEffect,
  Firing,
  JsonObject,
  Message,
} from "@hybrid-orchestrator/core";
import {
  sampleActivity,
  sampleEscalation,
  sampleRecipient,
  sampleSession,
} from "@hybrid-orchestrator/testkit";
import type { ContextSources } from "../../src/index.js";

export const startAt = Date.UTC(2025, 0, 1);

/** A session with an escalation about it, and nothing else but what is given. */
export function sources(given: Partial<ContextSources> = {}): ContextSources {
  return {
    session: sampleSession(),
    escalations: [sampleEscalation()],
    activities: [],
    deliveries: [],
    firings: [],
    now: startAt + 3_600_000,
    ...given,
  };
}

/** Activities as a session numbers them; a second lies between two that do not say when they happened. */
export function logOf(entries: readonly (Partial<Activity> & { readonly data?: JsonObject })[]): Activity[] {
  return entries.map((entry, index) => sampleActivity({ ...entry, seq: index + 1 }));
}

export function delivery(
  id: string,
  message: Partial<Message>,
  state: Partial<Delivery> = {},
): DeliveryEffect {
  const createdAt = message.createdAt ?? startAt;
  return {
    id,
    kind: "delivery",
    sessionId: "session_1",
    lane: "sms",
    dueAt: null,
    lease: null,
    tries: 1,
    ownershipEpoch: 0,
    createdAt,
    updatedAt: createdAt,
    delivery: {
      message: {
        id: `message_${id}`,
        content: "Do you need help?",
        template: false,
        subject: null,
        urgency: "normal",
        audience: "user",
        need: null,
        severity: null,
        channel: null,
        validWhile: ["active"],
        whileHuman: "drop",
        kind: "prompt",
        metadata: {},
        recipient: sampleRecipient(),
        trigger: null,
        reason: null,
        automated: true,
        createdAt,
        ...message,
      },
      pinned: false,
      status: "sent",
      reason: null,
      attempts: [],
      skips: [],
      nextChannel: "sms",
      exhausted: [],
      channelDeadlineAt: null,
      deadlineAt: createdAt + 60_000,
      generation: 1,
      ...state,
    },
  };
}

export function failedCall(at: number, error: string): AgentEffect {
  const { delivery: _, ...effect } = delivery("call", { createdAt: at });
  return {
    ...effect,
    kind: "agent",
    lane: "agent:helper",
    call: { agent: "helper", reason: "asked", trigger: null, status: "failed", decision: null, error },
  };
}

export function firing(ordinal: number, reason: string): Firing {
  return {
    id: `firing_${ordinal}`,
    sessionId: "session_1",
    trigger: "stalled",
    ordinal,
    firedAt: startAt + ordinal,
    decidedAt: startAt + ordinal,
    seq: 0,
    reason,
    mode: "live",
    arm: "treatment",
    blocker: null,
    status: "active",
  };
}
