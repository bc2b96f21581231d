import { type SessionStatus, type StorageStats, sessionStatuses } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";

/** Counts what is stored. Walks indexes, so it takes longer the more there is; not for a hot path. */
export function prepareStats({ db }: Connection) {
  const sessionsByStatus = db.prepare<[], { status: SessionStatus; count: number }>(
    "SELECT status, count(*) AS count FROM sessions GROUP BY status",
  );
  const activities = db.prepare<[], number>("SELECT count(*) FROM activities").pluck();
  const firings = db.prepare<[], number>("SELECT count(*) FROM firings").pluck();
  const openEffects = db.prepare<[], number>("SELECT count(*) FROM effects WHERE due_at IS NOT NULL").pluck();
  const openEscalations = db
    .prepare<[], number>("SELECT count(*) FROM escalations WHERE is_open = 1")
    .pluck();
  const size = db
    .prepare<[], number>("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    .pluck();

  return (): StorageStats => {
    const counts = new Map(sessionsByStatus.all().map(({ status, count }) => [status, count]));
    return {
      sessions: Object.fromEntries(
        sessionStatuses.map((status) => [status, counts.get(status) ?? 0]),
      ) as StorageStats["sessions"],
      activities: activities.get() ?? 0,
      firings: firings.get() ?? 0,
      openEffects: openEffects.get() ?? 0,
      openEscalations: openEscalations.get() ?? 0,
      sizeBytes: size.get() ?? 0,
    };
  };
}
