import { type SessionStatus, type StorageStats, sessionStatuses } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";

const sessionsByStatus = {
  name: "count_sessions",
  text: "SELECT status, count(*) AS count FROM sessions GROUP BY status",
};
const others = {
  name: "count_others",
  text: `SELECT (SELECT count(*) FROM activities) AS activities, (SELECT count(*) FROM firings) AS firings,
           (SELECT count(*) FROM effects WHERE due_at IS NOT NULL) AS "openEffects",
           (SELECT count(*) FROM escalations WHERE is_open) AS "openEscalations",
           (SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
            WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace) AS "sizeBytes"`,
};

/** Counts what is stored. Walks tables or their indexes, so it takes longer the more there is; not for a hot path. */
export async function stats(queryable: Queryable): Promise<StorageStats> {
  const rows = await queryable.rows<{ status: SessionStatus; count: number }>(sessionsByStatus);
  const counts = new Map(rows.map(({ status, count }) => [status, count]));
  const [rest] = await queryable.rows<Omit<StorageStats, "sessions">>(others);
  return {
    sessions: Object.fromEntries(
      sessionStatuses.map((status) => [status, counts.get(status) ?? 0]),
    ) as StorageStats["sessions"],
    activities: rest?.activities ?? 0,
    firings: rest?.firings ?? 0,
    openEffects: rest?.openEffects ?? 0,
    openEscalations: rest?.openEscalations ?? 0,
    sizeBytes: rest?.sizeBytes ?? 0,
  };
}
