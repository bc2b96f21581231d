import {
  actionEffect,
  changeOf,
  deliveryEffect,
  given,
  newSession,
  startAt,
  token,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

/** Finding single things by what names them. */
export function lookupCases({ describe, test, expect }: StorageCases): void {
  describe("findSession", () => {
    test("finds by any of a session's tokens", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { tokens: [token("t1")] }),
        newSession("b", { tokens: [token("t2")] }),
        changeOf("a", 1, { tokens: [token("t3")] }),
      );
      const find = (tokenHash: string) => storage.findSession({ tokenHash, now: startAt });
      expect([await find("t1"), await find("t2"), await find("t3"), await find("t4")]).toEqual([
        "a",
        "b",
        "a",
        null,
      ]);
    });

    test("finds nothing by a token from the moment it expires", async ({ storage }) => {
      await given(storage, newSession("a", { tokens: [token("t", startAt)] }));
      expect(await storage.findSession({ tokenHash: "t", now: startAt - 1 })).toBe("a");
      expect(await storage.findSession({ tokenHash: "t", now: startAt })).toBe(null);
    });

    test("finds by external id", async ({ storage }) => {
      await given(storage, newSession("a", { session: { externalId: "order-1" } }), newSession("b"));
      expect(await storage.findSession({ externalId: "order-1" })).toBe("a");
      expect(await storage.findSession({ externalId: "order-2" })).toBe(null);
      expect(await storage.findSession({ externalId: "a" })).toBe(null);
    });
  });

  describe("findDelivery", () => {
    const found = { sessionId: "a", deliveryId: "d1" };

    test("finds by id, finished or not, and finds no other effect", async ({ storage }) => {
      const effects = [deliveryEffect("a", "d1", { dueAt: null }), actionEffect("a", "e1")];
      await given(storage, newSession("a", { effects }));
      expect(await storage.findDelivery({ deliveryId: "d1" })).toEqual(found);
      expect(await storage.findDelivery({ deliveryId: "e1" })).toBe(null);
      expect(await storage.findDelivery({ deliveryId: "none" })).toBe(null);
    });

    test("finds by channel and the vendor's id of any attempt", async ({ storage }) => {
      const first = deliveryEffect("a", "d1", { attempts: [["sms", null]] });
      const second = deliveryEffect("a", "d1", {
        attempts: [
          ["sms", "SM1"],
          ["email", "m-1"],
        ],
      });
      await given(storage, newSession("a", { effects: [first] }), changeOf("a", 1, { effects: [second] }));
      expect(await storage.findDelivery({ channel: "sms", externalId: "SM1" })).toEqual(found);
      expect(await storage.findDelivery({ channel: "email", externalId: "m-1" })).toEqual(found);
      expect(await storage.findDelivery({ channel: "email", externalId: "SM1" })).toBe(null);
    });
  });

  describe("getSession, getUiAction, getDocument", () => {
    test("give null for what does not exist", async ({ storage }) => {
      expect(await storage.getSession("none")).toBe(null);
      expect(await storage.getUiAction("none", "u1")).toBe(null);
      expect(await storage.getDocument("key", "none")).toBe(null);
    });

    test("give a UI action of that session, acknowledged or not", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { uiActions: [uiAction("u1", 1, "acknowledged")] }),
        newSession("b"),
      );
      expect(await storage.getUiAction("a", "u1")).toEqual(uiAction("u1", 1, "acknowledged"));
      expect(await storage.getUiAction("b", "u1")).toBe(null);
    });
  });
}
