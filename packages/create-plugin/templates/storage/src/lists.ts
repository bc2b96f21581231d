import { effectStatus, type Storage } from "@hybrid-orchestrator/core";
import { pageOf } from "./paging.js";
import type { Reader } from "./reader.js";

type Lists = Pick<Storage, "listSessions" | "listActivities" | "listFirings" | "listEffects">;

/** What is listed, page by page. */
export function listsOf(reader: Reader): Lists {
  return {
    async listSessions(query) {
      const { sortBy = "createdAt", status, workflow } = query;
      const rows = [...reader.database.sessions.values()]
        .map((entry, index) => ({ item: reader.record(entry), index }))
        .filter(({ item }) => status === undefined || status.includes(item.status))
        .filter(({ item }) => workflow === undefined || item.workflow === workflow)
        .map(({ item, index }) => ({ item, keys: [item[sortBy], index] }));
      return pageOf(rows, query, `sessions:${sortBy}`);
    },
    async listActivities(query) {
      const { sessionId, types, actors, afterSeq = 0 } = query;
      const rows = reader
        .log("activity", sessionId)
        .map(({ item }) => ({ item, keys: [item.seq] }))
        .filter(({ item }) => types === undefined || types.includes(item.type))
        .filter(({ item }) => actors === undefined || actors.includes(item.actor))
        .filter(({ item }) => item.seq > afterSeq);
      return pageOf(rows, query, "activities");
    },
    async listFirings(query) {
      const rows = reader
        .log("firing", query.sessionId)
        .filter(({ item }) => query.trigger === undefined || item.trigger === query.trigger)
        .map(({ item, position }) => ({ item, keys: [position] }));
      return pageOf(rows, query, "firings");
    },
    async listEffects(query) {
      const { sessionId, kind, status, lane } = query;
      const rows = reader
        .allEffects()
        .filter(({ item }) => sessionId === undefined || item.sessionId === sessionId)
        .filter(({ item }) => kind === undefined || item.kind === kind)
        .filter(({ item }) => status === undefined || status.includes(effectStatus(item)))
        .filter(({ item }) => lane === undefined || item.lane === lane)
        .map(({ item, position }) => ({ item, keys: [position] }));
      return pageOf(rows, query, "effects");
    },
  };
}
