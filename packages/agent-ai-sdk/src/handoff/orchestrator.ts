import type { Activity, NewActivity, Session } from "@hybrid-orchestrator/core";

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
    options?: { readonly idempotencyKey?: string },
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
    open(session: string, request: { readonly reason: string }): Promise<unknown>;
  };
}

type HandoffSession = Pick<Session, "id" | "owner" | "ownershipEpoch">;

export type Silence = "human" | "nobody" | "answered";

/**
 * Why the bot must not speak, or null. A session that nobody ever owned is the bot's: without an agent registered every
 * session begins so. One that a human has left is nobody's until it is handed back.
 */
export function silenceOf({ owner, ownershipEpoch }: HandoffSession): Silence | null {
  if (owner.kind === "human") return "human";
  return owner.kind === "nobody" && ownershipEpoch > 0 ? "nobody" : null;
}
