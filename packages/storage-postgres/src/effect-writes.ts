import { type Effect, OrchestratorError } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { byColumn, type Column, insertInto } from "./sql.js";

const effectColumns: readonly Column[] = [
  ["position", "bigint"],
  ["sid", "bigint"],
  ["id", "text"],
  ["kind", "text"],
  ["lane", "text"],
  ["status", "text"],
  ["due_at", "double precision"],
  ["body", "text"],
];
const attemptColumns: readonly Column[] = [
  ["channel", "text"],
  ["external_id", "text"],
  ["effect", "bigint"],
];

const putEffects = insertInto(
  "effects",
  effectColumns,
  `ON CONFLICT (id) DO UPDATE
     SET lane = excluded.lane, status = excluded.status, due_at = excluded.due_at, body = excluded.body
     WHERE effects.sid = excluded.sid
   RETURNING id, position`,
);
// A vendor that counts from 1 again after a restart gives an id twice: the newer delivery is meant.
const rememberAttempts = insertInto(
  "attempts",
  attemptColumns,
  `ON CONFLICT (channel, external_id) DO UPDATE SET effect = excluded.effect WHERE excluded.effect > attempts.effect`,
);

/** Inserts or replaces effects, and keeps their attempts findable by the vendor's id. */
export async function writeEffects(
  queryable: Queryable,
  rows: readonly unknown[][],
  effects: readonly Effect[],
): Promise<void> {
  if (rows.length === 0) return;
  const written = await queryable.rows<{ id: string; position: number }>(
    putEffects,
    byColumn(rows, effectColumns),
  );
  const positions = new Map(written.map(({ id, position }) => [id, position]));
  const attempts = new Map<string, readonly unknown[]>();
  for (const effect of effects) {
    const position = positions.get(effect.id);
    if (position === undefined) {
      throw new OrchestratorError("invalid_argument", `Effect ${effect.id} belongs to another session.`);
    }
    if (effect.kind !== "delivery") continue;
    for (const { channel, externalId } of effect.delivery.attempts) {
      if (externalId === null) continue;
      const name = JSON.stringify([channel, externalId]);
      if (Number(attempts.get(name)?.[2] ?? 0) < position)
        attempts.set(name, [channel, externalId, position]);
    }
  }
  if (attempts.size > 0) {
    await queryable.count(rememberAttempts, byColumn([...attempts.values()], attemptColumns));
  }
}
