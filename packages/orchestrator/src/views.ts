import {
  type Activity,
  type Blocker,
  errorMessage,
  type Session,
  type SessionRecord,
  type Storage,
} from "@hybrid-orchestrator/core";
import { recentLimit } from "./limits.js";
import { sessionNotFound } from "./not-found.js";
import type { Runtime } from "./runtime.js";

/** What a new agent or a human needs to go on with a session. */
export interface Resumption {
  readonly session: Session;
  readonly summary: string | null;
  /** The newest 50, oldest first. */
  readonly activities: readonly Activity[];
  readonly blockers: readonly Blocker[];
}

/** A session as callers see it. */
export function publicSession(record: SessionRecord): Session {
  const {
    lastSeq: _s,
    evaluatedAt: _e,
    dueAt: _d,
    rulesHash: _r,
    counters: _c,
    lastUiOrdinal: _u,
    escalationCount: _x,
    agentRecord: _a,
    ...session
  } = record;
  return session;
}

/** @throws OrchestratorError `session_not_found` */
export async function readRecord(storage: Storage, id: string): Promise<SessionRecord> {
  const record = await storage.getSession(id);
  if (record === null) throw sessionNotFound(id);
  return record;
}

/** @throws OrchestratorError `session_not_found` */
export async function readResumption(runtime: Runtime, id: string): Promise<Resumption> {
  const session = publicSession(await readRecord(runtime.storage, id));
  const page = await runtime.storage.listActivities({ sessionId: id, limit: recentLimit, order: "desc" });
  const activities = [...page.items].reverse();
  return {
    session,
    summary: session.summary,
    activities,
    blockers: detectBlockers(runtime, session, activities),
  };
}

/** What blocks a session, as the registered detectors see it. A detector that throws is reported and passed over. */
function detectBlockers(runtime: Runtime, session: Session, activities: readonly Activity[]): Blocker[] {
  const now = runtime.settings.clock.now();
  return runtime.registry.detectors.entries().flatMap(([name, detect]) => {
    try {
      return [...detect({ session, activities, now })];
    } catch (error) {
      runtime.report("plugin.failed", { plugin: name, error: `Blocker detector: ${errorMessage(error)}` });
      return [];
    }
  });
}
