import type { SessionChange } from "@hybrid-orchestrator/core";

export const at = Date.UTC(2026, 0, 5, 9);

export function newSession(id: string, session: SessionChange["session"] = {}): SessionChange {
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
      createdAt: at,
      updatedAt: at,
      lastActivityAt: { user: null, ai: null, human: null, system: null },
      expiresAt: null,
      revision: 1,
      lastSeq: 0,
      evaluatedAt: at,
      dueAt: at + 60_000,
      rulesHash: "rules",
      counters: {},
      lastUiOrdinal: 0,
      escalationCount: 0,
      agentRecord: null,
      ...session,
    },
  };
}

/** What the shell commits for one activity that fires nothing. */
export function recording(id: string, seq: number, data: Record<string, string> = {}): SessionChange {
  const now = at + seq;
  return {
    aggregate: "session",
    id,
    expectedVersion: seq,
    session: {
      lastSeq: seq,
      evaluatedAt: now,
      updatedAt: now,
      lastActivityAt: { user: now, ai: null, human: null, system: null },
    },
    activities: [
      {
        id: `${id}-${seq}`,
        seq,
        type: "click",
        actor: "user",
        channel: null,
        data,
        occurredAt: now,
        effectiveAt: now,
        createdAt: now,
      },
    ],
  };
}
