import { effectStatus, type Storage } from "@hybrid-orchestrator/core";
import { documentAt } from "./lookups.js";
import { pageOf } from "./paging.js";
import type { Reader } from "./reader.js";

type Lists = Pick<
  Storage,
  "listSessions" | "listActivities" | "listFirings" | "listEffects" | "listEscalations" | "listDocuments"
>;

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
    async listEscalations(query) {
      const { sessionId, kind, status, queue, worker, workflow } = query;
      const { openedFrom = Number.NEGATIVE_INFINITY, openedTo = Number.POSITIVE_INFINITY } = query;
      const workflowOf = (id: string) => reader.database.sessions.get(id)?.record.workflow;
      const rows = reader
        .allEscalations()
        .filter(({ item }) => sessionId === undefined || item.sessionId === sessionId)
        .filter(({ item }) => kind === undefined || kind.includes(item.kind))
        .filter(({ item }) => status === undefined || status.includes(item.status))
        .filter(({ item }) => queue === undefined || item.queue === queue)
        .filter(({ item }) => worker === undefined || item.holder?.worker === worker)
        .filter(({ item }) => workflow === undefined || workflowOf(item.sessionId) === workflow)
        .filter(({ item }) => item.openedAt >= openedFrom && item.openedAt < openedTo)
        .map(({ item, position }) => ({ item, keys: [position] }));
      return pageOf(rows, query, "escalations");
    },
    async listDocuments(query) {
      const rows = [...reader.database.documents.keys()]
        .filter((key) => key.startsWith(`${query.aggregate}/`))
        .flatMap((key) => documentAt(reader, key) ?? [])
        .map((item) => ({ item, keys: [item.id] }));
      return pageOf(rows, query, `documents:${query.aggregate}`);
    },
  };
}
