import {
  type Activity,
  type Escalation,
  type EscalationStatus,
  escalationStatuses,
  hasEnded,
  type NewActivity,
  type Session,
} from "@hybrid-orchestrator/core";

/** What is needed of an orchestrator in the same process; the one of `@hybrid-orchestrator/orchestrator` has it. */
export interface HandoffOrchestrator {
  createSession(session: {
    readonly externalId: string;
    readonly ifExists: "return";
  }): Promise<{ readonly id: string }>;
  getSession(ref: string | { readonly externalId: string }): Promise<HandoffSession>;
  recordActivity(
    ref: string,
    activity: NewActivity,
    options?: { readonly idempotencyKey?: string; readonly ifEpoch?: number },
  ): Promise<Activity>;
  listActivities(
    ref: string,
    query: { readonly limit: number; readonly order: "desc" },
  ): Promise<{ readonly items: readonly Activity[] }>;
  on(
    event: "activity.recorded",
    listener: (event: { readonly sessionId: string | null; readonly data: Activity }) => void,
  ): () => void;
  readonly escalations?: {
    open(
      session: string,
      request: { readonly reason: string; readonly requestedBy: string },
    ): Promise<unknown>;
    list(query: {
      readonly sessionId: string;
      readonly kind: readonly ["takeover"];
      readonly status: readonly EscalationStatus[];
      readonly limit: number;
    }): Promise<{ readonly items: readonly Escalation[] }>;
  };
}

type HandoffSession = Pick<Session, "id" | "owner" | "ownershipEpoch">;

export type Silence = "human" | "nobody" | "answered";

const open = escalationStatuses.filter((status) => !hasEnded(status));

/**
 * Why the bot must not speak, or null. A session is nobody's while it waits for a human, and then the bot is silent. It is
 * nobody's as well where no agent is registered, at its beginning and after a hand-back; then it is the bot's.
 */
export async function silenceOf(
  { escalations }: HandoffOrchestrator,
  { id, owner, ownershipEpoch }: HandoffSession,
): Promise<Silence | null> {
  if (owner.kind === "human") return "human";
  if (owner.kind === "ai" || ownershipEpoch === 0) return null;
  const waiting = await escalations?.list({ sessionId: id, kind: ["takeover"], status: open, limit: 1 });
  return waiting === undefined || waiting.items.length > 0 ? "nobody" : null;
}
