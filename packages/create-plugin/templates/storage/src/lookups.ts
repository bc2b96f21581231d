import type { Storage, UiAction } from "@hybrid-orchestrator/core";
import type { Reader } from "./reader.js";

type Lookups = Pick<Storage, "findSession" | "findDelivery" | "getSession" | "getUiAction" | "getDocument">;

/** One thing, by what it is known by. */
export function lookupsOf(reader: Reader): Lookups {
  const { sessions, documents } = reader.database;
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
    async getDocument(aggregate, id) {
      const found = documents.get(`${aggregate}/${id}`);
      if (found === undefined) return null;
      const { version, expiresAt, text } = found;
      return { aggregate, id, version, expiresAt, body: reader.unseal("document", null, text) };
    },
  };
}
