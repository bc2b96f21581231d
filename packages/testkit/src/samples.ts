import {
  type Activity,
  type AgentInput,
  type Escalation,
  escalationPolicySchema,
  hasEnded,
  type JsonObject,
  type OfferedTool,
  type OutboundMessage,
  type Recipient,
  type Session,
  type ToolResult,
} from "@hybrid-orchestrator/core";

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

/** A takeover that waits in a queue; one that is given an ended status has an end. */
export function sampleEscalation(changes: Partial<Escalation> = {}): Escalation {
  const { openedAt = at, status = "queued" } = changes;
  const endedAt = hasEnded(status) ? openedAt + 60_000 : null;
  return {
    id: "escalation_1",
    sessionId: "session_1",
    parentId: null,
    kind: "takeover",
    status,
    reason: "The user asks for a human.",
    requestedBy: "user",
    suggestedHumanAction: null,
    priority: "high",
    queue: "support",
    skills: [],
    channel: "chat",
    policyName: "default",
    policy: escalationPolicySchema.parse({
      levels: [{ targets: [{ queue: "support" }], waitSeconds: 300 }],
      onExhausted: { action: "back_to_ai" },
    }),
    progress: {
      cycle: 1,
      repeats: 0,
      level: 0,
      dueAt: endedAt === null ? openedAt + 300_000 : null,
      remainingMs: null,
      held: false,
      reachedSomebody: false,
      exhausted: false,
      fellBack: false,
      told: [],
      toldChannel: false,
    },
    claimEpoch: 0,
    holder: null,
    offers: [],
    transfer: null,
    skipped: [],
    snoozedUntil: null,
    slas: [],
    expiresAt: openedAt + 86_400_000,
    checkAt: null,
    openedSeq: 0,
    openedAt,
    openings: [openedAt],
    claimedAt: null,
    respondedAt: null,
    endedAt,
    outcome: null,
    disposition: null,
    handBack: null,
    releases: 0,
    transfers: 0,
    lastHolder: null,
    notes: [],
    question: null,
    answer: null,
    approval: null,
    usedTokens: [],
    updatedAt: endedAt ?? openedAt,
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

/** A tool as an agent is offered it, every call of which comes to this; and the calls. */
export function sampleOfferedTool(result: ToolResult = { status: "done", result: null }): {
  readonly tool: OfferedTool;
  readonly calls: readonly { readonly callId: string; readonly args: JsonObject }[];
} {
  const calls: { callId: string; args: JsonObject }[] = [];
  const tool: OfferedTool = {
    name: "look_up",
    description: "Looks up an order by its number.",
    parameters: { type: "object", properties: { number: { type: "string" } } },
    async call(request) {
      calls.push(request);
      return result;
    },
  };
  return { tool, calls };
}
