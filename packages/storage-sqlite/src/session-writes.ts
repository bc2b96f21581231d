import { type CommitResult, OrchestratorError, type SessionChange } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { prepareEffectWrites } from "./effect-writes.js";
import { prepareEscalationWrites } from "./escalation-writes.js";
import type { WriteLog } from "./log-writes.js";
import { bindPresent, partialUpdates } from "./partial-update.js";
import type { Positions } from "./positions.js";
import type { SessionKeys } from "./session-keys.js";
import { documentFields, encodeDocuments, hotFields, type SessionFields } from "./session-row.js";

const conflict = { ok: false, reason: "conflict" } as const;
const done = { ok: true } as const;

/**
 * Applies one change to a session, inside a write transaction. The version-guarded write of the session's row comes
 * first, so a refused change has written nothing; what else could refuse it is looked up before, where it is there.
 */
export function prepareSessionWrites(
  connection: Connection,
  {
    positions,
    keys,
    writeLog,
  }: { readonly positions: Positions; readonly keys: SessionKeys; readonly writeLog: WriteLog },
) {
  const { db, path, values } = connection;
  const writeEffect = prepareEffectWrites(connection, positions);
  const writeEscalation = prepareEscalationWrites(connection);

  const findSession = db.prepare<[string], { sid: number; version: number }>(
    "SELECT sid, version FROM sessions WHERE id = ?",
  );
  const findExternal = db.prepare<[string], string>("SELECT id FROM sessions WHERE external_id = ?").pluck();
  const findKey = db.prepare("SELECT 1 FROM idempotency WHERE sid = ? AND key = ?");
  const hotColumns = hotFields.flatMap((field) => field.columns);
  const insertSession = db.prepare(
    `INSERT INTO sessions (${hotColumns.join(", ")}, id, version)
     VALUES (${hotColumns.map(() => "?").join(", ")}, ?, 1)`,
  );
  const insertDocuments = db.prepare(
    "INSERT INTO session_documents (recipient, metadata, summary, agent_record, sid) VALUES (?, ?, ?, ?, ?)",
  );
  const updateSession = partialUpdates(
    db,
    hotFields,
    (assignments) =>
      // By the row's key, which is one descent; with the id, since the key may be remembered from a row long gone.
      `UPDATE sessions SET ${["version = version + 1", ...assignments].join(", ")}
       WHERE sid = ? AND id = ? AND version = ?`,
  );
  const updateDocuments = partialUpdates(
    db,
    documentFields,
    (assignments) => `UPDATE session_documents SET ${assignments.join(", ")} WHERE sid = ?`,
  );
  const putCounters = db.prepare("INSERT OR REPLACE INTO session_counters (sid, counters) VALUES (?, ?)");
  const putCheckpoint = db.prepare(
    "INSERT OR REPLACE INTO checkpoints (sid, seq, rules_hash, state) VALUES (?, ?, ?, ?)",
  );
  const putUiAction = db.prepare(
    "INSERT OR REPLACE INTO ui_actions (sid, id, ordinal, status, body) VALUES (?, ?, ?, ?, ?)",
  );
  const insertToken = db.prepare("INSERT INTO tokens (hash, sid, purpose, expires_at) VALUES (?, ?, ?, ?)");
  const insertKey = db.prepare("INSERT INTO idempotency (sid, key, outcome, expires_at) VALUES (?, ?, ?, ?)");

  /** Why the change cannot be, or null. */
  function refusal(change: SessionChange): CommitResult | null {
    const { id, expectedVersion, session, idempotency = [] } = change;
    const existing = findSession.get(id);
    if ((existing?.version ?? 0) !== expectedVersion) return conflict;
    const keys = idempotency.map(({ key }) => key);
    if (existing !== undefined && keys.some((key) => findKey.get(existing.sid, key) !== undefined))
      return conflict;
    if (new Set(keys).size < keys.length) return conflict;
    if (typeof session.externalId !== "string") return null;
    const holder = findExternal.get(session.externalId);
    return holder === undefined || holder === id
      ? null
      : { ok: false, reason: "external_id_taken", sessionId: holder };
  }

  function create({ id, session }: SessionChange): number {
    const fields = [...hotFields, ...documentFields].map(({ name }) => name);
    const missing = [...fields, "counters" as const].filter((name) => session[name] === undefined);
    if (missing.length > 0) {
      const names = missing.join(", ");
      throw new OrchestratorError(
        "invalid_argument",
        `The new session ${id} lacks ${names}; ${path} needs all fields.`,
      );
    }
    const parameters: unknown[] = [];
    bindPresent(hotFields, session, parameters);
    const sid = Number(insertSession.run(...parameters, id).lastInsertRowid);
    const { recipient, metadata, summary, agentRecord } = encodeDocuments(session, id, values) ?? {};
    insertDocuments.run(recipient, metadata, summary, agentRecord, sid);
    keys.remember(id, sid);
    return sid;
  }

  /** The session's key, or undefined when its version is another. */
  function update({ id, expectedVersion, session }: SessionChange): number | undefined {
    const sid = keys.find(id);
    if (sid === undefined) return undefined;
    const parameters: unknown[] = [];
    const statement = updateSession(bindPresent<SessionFields>(hotFields, session, parameters));
    parameters.push(sid, id, expectedVersion);
    if (statement.run(...parameters).changes === 0) {
      keys.forget(id);
      return undefined;
    }
    const documents = encodeDocuments(session, id, values);
    if (documents !== null) {
      const texts: unknown[] = [];
      updateDocuments(bindPresent(documentFields, documents, texts)).run(...texts, sid);
    }
    return sid;
  }

  function writeRest(sid: number, change: SessionChange): void {
    const { id, session, checkpoint, effects, uiActions, escalations, tokens, idempotency } = change;
    if (session.counters !== undefined) writeCounters(sid, change);
    if (checkpoint !== undefined) {
      const state = values.encode(checkpoint.state, "checkpoint", id);
      putCheckpoint.run(sid, checkpoint.seq, checkpoint.rulesHash, state);
    }
    for (const effect of effects ?? []) writeEffect(sid, effect);
    for (const action of uiActions ?? []) {
      putUiAction.run(sid, action.id, action.ordinal, action.status, values.encode(action, "ui_action", id));
    }
    for (const escalation of escalations ?? []) writeEscalation(sid, id, escalation);
    for (const token of tokens ?? []) insertToken.run(token.hash, sid, token.purpose, token.expiresAt);
    for (const { key, outcome, expiresAt } of idempotency ?? []) {
      insertKey.run(sid, key, values.encode(outcome, "idempotency", id), expiresAt);
    }
  }

  function writeCounters(sid: number, { session: { counters = {} }, expectedVersion }: SessionChange): void {
    if (expectedVersion === 0 && Object.keys(counters).length === 0) return;
    putCounters.run(sid, JSON.stringify(counters));
  }

  return (change: SessionChange): CommitResult => {
    const isNew = change.expectedVersion === 0;
    if (isNew || change.idempotency !== undefined || change.session.externalId !== undefined) {
      const refused = refusal(change);
      if (refused !== null) return refused;
    }
    const sid = isNew ? create(change) : update(change);
    if (sid === undefined) return conflict;
    writeLog(sid, change);
    writeRest(sid, change);
    return done;
  };
}
