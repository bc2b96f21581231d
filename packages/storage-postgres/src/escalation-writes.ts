import { type Escalation, hasEnded, OrchestratorError } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { byColumn, type Column, insertInto } from "./sql.js";

const escalationColumns: readonly Column[] = [
  ["position", "bigint"],
  ["sid", "bigint"],
  ["id", "text"],
  ["kind", "text"],
  ["status", "text"],
  ["is_open", "boolean"],
  ["queue", "text"],
  ["worker", "text"],
  ["opened_at", "bigint"],
  ["body", "text"],
];

const putEscalations = insertInto(
  "escalations",
  escalationColumns,
  `ON CONFLICT (id) DO UPDATE
     SET kind = excluded.kind, status = excluded.status, is_open = excluded.is_open, queue = excluded.queue,
       worker = excluded.worker, opened_at = excluded.opened_at, body = excluded.body
     WHERE escalations.sid = excluded.sid
   RETURNING id`,
);

/** What of an escalation stands in its row, after its place and its session. */
export function escalationRow(escalation: Escalation, body: string): readonly unknown[] {
  const { id, kind, status, queue, holder, openedAt } = escalation;
  return [id, kind, status, !hasEnded(status), queue, holder?.worker ?? null, openedAt, body];
}

/** Inserts or replaces escalations. A replaced one keeps its place in the order of opening. */
export async function writeEscalations(
  queryable: Queryable,
  rows: ReadonlyMap<string, readonly unknown[]>,
): Promise<void> {
  if (rows.size === 0) return;
  const written = await queryable.rows<{ id: string }>(
    putEscalations,
    byColumn([...rows.values()], escalationColumns),
  );
  const ids = new Set(written.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) throw escalationOfAnother(id);
}

export function escalationOfAnother(id: string): OrchestratorError {
  return new OrchestratorError("invalid_argument", `Escalation ${id} belongs to another session.`);
}
