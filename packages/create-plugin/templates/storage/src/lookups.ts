import type { DocumentAggregate, Storage, StoredDocument, UiAction } from "@hybrid-orchestrator/core";
import type { Reader } from "./reader.js";

type Lookups = Pick<
  Storage,
  "findSession" | "findDelivery" | "getSession" | "getUiAction" | "getEscalation" | "getDocument"
>;

/** One thing, by what it is known by. */
export function lookupsOf(reader: Reader): Lookups {
  const { sessions } = reader.database;
  return {
    async findSession(by) {
      const found = [...sessions.values()].find(({ record, tokens }) =>
        "externalId" in by
          ? record.externalId === by.externalId
          : tokens.some(
              ({ hash, expiresAt }) => hash === by.tokenHash && (expiresAt === null || expiresAt > by.now),
            ),
      );
      return found?.record.id ?? null;
    },
    async findDelivery(by) {
      const found = reader.allEffects().find(({ item }) => {
        if (item.kind !== "delivery") return false;
        if ("deliveryId" in by) return item.id === by.deliveryId;
        return item.delivery.attempts.some(
          ({ channel, externalId }) => channel === by.channel && externalId === by.externalId,
        );
      });
      return found ? { sessionId: found.item.sessionId, deliveryId: found.item.id } : null;
    },
    async getSession(id) {
      const entry = sessions.get(id);
      return entry ? reader.record(entry) : null;
    },
    async getUiAction(sessionId, id) {
      const text = sessions.get(sessionId)?.uiActions.get(id);
      return text === undefined ? null : reader.unseal<UiAction>("ui_action", sessionId, text);
    },
    async getEscalation(id) {
      return reader.allEscalations().find(({ item }) => item.id === id)?.item ?? null;
    },
    async getDocument(aggregate, id) {
      return documentAt(reader, `${aggregate}/${id}`);
    },
  };
}

/** By its aggregate and its id, as one key. */
export function documentAt({ database, unseal }: Reader, key: string): StoredDocument | null {
  const found = database.documents.get(key);
  if (found === undefined) return null;
  const [aggregate = ""] = key.split("/", 1);
  return {
    aggregate: aggregate as DocumentAggregate,
    id: key.slice(aggregate.length + 1),
    version: found.version,
    expiresAt: found.expiresAt,
    body: unseal("document", null, found.text),
  };
}
