import { hasEnded, type LoadRequest, type SessionSnapshot, type UiAction } from "@hybrid-orchestrator/core";
import type { Reader } from "./reader.js";

/** What a decision about a session needs: everything since the checkpoint, if that is of the same rules. */
export function snapshotFor(reader: Reader, request: LoadRequest): SessionSnapshot | null {
  const { sessionId, rulesHash, recent } = request;
  const { effectIds = [], escalationIds = [], idempotencyKeys = [] } = request;
  const entry = reader.database.sessions.get(sessionId);
  if (entry === undefined) return null;
  const stored = entry.checkpoint?.rulesHash === rulesHash ? entry.checkpoint : null;
  const activities = reader.log("activity", sessionId).map(({ item }) => item);
  const uiActions = [...entry.uiActions.values()].map((text) =>
    reader.unseal<UiAction>("ui_action", sessionId, text),
  );
  const escalations = reader.escalations(entry).map(({ item }) => item);
  return {
    session: reader.record(entry),
    tokens: entry.tokens,
    checkpoint: stored && { ...stored, state: reader.unseal("checkpoint", sessionId, stored.state) },
    activities: activities.filter(({ seq }) => seq > (stored?.seq ?? 0)),
    firings: stored ? [] : reader.log("firing", sessionId).map(({ item }) => item),
    recent: recent > 0 ? activities.slice(-recent) : [],
    effects: reader
      .effects(entry)
      .map(({ item }) => item)
      .filter(({ id, dueAt }) => dueAt !== null || effectIds.includes(id)),
    uiActions: uiActions
      .filter(({ status }) => status !== "acknowledged")
      .sort((a, b) => a.ordinal - b.ordinal),
    escalations: escalations.filter(
      ({ id, status }, index) =>
        !hasEnded(status) || index === escalations.length - 1 || escalationIds.includes(id),
    ),
    idempotency: idempotencyKeys.flatMap((key) => {
      const found = entry.idempotency.get(key);
      return found
        ? [{ key, ...found, outcome: reader.unseal("idempotency", sessionId, found.outcome) }]
        : [];
    }),
  };
}
