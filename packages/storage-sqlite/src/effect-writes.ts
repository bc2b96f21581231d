import { type Effect, effectStatus, OrchestratorError } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import type { Positions } from "./positions.js";

/** Inserts or replaces effects, and keeps their attempts findable by the vendor's id. */
export function prepareEffectWrites({ db, path, values }: Connection, positions: Positions) {
  const insert = db.prepare<unknown[]>(
    `INSERT INTO effects (position, id, sid, kind, lane, status, due_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO NOTHING`,
  );
  const replace = db
    .prepare<unknown[], number>(
      `UPDATE effects SET lane = ?, status = ?, due_at = ?, body = ? WHERE id = ? AND sid = ? RETURNING position`,
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
    const status = effectStatus(effect);
    const replaced = (): number | undefined => replace.get(lane, status, dueAt, body, id, sid);
    // What has been begun is there already, as a rule.
    let position = effect.tries > 0 ? replaced() : undefined;
    if (position === undefined) {
      const next = positions.next();
      const isNew = insert.run(next, id, sid, kind, lane, status, dueAt, body).changes > 0;
      position = isNew ? next : replaced();
    }
    if (position === undefined) {
      throw new OrchestratorError("invalid_argument", `Effect ${id} belongs to another session in ${path}.`);
    }
    if (effect.kind !== "delivery") return;
    for (const { channel, externalId } of effect.delivery.attempts) {
      if (externalId !== null) rememberAttempt.run(channel, externalId, position);
    }
  };
}
