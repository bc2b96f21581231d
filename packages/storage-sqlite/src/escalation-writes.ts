import { type Escalation, hasEnded, OrchestratorError } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";

/** Inserts or replaces escalations. A replaced one keeps its place in the order of opening. */
export function prepareEscalationWrites({ db, path, values }: Connection) {
  const put = db.prepare(
    `INSERT INTO escalations (id, sid, kind, status, is_open, queue, worker, opened_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, status = excluded.status, is_open = excluded.is_open,
       queue = excluded.queue, worker = excluded.worker, opened_at = excluded.opened_at, body = excluded.body
     WHERE sid = excluded.sid`,
  );

  return (sid: number, sessionId: string, escalation: Escalation): void => {
    const { id, kind, status, queue, holder, openedAt } = escalation;
    const isOpen = hasEnded(status) ? 0 : 1;
    const body = values.encode(escalation, "escalation", sessionId);
    const worker = holder?.worker ?? null;
    if (put.run(id, sid, kind, status, isOpen, queue, worker, openedAt, body).changes > 0) return;
    throw new OrchestratorError(
      "invalid_argument",
      `Escalation ${id} belongs to another session in ${path}.`,
    );
  };
}
