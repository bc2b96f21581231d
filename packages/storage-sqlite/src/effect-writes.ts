import { type Effect, effectStatus, OrchestratorError } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import type { Positions } from "./positions.js";

/** Inserts or replaces effects, and keeps their attempts findable by the vendor's id. */
export function prepareEffectWrites({ db, path, values }: Connection, positions: Positions) {
  const upsert = db
    .prepare<unknown[], number>(
      `INSERT INTO effects (position, id, sid, kind, lane, status, due_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE
         SET lane = excluded.lane, status = excluded.status, due_at = excluded.due_at, body = excluded.body
         WHERE sid = excluded.sid
       RETURNING position`,
    )
    .pluck();
  // A vendor that counts from 1 again after a restart gives an id twice: the newer delivery is meant.
  const rememberAttempt = db.prepare(
    `INSERT INTO attempts (channel, external_id, effect) VALUES (?, ?, ?)
     ON CONFLICT (channel, external_id) DO UPDATE SET effect = excluded.effect WHERE excluded.effect > effect`,
  );

  return (sid: number, effect: Effect): void => {
    const { id, sessionId, kind, lane, dueAt } = effect;
    const body = values.encode(effect, "effect", sessionId);
    const position = upsert.get(positions.next(), id, sid, kind, lane, effectStatus(effect), dueAt, body);
    if (position === undefined) {
      throw new OrchestratorError("invalid_argument", `Effect ${id} belongs to another session in ${path}.`);
    }
    if (effect.kind !== "delivery") return;
    for (const { channel, externalId } of effect.delivery.attempts) {
      if (externalId !== null) rememberAttempt.run(channel, externalId, position);
    }
  };
}
