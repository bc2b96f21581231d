import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import type { SessionWrite } from "./judge.js";
import { hotColumns, hotValues } from "./session-row.js";
import { byColumn, type Column, insertInto, unnested } from "./sql.js";
import type { Values } from "./values.js";

const sidColumn: Column = ["sid", "bigint"];
const updated: readonly Column[] = [sidColumn, ["expected_version", "bigint"], ...hotColumns];
const documentColumns: readonly Column[] = [
  sidColumn,
  ["recipient", "text"],
  ["metadata", "text"],
  ["summary", "text"],
  ["agent_record", "text"],
];
const changedDocuments: readonly Column[] = [
  ...documentColumns,
  ["sets_recipient", "boolean"],
  ["sets_summary", "boolean"],
  ["sets_agent_record", "boolean"],
];
const checkpointColumns: readonly Column[] = [
  sidColumn,
  ["seq", "bigint"],
  ["rules_hash", "text"],
  ["state", "text"],
];
const uiActionColumns: readonly Column[] = [
  sidColumn,
  ["id", "text"],
  ["ordinal", "bigint"],
  ["status", "text"],
  ["body", "text"],
];
const tokenColumns: readonly Column[] = [
  ["hash", "text"],
  sidColumn,
  ["purpose", "text"],
  ["expires_at", "double precision"],
];
const keyColumns: readonly Column[] = [
  sidColumn,
  ["key", "text"],
  ["outcome", "text"],
  ["expires_at", "double precision"],
];

const insertSessions = insertInto("sessions", hotColumns, "RETURNING id, sid");
// A column that gets the value it has costs nothing: PostgreSQL writes the whole row anyway, and compares to see which
// indexes have to follow.
const updateSessions = {
  name: "update_sessions",
  text: `UPDATE sessions s SET ${hotColumns.map(([name]) => `${name} = n.${name}`).join(", ")}
         FROM ${unnested(updated, "n")} WHERE s.sid = n.sid AND s.version = n.expected_version`,
};
const insertDocuments = insertInto("session_documents", documentColumns);
const updateDocuments = {
  name: "update_session_documents",
  text: `UPDATE session_documents d SET metadata = coalesce(n.metadata, d.metadata),
           recipient = CASE WHEN n.sets_recipient THEN n.recipient ELSE d.recipient END,
           summary = CASE WHEN n.sets_summary THEN n.summary ELSE d.summary END,
           agent_record = CASE WHEN n.sets_agent_record THEN n.agent_record ELSE d.agent_record END
         FROM ${unnested(changedDocuments, "n")} WHERE d.sid = n.sid`,
};
const putCheckpoints = insertInto(
  "checkpoints",
  checkpointColumns,
  `ON CONFLICT (sid) DO UPDATE
     SET seq = excluded.seq, rules_hash = excluded.rules_hash, state = excluded.state`,
);
const putUiActions = insertInto(
  "ui_actions",
  uiActionColumns,
  `ON CONFLICT (sid, id) DO UPDATE
     SET ordinal = excluded.ordinal, status = excluded.status, body = excluded.body`,
);
const insertTokens = insertInto("tokens", tokenColumns);
const insertKeys = insertInto("idempotency", keyColumns);

export interface WriteContext {
  /** The key of each session's row, by its id. */
  readonly sids: ReadonlyMap<string, number>;
  readonly values: Values;
}

/** Writes sessions and what they have at most one of, or find by key. Answers with the keys of all their rows. */
export async function writeSessions(
  queryable: Queryable,
  writes: readonly SessionWrite[],
  { sids: known, values }: WriteContext,
): Promise<ReadonlyMap<string, number>> {
  const fresh = writes.filter(({ isNew }) => isNew);
  const existing = writes.filter(({ isNew }) => !isNew);
  for (const write of fresh) requireAllFields(write);
  // Updates first: an external id that one session gives up can go to another in the same transaction.
  await updateExisting(queryable, existing, known);
  const sids = new Map([...known, ...(await insertFresh(queryable, fresh))]);
  await writeSessionDocuments(queryable, writes, { sids, values });
  await writeOwned(queryable, writes, { sids, values });
  return sids;
}

async function updateExisting(
  queryable: Queryable,
  writes: readonly SessionWrite[],
  sids: ReadonlyMap<string, number>,
): Promise<void> {
  if (writes.length === 0) return;
  const rows = writes.map(({ session, changes }) => [
    sids.get(session.id),
    session.version - changes.length,
    ...hotValues(session),
  ]);
  const count = await queryable.count(updateSessions, byColumn(rows, updated));
  if (count !== writes.length) {
    throw new OrchestratorError("internal", "The version of a locked session changed within a transaction.");
  }
}

async function insertFresh(
  queryable: Queryable,
  writes: readonly SessionWrite[],
): Promise<readonly (readonly [string, number])[]> {
  if (writes.length === 0) return [];
  // By id, so that two transactions that create the same sessions wait for each other and never cross.
  const rows = writes
    .map(({ session }) => session)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(hotValues);
  const inserted = await queryable.rows<{ id: string; sid: number }>(
    insertSessions,
    byColumn(rows, hotColumns),
  );
  return inserted.map(({ id, sid }) => [id, sid]);
}

async function writeSessionDocuments(
  queryable: Queryable,
  writes: readonly SessionWrite[],
  { sids, values }: WriteContext,
): Promise<void> {
  const inserts: unknown[][] = [];
  const updates: unknown[][] = [];
  for (const { isNew, session } of writes) {
    const { id, recipient, metadata, summary, agentRecord } = session;
    const documents = [recipient, metadata, summary, agentRecord];
    if (documents.every((document) => document === undefined)) continue;
    const encode = (value: unknown) => (value == null ? null : values.encode(value, "session", id));
    const row = [sids.get(id), ...documents.map(encode)];
    if (isNew) inserts.push(row);
    else {
      const set = [recipient, summary, agentRecord].map((document) => document !== undefined);
      updates.push([...row, ...set]);
    }
  }
  if (inserts.length > 0) await queryable.count(insertDocuments, byColumn(inserts, documentColumns));
  if (updates.length > 0) await queryable.count(updateDocuments, byColumn(updates, changedDocuments));
}

async function writeOwned(
  queryable: Queryable,
  writes: readonly SessionWrite[],
  { sids, values }: WriteContext,
): Promise<void> {
  const checkpoints = new Map<string, unknown[]>();
  const uiActions = new Map<string, unknown[]>();
  const tokens: unknown[][] = [];
  const keys: unknown[][] = [];
  for (const change of writes.flatMap(({ changes }) => changes)) {
    const { id, checkpoint } = change;
    const sid = sids.get(id);
    if (checkpoint !== undefined) {
      const state = values.encode(checkpoint.state, "checkpoint", id);
      checkpoints.set(id, [sid, checkpoint.seq, checkpoint.rulesHash, state]);
    }
    for (const action of change.uiActions ?? []) {
      const body = values.encode(action, "ui_action", id);
      uiActions.set(JSON.stringify([id, action.id]), [sid, action.id, action.ordinal, action.status, body]);
    }
    for (const { hash, purpose, expiresAt } of change.tokens ?? [])
      tokens.push([hash, sid, purpose, expiresAt]);
    for (const { key, outcome, expiresAt } of change.idempotency ?? []) {
      keys.push([sid, key, values.encode(outcome, "idempotency", id), expiresAt]);
    }
  }
  const batches = [
    [putCheckpoints, checkpointColumns, [...checkpoints.values()]],
    [putUiActions, uiActionColumns, [...uiActions.values()]],
    [insertTokens, tokenColumns, tokens],
    [insertKeys, keyColumns, keys],
  ] as const;
  for (const [statement, columns, rows] of batches) {
    if (rows.length > 0) await queryable.count(statement, byColumn(rows, columns));
  }
}

const newSessionFields = [
  "externalId",
  "workflow",
  "status",
  "owner",
  "ownershipEpoch",
  "createdAt",
  "updatedAt",
  "lastActivityAt",
  "expiresAt",
  "revision",
  "lastSeq",
  "evaluatedAt",
  "dueAt",
  "rulesHash",
  "counters",
  "lastUiOrdinal",
  "escalationCount",
  "recipient",
  "metadata",
  "summary",
  "agentRecord",
] as const satisfies readonly (keyof SessionWrite["session"])[];

function requireAllFields({ session }: SessionWrite): void {
  const missing = newSessionFields.filter((name) => session[name] === undefined);
  if (missing.length === 0) return;
  throw new OrchestratorError(
    "invalid_argument",
    `The new session ${session.id} lacks ${missing.join(", ")}; it needs all fields.`,
  );
}
