import type { Change, DocumentChange, SessionChange } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { documentName, keyOf, type Stored } from "./judge.js";
import { type HotRow, hotRowColumns, toHotSession } from "./session-row.js";

// In the order of the ids, so that two transactions that want the same sessions wait for each other and never cross.
const lockSessions = {
  name: "lock_sessions",
  text: `SELECT ${hotRowColumns} FROM sessions s WHERE s.id = ANY($1::text[]) ORDER BY s.id FOR NO KEY UPDATE`,
};
const lockDocuments = {
  name: "lock_documents",
  text: `SELECT aggregate, id, version FROM documents
         WHERE (aggregate, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
         ORDER BY aggregate, id FOR UPDATE`,
};
const findExternalIds = {
  name: "find_external_ids",
  text: "SELECT external_id, id FROM sessions WHERE external_id = ANY($1::text[])",
};
const findKeys = {
  name: "find_keys",
  text: `SELECT s.id, i.key FROM unnest($1::text[], $2::text[]) AS wanted (id, key)
         JOIN sessions s ON s.id = wanted.id JOIN idempotency i ON i.sid = s.sid AND i.key = wanted.key`,
};

/** Waits until nobody else is changing a session, and lets nobody until the transaction ends. */
export async function lockSession(queryable: Queryable, id: string): Promise<void> {
  await queryable.rows(lockSessions, [[id]]);
}

/** What a transaction has locked, with the keys of the sessions' rows. */
export interface Locked extends Stored {
  readonly sids: ReadonlyMap<string, number>;
}

/** Locks what the changes are about, and reads what decides whether they can be. */
export async function lockStored(queryable: Queryable, changes: readonly Change[]): Promise<Locked> {
  const ofSessions = changes.filter((change): change is SessionChange => change.aggregate === "session");
  const ofDocuments = changes.filter((change): change is DocumentChange => change.aggregate !== "session");
  const ids = [...new Set(ofSessions.map(({ id }) => id))];
  const rows = ids.length === 0 ? [] : await queryable.rows<HotRow>(lockSessions, [ids]);
  return {
    sids: new Map(rows.map(({ id, sid }) => [id, sid])),
    sessions: new Map(rows.map((row) => [row.id, toHotSession(row)])),
    documents: await readDocuments(queryable, ofDocuments),
    externalIds: await readExternalIds(queryable, ofSessions),
    keys: await readKeys(queryable, ofSessions),
  };
}

async function readDocuments(
  queryable: Queryable,
  changes: readonly DocumentChange[],
): Promise<Stored["documents"]> {
  if (changes.length === 0) return new Map();
  type Row = Pick<DocumentChange, "aggregate" | "id"> & { readonly version: number };
  const names = [changes.map(({ aggregate }) => aggregate), changes.map(({ id }) => id)];
  const rows = await queryable.rows<Row>(lockDocuments, names);
  return new Map(rows.map((row) => [documentName(row), row.version]));
}

async function readExternalIds(
  queryable: Queryable,
  changes: readonly SessionChange[],
): Promise<Stored["externalIds"]> {
  const wanted = changes.flatMap(({ session: { externalId } }) => externalId ?? []);
  if (wanted.length === 0) return new Map();
  const rows = await queryable.rows<{ external_id: string; id: string }>(findExternalIds, [wanted]);
  return new Map(rows.map(({ external_id, id }) => [external_id, id]));
}

async function readKeys(queryable: Queryable, changes: readonly SessionChange[]): Promise<Stored["keys"]> {
  const wanted = changes.flatMap(({ id, idempotency = [] }) => idempotency.map(({ key }) => [id, key]));
  if (wanted.length === 0) return new Set();
  const rows = await queryable.rows<{ id: string; key: string }>(findKeys, [
    wanted.map(([id]) => id),
    wanted.map(([, key]) => key),
  ]);
  return new Set(rows.map(({ id, key }) => keyOf(id, key)));
}
