import { createId, type Effect } from "@hybrid-orchestrator/core";
import type { SessionWork } from "./work.js";

type EffectRow = Pick<
  Effect,
  "id" | "sessionId" | "lane" | "dueAt" | "lease" | "tries" | "ownershipEpoch" | "createdAt" | "updatedAt"
>;

/** What every new effect has in common: due at once, under the ownership as it is now. */
export function newEffect(work: SessionWork, lane: string): EffectRow {
  const { now, session } = work;
  return {
    id: createId(now),
    sessionId: session.id,
    lane,
    dueAt: now,
    lease: null,
    tries: 0,
    ownershipEpoch: session.ownershipEpoch,
    createdAt: now,
    updatedAt: now,
  };
}
