import type {
  DocumentAggregate,
  Escalation,
  SessionRecord,
  Storage,
  StoredDocument,
  UiAction,
} from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { type DocumentRow, documentColumns, toDocument } from "./document-row.js";
import { type SessionRow, selectSession, toSession } from "./session-row.js";

type SessionKey = Parameters<Storage["findSession"]>[0];
type DeliveryKey = Parameters<Storage["findDelivery"]>[0];
type FoundDelivery = NonNullable<Awaited<ReturnType<Storage["findDelivery"]>>>;

/** Finds single records by what names them. */
export function prepareLookups({ db, values }: Connection) {
  const sessionById = db.prepare<[string], SessionRow>(`${selectSession} WHERE s.id = ?`).raw();
  const idByToken = db
    .prepare<[string, number], string>(
      `SELECT s.id FROM tokens t CROSS JOIN sessions s ON s.sid = t.sid
       WHERE t.hash = ? AND (t.expires_at IS NULL OR t.expires_at > ?)`,
    )
    .pluck();
  const idByExternal = db.prepare<[string], string>("SELECT id FROM sessions WHERE external_id = ?").pluck();
  const deliveryById = db.prepare<[string], FoundDelivery>(
    `SELECT s.id AS sessionId, e.id AS deliveryId FROM effects e CROSS JOIN sessions s ON s.sid = e.sid
     WHERE e.id = ? AND e.kind = 'delivery'`,
  );
  const deliveryByAttempt = db.prepare<[string, string], FoundDelivery>(
    `SELECT s.id AS sessionId, e.id AS deliveryId
     FROM attempts a CROSS JOIN effects e ON e.position = a.effect CROSS JOIN sessions s ON s.sid = e.sid
     WHERE a.channel = ? AND a.external_id = ?`,
  );
  const uiAction = db
    .prepare<[string, string], string>(
      "SELECT u.body FROM sessions s CROSS JOIN ui_actions u ON u.sid = s.sid WHERE s.id = ? AND u.id = ?",
    )
    .pluck();
  const escalation = db.prepare<[string], { readonly sessionId: string; readonly body: string }>(
    `SELECT s.id AS sessionId, e.body FROM escalations e CROSS JOIN sessions s ON s.sid = e.sid WHERE e.id = ?`,
  );
  const document = db.prepare<[string, string], DocumentRow>(
    `SELECT ${documentColumns} FROM documents WHERE aggregate = ? AND id = ?`,
  );

  return {
    findSession(by: SessionKey): string | null {
      const id = "tokenHash" in by ? idByToken.get(by.tokenHash, by.now) : idByExternal.get(by.externalId);
      return id ?? null;
    },
    findDelivery(by: DeliveryKey): FoundDelivery | null {
      const found =
        "deliveryId" in by
          ? deliveryById.get(by.deliveryId)
          : deliveryByAttempt.get(by.channel, by.externalId);
      return found ?? null;
    },
    getSession(id: string): SessionRecord | null {
      const row = sessionById.get(id);
      return row === undefined ? null : toSession(row, values);
    },
    getEscalation(id: string): Escalation | null {
      const row = escalation.get(id);
      return row === undefined ? null : values.decode<Escalation>(row.body, "escalation", row.sessionId);
    },
    getUiAction(sessionId: string, id: string): UiAction | null {
      const body = uiAction.get(sessionId, id);
      return body === undefined ? null : values.decode<UiAction>(body, "ui_action", sessionId);
    },
    getDocument(aggregate: DocumentAggregate, id: string): StoredDocument | null {
      const row = document.get(aggregate, id);
      return row === undefined ? null : toDocument(row, aggregate, values);
    },
  };
}
