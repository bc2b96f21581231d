import {
  type Change,
  type CommitResult,
  type DocumentChange,
  OrchestratorError,
  type SessionChange,
  type SessionRecord,
} from "@hybrid-orchestrator/core";
import type { LogEntry, SessionEntry } from "./database.js";
import type { Reader } from "./reader.js";

/** Keeps a change wholly, or answers why not. The version that it expects is the fence. */
export function applyChange(reader: Reader, change: Change): CommitResult {
  try {
    return change.aggregate === "session" ? applySession(reader, change) : applyDocument(reader, change);
  } catch (error) {
    return { ok: false, reason: "error", error: error as Error };
  }
}

function applySession(reader: Reader, change: SessionChange): CommitResult {
  const { database } = reader;
  const existing = database.sessions.get(change.id);
  const refusal = refusalOf(reader, change, existing);
  if (refusal !== null) return refusal;
  for (const { id } of change.escalations ?? []) {
    const owner = [...database.sessions.values()].find(({ escalations }) => escalations.has(id));
    if (owner !== existing && owner !== undefined)
      throw new OrchestratorError("invalid_argument", `Escalation ${id} belongs to another session.`);
  }
  // Everything that can fail comes before the first thing that is kept.
  const entry = changedEntry(reader, change, existing);
  const added = logEntriesOf(reader, change);
  let position = added.at(-1)?.position ?? database.position;
  for (const effect of change.effects ?? []) {
    position += 1;
    entry.effects.set(effect.id, {
      position: entry.effects.get(effect.id)?.position ?? position,
      dueAt: effect.dueAt,
      text: reader.seal("effect", change.id, effect),
    });
  }
  for (const escalation of change.escalations ?? []) {
    position += 1;
    entry.escalations.set(escalation.id, {
      position: entry.escalations.get(escalation.id)?.position ?? position,
      text: reader.seal("escalation", change.id, escalation),
    });
  }
  database.sessions.set(change.id, entry);
  database.log.push(...added);
  database.position = position;
  return { ok: true };
}

function refusalOf(
  { database }: Reader,
  { expectedVersion, session, idempotency }: SessionChange,
  existing: SessionEntry | undefined,
): CommitResult | null {
  if ((existing?.record.version ?? 0) !== expectedVersion) return { ok: false, reason: "conflict" };
  if (idempotency?.some(({ key }) => existing?.idempotency.has(key)))
    return { ok: false, reason: "conflict" };
  const holder = [...database.sessions.values()].find(
    ({ record }) => typeof session.externalId === "string" && record.externalId === session.externalId,
  );
  if (holder === undefined || holder === existing) return null;
  return { ok: false, reason: "external_id_taken", sessionId: holder.record.id };
}

function changedEntry(
  reader: Reader,
  change: SessionChange,
  existing: SessionEntry | undefined,
): SessionEntry {
  const { id, expectedVersion, checkpoint } = change;
  const { recipient, metadata, summary, ...open } = {
    ...(existing && reader.record(existing)),
    ...change.session,
    id,
    version: expectedVersion + 1,
  } as SessionRecord;
  const uiActions = (change.uiActions ?? []).map(
    (action) => [action.id, reader.seal("ui_action", id, action)] as const,
  );
  const idempotency = (change.idempotency ?? []).map(
    ({ key, outcome, expiresAt }) =>
      [key, { outcome: reader.seal("idempotency", id, outcome), expiresAt }] as const,
  );
  return {
    record: structuredClone(open),
    personal: reader.seal("session", id, { recipient, metadata, summary }),
    tokens: [...(existing?.tokens ?? []), ...(change.tokens ?? [])],
    checkpoint: checkpoint
      ? { ...checkpoint, state: reader.seal("checkpoint", id, checkpoint.state) }
      : (existing?.checkpoint ?? null),
    effects: new Map(existing?.effects),
    uiActions: new Map([...(existing?.uiActions ?? []), ...uiActions]),
    escalations: new Map(existing?.escalations),
    idempotency: new Map([...(existing?.idempotency ?? []), ...idempotency]),
  };
}

/** A session begins with its creation; then what was recorded, what it made fire, and what else happened. */
function logEntriesOf({ database, seal }: Reader, change: SessionChange): LogEntry[] {
  const { id: sessionId, activities = [], firings = [], events = [] } = change;
  const isCreation = ({ type }: { type: string }) => type === "session.created";
  const written: { kind: LogEntry["kind"]; value: unknown }[] = [
    ...events.filter(isCreation).map((value) => ({ kind: "event" as const, value })),
    ...activities.map((value) => ({ kind: "activity" as const, value })),
    ...firings.map((value) => ({ kind: "firing" as const, value })),
    ...events.filter((event) => !isCreation(event)).map((value) => ({ kind: "event" as const, value })),
  ];
  return written.map(({ kind, value }, index) => ({
    position: database.position + index + 1,
    sessionId,
    kind,
    text: seal(kind, sessionId, value),
  }));
}

function applyDocument({ database, seal }: Reader, change: DocumentChange): CommitResult {
  const { aggregate, id, expectedVersion, body, expiresAt } = change;
  const key = `${aggregate}/${id}`;
  const existing = database.documents.get(key);
  if ((existing?.version ?? 0) !== expectedVersion) return { ok: false, reason: "conflict" };
  if (body === null) database.documents.delete(key);
  else {
    database.documents.set(key, {
      version: expectedVersion + 1,
      expiresAt: expiresAt === undefined ? (existing?.expiresAt ?? null) : expiresAt,
      text: seal("document", null, body),
    });
  }
  return { ok: true };
}
