import type {
  Activity,
  Change,
  Delivery,
  Effect,
  Escalation,
  Firing,
  LoadRequest,
  Page,
  PageQuery,
  SessionChange,
  SessionSnapshot,
  Storage,
  TokenRecord,
  UiAction,
} from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { sampleEscalation } from "./samples.js";

/** When the suite's stories begin. */
export const startAt = Date.UTC(2026, 0, 5, 9);

/** A change that creates a session; `session` overrides its fields, the rest of the change comes as it is. */
export function newSession(
  id: string,
  { session, ...rest }: Partial<Omit<SessionChange, "aggregate" | "id">> = {},
): SessionChange {
  return {
    aggregate: "session",
    id,
    expectedVersion: 0,
    session: {
      externalId: null,
      workflow: "default",
      status: "active",
      recipient: null,
      metadata: {},
      summary: null,
      owner: { kind: "nobody" },
      ownershipEpoch: 0,
      createdAt: startAt,
      updatedAt: startAt,
      lastActivityAt: { user: null, ai: null, human: null, system: null },
      expiresAt: null,
      revision: 1,
      lastSeq: 0,
      evaluatedAt: startAt,
      dueAt: null,
      rulesHash: "rules",
      counters: {},
      lastUiOrdinal: 0,
      escalationCount: 0,
      agentRecord: null,
      ...session,
    },
    ...rest,
  };
}

/** A change to an existing session. */
export function changeOf(
  id: string,
  expectedVersion: number,
  parts: Partial<Omit<SessionChange, "aggregate" | "id" | "expectedVersion">> = {},
): SessionChange {
  return { aggregate: "session", id, expectedVersion, session: {}, ...parts };
}

/** A change that records activities, as the shell does it. */
export function recording(
  id: string,
  expectedVersion: number,
  activities: readonly Activity[],
): SessionChange {
  return changeOf(id, expectedVersion, { session: { lastSeq: activities.at(-1)?.seq ?? 0 }, activities });
}

export function activity(seq: number, overrides: Partial<Activity> = {}): Activity {
  const at = startAt + seq;
  return {
    id: `activity-${seq}`,
    seq,
    type: "click",
    actor: "user",
    channel: null,
    data: { number: seq },
    occurredAt: at,
    effectiveAt: at,
    createdAt: at,
    ...overrides,
  };
}

export function activities(from: number, to: number): Activity[] {
  return Array.from({ length: to - from + 1 }, (_, index) => activity(from + index));
}

export function firing(
  sessionId: string,
  trigger: string,
  ordinal: number,
  overrides: Partial<Firing> = {},
): Firing {
  return {
    id: `firing-${sessionId}-${trigger}-${ordinal}`,
    sessionId,
    trigger,
    ordinal,
    firedAt: startAt + ordinal,
    decidedAt: startAt + ordinal + 1,
    seq: 0,
    reason: "The user has been silent for a minute.",
    mode: "live",
    arm: "treatment",
    blocker: null,
    status: "active",
    ...overrides,
  };
}

type EffectFields = Partial<Pick<Effect, "lane" | "dueAt" | "lease" | "tries">>;

/** An effect that has work left while `dueAt` is a number, and is done otherwise. */
export function actionEffect(sessionId: string, id: string, fields: EffectFields = {}): Effect {
  return {
    ...effectBase(sessionId, id, { lane: "action:note", ...fields }),
    kind: "action",
    action: {
      name: "note",
      trigger: "idle",
      index: 0,
      reason: "idle",
      params: { text: "hello" },
      status: fields.dueAt === null ? "done" : "pending",
      error: null,
    },
  };
}

export function deliveryEffect(
  sessionId: string,
  id: string,
  {
    attempts = [],
    ...fields
  }: EffectFields & { readonly attempts?: readonly (readonly [string, string | null])[] } = {},
): Effect {
  return {
    ...effectBase(sessionId, id, { lane: "sms", ...fields }),
    kind: "delivery",
    delivery: {
      message: messageOf(id),
      pinned: false,
      status: fields.dueAt === null ? "sent" : "pending",
      reason: null,
      attempts: attempts.map(([channel, externalId], index) => ({
        id: `${id}-attempt-${index}`,
        channel,
        chosenBy: "priority",
        startedAt: startAt,
        endedAt: startAt + 1,
        outcome: "sent",
        reason: null,
        externalId,
        generation: 0,
      })),
      skips: [],
      nextChannel: null,
      exhausted: [],
      channelDeadlineAt: null,
      deadlineAt: startAt + 60_000,
      generation: 0,
    },
  };
}

function effectBase(sessionId: string, id: string, fields: EffectFields & { readonly lane: string }) {
  return {
    id,
    sessionId,
    dueAt: startAt,
    lease: null,
    tries: 0,
    ownershipEpoch: 0,
    createdAt: startAt,
    updatedAt: startAt,
    ...fields,
  };
}

function messageOf(id: string): Delivery["message"] {
  return {
    id: `message-${id}`,
    content: "Your form waits for you.",
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
    recipient: { id: "recipient", available: true },
    trigger: null,
    reason: null,
    automated: true,
    createdAt: startAt,
  };
}

export function uiAction(id: string, ordinal: number, status: UiAction["status"] = "queued"): UiAction {
  return {
    id,
    type: "highlight",
    data: { field: "email" },
    ordinal,
    status,
    queuedAt: startAt,
    deliveredAt: status === "queued" ? null : startAt + 1,
    acknowledgedAt: status === "acknowledged" ? startAt + 2 : null,
  };
}

/** Waits in the queue `support` unless the fields say otherwise; `worker` is who holds it. */
export function escalation(
  sessionId: string,
  id: string,
  { worker, ...fields }: Partial<Escalation> & { readonly worker?: string } = {},
): Escalation {
  const holder = worker === undefined ? null : { worker, since: startAt, acknowledgeBy: null };
  return sampleEscalation({ id, sessionId, openedAt: startAt, holder, ...fields });
}

export function token(hash: string, expiresAt: number | null = null): TokenRecord {
  return { hash, purpose: "session", expiresAt };
}

/** Commits what a story takes for granted. */
export async function given(storage: Storage, ...changes: readonly Change[]): Promise<void> {
  for (const result of await storage.commit(changes)) {
    if (!result.ok)
      throw new Error(`A change that the test builds on was refused: ${JSON.stringify(result)}`);
  }
}

/** One snapshot; of a session that the story knows to exist. */
export async function loadOne(
  storage: Storage,
  sessionId: string,
  request: Partial<LoadRequest> = {},
): Promise<SessionSnapshot> {
  const [snapshot] = await storage.load([{ sessionId, rulesHash: "rules", recent: 0, ...request }]);
  if (snapshot === null || snapshot === undefined) throw new Error(`Session ${sessionId} is missing.`);
  return snapshot;
}

/** The code of the OrchestratorError that `call` fails with. */
export async function failureOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "no failure";
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error.code;
    throw error;
  }
}

/** What each page holds, followed to the last. */
export async function pagesOf<Item, Query extends PageQuery>(
  list: (query: Query) => Promise<Page<Item>>,
  query: Query,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await list({ ...query, cursor });
    pages.push([...page.items]);
    cursor = page.nextCursor;
    if (pages.length > 100) throw new Error("A listing does not end.");
  } while (cursor !== null);
  return pages;
}

export function idsOf(items: readonly { readonly id: string }[]): string[] {
  return items.map(({ id }) => id);
}
