import { isOpen, type Storage } from "@hybrid-orchestrator/core";
import type { Database } from "./database.js";

/** Removes what is closed and old, and what has expired. */
export function retentionOf(database: Database): Pick<Storage, "purge"> {
  return {
    async purge({ now, closedBefore, workflow, limit }) {
      const ids = [...database.sessions.values()]
        .map(({ record }) => record)
        .filter((record) => !isOpen(record.status) && record.updatedAt < closedBefore)
        .filter((record) => workflow === undefined || record.workflow === workflow)
        .slice(0, limit)
        .map(({ id }) => id);
      for (const id of ids) database.sessions.delete(id);
      database.log = database.log.filter(({ sessionId }) => !ids.includes(sessionId));
      return { sessions: ids.length, keys: expire(database, now) };
    },
  };
}

/** How many keys, tokens and documents went. */
function expire({ sessions, documents }: Database, now: number): number {
  const entries = [...sessions.values()];
  const maps: Map<string, { readonly expiresAt: number | null }>[] = [
    documents,
    ...entries.map(({ idempotency }) => idempotency),
  ];
  let count = 0;
  for (const map of maps) {
    for (const [key, { expiresAt }] of map) {
      if (expiresAt !== null && expiresAt <= now && map.delete(key)) count += 1;
    }
  }
  for (const entry of entries) {
    const alive = entry.tokens.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    count += entry.tokens.length - alive.length;
    entry.tokens = alive;
  }
  return count;
}
