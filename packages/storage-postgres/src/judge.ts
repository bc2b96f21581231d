import type { Change, CommitResult, DocumentChange, SessionChange } from "@hybrid-orchestrator/core";
import type { HotSession, SessionDocuments } from "./session-row.js";

/** What is stored of everything that some changes are about, and stays so until the transaction ends. */
export interface Stored {
  readonly sessions: ReadonlyMap<string, HotSession>;
  /** Of the external ids that the changes name: the sessions that have them. */
  readonly externalIds: ReadonlyMap<string, string>;
  /** Of the idempotency keys that the changes name, those that are taken, as {@link keyOf} writes them. */
  readonly keys: ReadonlySet<string>;
  /** Versions, as {@link documentName} names them. */
  readonly documents: ReadonlyMap<string, number>;
}

/** What is to be written to one session, all its changes together. */
export interface SessionWrite {
  readonly isNew: boolean;
  /** The session's fields as they will be; the documents only where they change. */
  readonly session: HotSession & Partial<SessionDocuments>;
  readonly changes: readonly SessionChange[];
}

/** What is to become of one document: the last of its changes counts. */
export interface DocumentWrite {
  readonly storedVersion: number;
  /** 0: it is to go. */
  readonly version: number;
  readonly change: DocumentChange;
}

export interface Judgement {
  readonly results: readonly CommitResult[];
  /** In the order in which the changes came. */
  readonly accepted: readonly SessionChange[];
  readonly sessions: readonly SessionWrite[];
  readonly documents: readonly DocumentWrite[];
}

const conflict = { ok: false, reason: "conflict" } as const;
const done = { ok: true } as const;

/** Decides for each change, in order, whether it can be, given what is stored and the changes before it. */
export function judge(changes: readonly Change[], stored: Stored): Judgement {
  const sessions = new Map<string, SessionWrite>();
  const documents = new Map<string, DocumentWrite>();
  const externalIds = new Map(stored.externalIds);
  const keys = new Set(stored.keys);
  const accepted: SessionChange[] = [];

  function judgeSession(change: SessionChange): CommitResult {
    const { id, expectedVersion, session, idempotency = [] } = change;
    const before = sessions.get(id)?.session ?? stored.sessions.get(id);
    if ((before?.version ?? 0) !== expectedVersion) return conflict;
    const named = new Set(idempotency.map(({ key }) => keyOf(id, key)));
    if (named.size < idempotency.length || [...named].some((key) => keys.has(key))) return conflict;
    const { externalId } = session;
    if (typeof externalId === "string") {
      const holder = externalIds.get(externalId) ?? id;
      if (holder !== id) return { ok: false, reason: "external_id_taken", sessionId: holder };
    }
    if (externalId !== undefined && typeof before?.externalId === "string") {
      externalIds.delete(before.externalId);
    }
    if (typeof externalId === "string") externalIds.set(externalId, id);
    for (const key of named) keys.add(key);
    accepted.push(change);
    sessions.set(id, {
      isNew: !stored.sessions.has(id),
      // A new session that lacks fields is refused when it is written.
      session: { ...(before as HotSession), ...session, id, version: expectedVersion + 1 },
      changes: [...(sessions.get(id)?.changes ?? []), change],
    });
    return done;
  }

  function judgeDocument(change: DocumentChange): CommitResult {
    const name = documentName(change);
    const storedVersion = stored.documents.get(name) ?? 0;
    const before = documents.get(name);
    if ((before?.version ?? storedVersion) !== change.expectedVersion) return conflict;
    const keptExpiry = change.expectedVersion === 0 ? null : before?.change.expiresAt;
    const expiresAt = change.expiresAt === undefined ? keptExpiry : change.expiresAt;
    documents.set(name, {
      storedVersion,
      version: change.body === null ? 0 : change.expectedVersion + 1,
      change: expiresAt === undefined ? change : { ...change, expiresAt },
    });
    return done;
  }

  const results = changes.map((change) =>
    change.aggregate === "session" ? judgeSession(change) : judgeDocument(change),
  );
  return { results, accepted, sessions: [...sessions.values()], documents: [...documents.values()] };
}

export function keyOf(sessionId: string, key: string): string {
  return JSON.stringify([sessionId, key]);
}

export function documentName({ aggregate, id }: Pick<DocumentChange, "aggregate" | "id">): string {
  return `${aggregate}/${id}`;
}
