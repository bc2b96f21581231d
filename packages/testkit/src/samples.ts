import type { Activity, AgentInput, OutboundMessage, Recipient, Session } from "@hybrid-orchestrator/core";

const at = Date.UTC(2025, 0, 1);

/** Somebody with an address of every kind. The addresses are reserved for examples and reach nobody. */
export function sampleRecipient(changes: Partial<Recipient> = {}): Recipient {
  return {
    id: "user_1",
    name: "Ada Example",
    // 555-0100 to 555-0199 are set aside for fiction.
    phone: "+14155550123",
    email: "ada@example.com",
    slackId: "U0EXAMPLE1",
    available: true,
    ...changes,
  };
}

export function sampleMessage(changes: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: "message_1",
    deliveryId: "delivery_1",
    sessionId: "session_1",
    recipient: sampleRecipient(),
    content: "Do you need help with the form?",
    urgency: "normal",
    audience: "user",
    metadata: {},
    createdAt: at,
    ...changes,
  };
}

export function sampleSession(changes: Partial<Session> = {}): Session {
  return {
    id: "session_1",
    externalId: null,
    workflow: "default",
    status: "active",
    recipient: sampleRecipient(),
    metadata: {},
    summary: null,
    owner: { kind: "nobody" },
    ownershipEpoch: 0,
    createdAt: at,
    updatedAt: at,
    lastActivityAt: { user: null, ai: null, human: null, system: null },
    expiresAt: null,
    revision: 1,
    version: 1,
    ...changes,
  };
}

export function sampleActivity(changes: Partial<Activity> = {}): Activity {
  const { seq = 1 } = changes;
  const occurredAt = at + seq * 1_000;
  return {
    id: `activity_${seq}`,
    seq,
    type: "field_change",
    actor: "user",
    channel: null,
    data: { field_id: "name", value: "Ada" },
    occurredAt,
    effectiveAt: occurredAt,
    createdAt: occurredAt,
    ...changes,
  };
}

/** What an agent is shown; the activities numbered in their order. */
export function sampleAgentInput(
  activities: readonly Partial<Activity>[] = [{}],
  changes: Partial<AgentInput> = {},
): AgentInput {
  return {
    session: sampleSession(),
    activities: activities.map((activity, index) => sampleActivity({ seq: index + 1, ...activity })),
    summary: null,
    context: {},
    ...changes,
  };
}
