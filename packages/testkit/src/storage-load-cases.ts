import {
  actionEffect,
  activities,
  activity,
  changeOf,
  firing,
  given,
  idsOf,
  loadOne,
  newSession,
  recording,
  startAt,
  token,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

/** What a snapshot holds. */
export function loadCases({ describe, test, expect }: StorageCases): void {
  describe("load", () => {
    test("answers in the order of the requests, null for what does not exist", async ({ storage }) => {
      await given(storage, newSession("a"), newSession("b"));
      const requests = ["b", "none", "a", "b"].map((sessionId) => ({
        sessionId,
        rulesHash: "rules",
        recent: 0,
      }));
      const snapshots = await storage.load(requests);
      expect(snapshots.map((snapshot) => snapshot?.session.id ?? null)).toEqual(["b", null, "a", "b"]);
      expect(await storage.load([])).toEqual([]);
    });

    test("gives the session as it is stored", async ({ storage }) => {
      await given(storage, newSession("a", { session: { metadata: { step: 1 }, dueAt: 7 } }));
      expect((await loadOne(storage, "a")).session).toEqual(await storage.getSession("a"));
    });

    test("gives the whole history where there is no checkpoint", async ({ storage }) => {
      await given(storage, newSession("a"), {
        ...recording("a", 1, activities(1, 5)),
        firings: [firing("a", "idle", 1), firing("a", "error", 1), firing("a", "idle", 2)],
      });
      const snapshot = await loadOne(storage, "a");
      expect(snapshot.checkpoint).toBe(null);
      expect(snapshot.activities).toEqual(activities(1, 5));
      expect(snapshot.firings).toEqual([
        firing("a", "idle", 1),
        firing("a", "error", 1),
        firing("a", "idle", 2),
      ]);
    });

    test("gives what follows a checkpoint of the same rules", async ({ storage }) => {
      const checkpoint = { seq: 3, rulesHash: "rules", state: { windows: [1, 2] } };
      await given(storage, newSession("a"), {
        ...recording("a", 1, activities(1, 5)),
        checkpoint,
        firings: [firing("a", "idle", 1)],
      });
      const snapshot = await loadOne(storage, "a");
      expect(snapshot.checkpoint).toEqual(checkpoint);
      expect(snapshot.activities).toEqual(activities(4, 5));
      expect(snapshot.firings).toEqual([]);
    });

    test("leaves out a checkpoint of other rules and gives the whole history", async ({ storage }) => {
      await given(storage, newSession("a"), {
        ...recording("a", 1, activities(1, 5)),
        checkpoint: { seq: 3, rulesHash: "rules", state: {} },
        firings: [firing("a", "idle", 1)],
      });
      const snapshot = await loadOne(storage, "a", { rulesHash: "new rules" });
      expect(snapshot.checkpoint).toBe(null);
      expect(snapshot.activities).toEqual(activities(1, 5));
      expect(snapshot.firings).toEqual([firing("a", "idle", 1)]);
    });

    test("keeps the newest checkpoint", async ({ storage }) => {
      const checkpoint = (seq: number) => ({ seq, rulesHash: "rules", state: { seq } });
      await given(
        storage,
        newSession("a"),
        { ...recording("a", 1, activities(1, 3)), checkpoint: checkpoint(2) },
        { ...recording("a", 2, activities(4, 6)), checkpoint: checkpoint(6) },
      );
      const snapshot = await loadOne(storage, "a");
      expect(snapshot.checkpoint).toEqual(checkpoint(6));
      expect(snapshot.activities).toEqual([]);
    });

    test("gives the newest activities, oldest first, whatever the checkpoint covers", async ({ storage }) => {
      await given(storage, newSession("a"), {
        ...recording("a", 1, activities(1, 9)),
        checkpoint: { seq: 8, rulesHash: "rules", state: {} },
      });
      expect((await loadOne(storage, "a", { recent: 3 })).recent).toEqual(activities(7, 9));
      expect((await loadOne(storage, "a", { recent: 3 })).activities).toEqual(activities(9, 9));
      expect((await loadOne(storage, "a", { recent: 50 })).recent).toEqual(activities(1, 9));
      expect((await loadOne(storage, "a", { recent: 0 })).recent).toEqual([]);
      expect((await loadOne(storage, "a", { recent: 2, rulesHash: "new" })).recent).toEqual(activities(8, 9));
    });

    test("gives effects with work left, and finished ones by request", async ({ storage }) => {
      const open = actionEffect("a", "open", { dueAt: startAt + 9 });
      const finished = actionEffect("a", "finished", { dueAt: null });
      await given(
        storage,
        newSession("a", { effects: [open, finished, actionEffect("a", "old", { dueAt: null })] }),
        newSession("b", { effects: [actionEffect("b", "foreign")] }),
      );
      expect((await loadOne(storage, "a")).effects).toEqual([open]);
      const { effects } = await loadOne(storage, "a", { effectIds: ["finished", "open", "foreign", "none"] });
      expect([...effects].sort((one, two) => one.id.localeCompare(two.id))).toEqual([finished, open]);
    });

    test("gives UI actions that are not acknowledged, in order", async ({ storage }) => {
      await given(
        storage,
        newSession("a", {
          uiActions: [uiAction("third", 3), uiAction("first", 1), uiAction("second", 2, "delivered")],
        }),
      );
      expect(idsOf((await loadOne(storage, "a")).uiActions)).toEqual(["first", "second", "third"]);
      await given(storage, changeOf("a", 1, { uiActions: [uiAction("first", 1, "acknowledged")] }));
      expect(idsOf((await loadOne(storage, "a")).uiActions)).toEqual(["second", "third"]);
    });

    test("gives all tokens, expired or not", async ({ storage }) => {
      const tokens = [
        token("t1", startAt - 1),
        token("t2"),
        { ...token("t3", startAt), purpose: "resume" as const },
      ];
      await given(storage, newSession("a", { tokens }), newSession("b", { tokens: [token("t4")] }));
      const loaded = [...(await loadOne(storage, "a")).tokens];
      expect(loaded.sort((one, two) => one.hash.localeCompare(two.hash))).toEqual(tokens);
    });

    test("keeps the order of activities that were committed apart", async ({ storage }) => {
      await given(storage, newSession("a"), newSession("b"));
      for (let seq = 1; seq <= 12; seq += 1) {
        await given(storage, recording("a", seq, [activity(seq)]), recording("b", seq, [activity(seq)]));
      }
      const { activities: loaded } = await loadOne(storage, "a");
      expect(loaded.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });
  });
}
