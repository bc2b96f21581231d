import type {
  DocumentAggregate,
  Escalation,
  SessionRecord,
  Storage,
  StoredDocument,
  UiAction,
} from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { type DocumentRow, documentColumns, toDocument } from "./document-row.js";
import { type SessionRow, selectSession, toSession } from "./session-row.js";
import type { Values } from "./values.js";

type SessionKey = Parameters<Storage["findSession"]>[0];
type DeliveryKey = Parameters<Storage["findDelivery"]>[0];
type FoundDelivery = NonNullable<Awaited<ReturnType<Storage["findDelivery"]>>>;

const sessionById = { name: "session_by_id", text: `${selectSession} WHERE s.id = $1` };
const idByToken = {
  name: "id_by_token",
  text: `SELECT s.id FROM tokens t JOIN sessions s ON s.sid = t.sid
         WHERE t.hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2)`,
};
const idByExternal = { name: "id_by_external", text: "SELECT id FROM sessions WHERE external_id = $1" };
const deliveryById = {
  name: "delivery_by_id",
  text: `SELECT s.id AS "sessionId", e.id AS "deliveryId" FROM effects e JOIN sessions s ON s.sid = e.sid
         WHERE e.id = $1 AND e.kind = 'delivery'`,
};
const deliveryByAttempt = {
  name: "delivery_by_attempt",
  text: `SELECT s.id AS "sessionId", e.id AS "deliveryId"
         FROM attempts a JOIN effects e ON e.position = a.effect JOIN sessions s ON s.sid = e.sid
         WHERE a.channel = $1 AND a.external_id = $2`,
};
const uiActionById = {
  name: "ui_action_by_id",
  text: "SELECT u.body FROM sessions s JOIN ui_actions u ON u.sid = s.sid WHERE s.id = $1 AND u.id = $2",
};
const escalationById = {
  name: "escalation_by_id",
  text: `SELECT s.id AS "sessionId", e.body FROM escalations e JOIN sessions s ON s.sid = e.sid WHERE e.id = $1`,
};
const documentById = {
  name: "document_by_id",
  text: `SELECT ${documentColumns} FROM documents WHERE aggregate = $1 AND id = $2`,
};

export async function findSession(queryable: Queryable, by: SessionKey): Promise<string | null> {
  const [found] = await ("tokenHash" in by
    ? queryable.rows<{ id: string }>(idByToken, [by.tokenHash, by.now])
    : queryable.rows<{ id: string }>(idByExternal, [by.externalId]));
  return found?.id ?? null;
}

export async function findDelivery(queryable: Queryable, by: DeliveryKey): Promise<FoundDelivery | null> {
  const [found] = await ("deliveryId" in by
    ? queryable.rows<FoundDelivery>(deliveryById, [by.deliveryId])
    : queryable.rows<FoundDelivery>(deliveryByAttempt, [by.channel, by.externalId]));
  return found ?? null;
}

/** Finds single records by their ids. */
export function lookups(values: Values) {
  return {
    async getSession(queryable: Queryable, id: string): Promise<SessionRecord | null> {
      const [row] = await queryable.rows<SessionRow>(sessionById, [id]);
      return row === undefined ? null : toSession(row, values);
    },
    async getEscalation(queryable: Queryable, id: string): Promise<Escalation | null> {
      type Row = { readonly sessionId: string; readonly body: string };
      const [row] = await queryable.rows<Row>(escalationById, [id]);
      return row === undefined ? null : values.decode<Escalation>(row.body, "escalation", row.sessionId);
    },
    async getUiAction(queryable: Queryable, sessionId: string, id: string): Promise<UiAction | null> {
      const [row] = await queryable.rows<{ body: string }>(uiActionById, [sessionId, id]);
      return row === undefined ? null : values.decode<UiAction>(row.body, "ui_action", sessionId);
    },
    async getDocument(
      queryable: Queryable,
      aggregate: DocumentAggregate,
      id: string,
    ): Promise<StoredDocument | null> {
      const [row] = await queryable.rows<DocumentRow>(documentById, [aggregate, id]);
      return row === undefined ? null : toDocument(row, aggregate, values);
    },
  };
}
