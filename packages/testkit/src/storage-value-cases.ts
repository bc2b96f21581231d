import type { CodecContext, Escalation, JsonObject, StorageCodec } from "@hybrid-orchestrator/core";
import {
  actionEffect,
  activity,
  changeOf,
  escalation,
  failureOf,
  firing,
  given,
  loadOne,
  newSession,
  recording,
  startAt,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

/** JSON that careless handling loses: read from text, so that `__proto__` is a member like any other. */
const awkward = JSON.parse(`{
  "unicode": "Zoë 漢字 🧑‍🚀 \\u0000 \\ud800 \\u2028",
  "quotes": "it's \\"quoted\\" \\\\ ; -- ?",
  "numbers": [0, -1, 0.1, 1e300, 5e-324, 9007199254740991, -9007199254740991],
  "__proto__": { "polluted": true },
  "constructor": { "prototype": null },
  "": "empty key",
  "deep": [[[[[[[[{ "a": { "b": { "c": [null, true, false, [], {}] } } }]]]]]]]],
  "long": "${"x".repeat(20_000)}"
}`) as JsonObject;

/** Everything that a codec sees, with `data` in each. */
function changesWith(data: JsonObject) {
  return [
    newSession("a", {
      session: {
        metadata: data,
        summary: JSON.stringify(data),
        recipient: { id: "r", available: true, metadata: data },
      },
    }),
    {
      ...recording("a", 1, [activity(1, { data })]),
      session: { lastSeq: 1, escalationCount: 1 },
      checkpoint: { seq: 0, rulesHash: "rules", state: data },
      firings: [firing("a", "idle", 1, { reason: JSON.stringify(data) })],
      effects: [actionEffectWith(data)],
      uiActions: [{ ...uiAction("u1", 1), data }],
      escalations: [escalation("a", "x1", { reason: JSON.stringify(data), approval: approvalOf(data) })],
      idempotency: [{ key: "k", outcome: data, expiresAt: startAt }],
      events: [eventWith(data)],
    },
    { aggregate: "worker", id: "w1", expectedVersion: 0, body: data },
  ] as const;
}

function actionEffectWith(params: JsonObject) {
  const effect = actionEffect("a", "e1");
  return effect.kind === "action" ? { ...effect, action: { ...effect.action, params } } : effect;
}

function approvalOf(args: JsonObject): NonNullable<Escalation["approval"]> {
  return {
    status: "requested",
    agent: "claude",
    runBy: "orchestrator",
    tool: "refund",
    callId: "call_1",
    args,
    argsHash: "hash",
    editedArgs: null,
    editedHash: null,
    decidedBy: null,
    decidedAt: null,
    comment: null,
    execution: "none",
    result: null,
  };
}

function eventWith(data: JsonObject) {
  const reason = JSON.stringify(data);
  return { type: "agent.asked", at: startAt, data: { effectId: "e1", agent: null, reason } } as const;
}

/** A codec that nobody can overlook: reversed text that is bound to what it belongs to. */
function reversing(seen: CodecContext[] = []): StorageCodec {
  const reverse = (text: string) => [...text].reverse().join("");
  const label = ({ kind, sessionId }: CodecContext) => `${kind}/${sessionId}:`;
  return {
    name: "reversing",
    encode(text, context) {
      seen.push(context);
      return label(context) + reverse(text);
    },
    decode(stored, context) {
      if (!stored.startsWith(label(context))) throw new Error("This value belongs to something else.");
      return reverse(stored.slice(label(context).length));
    },
  };
}

/** Values come back as they went in, through a codec too. */
export function valueCases({ describe, test, expect }: StorageCases): void {
  describe("values", () => {
    for (const [name, codec] of [
      ["as they went in", undefined],
      ["through a codec", reversing()],
    ] as const) {
      test(`come back ${name}`, async ({ connect }) => {
        const storage = await connect(codec === undefined ? {} : { codec });
        await given(storage, ...changesWith(awkward));
        const { session, ...snapshot } = await loadOne(storage, "a", { idempotencyKeys: ["k"] });
        const { events } = await storage.readEvents({ limit: 10 });
        const [effect] = snapshot.effects;
        const [fired] = (await storage.listFirings({ limit: 1 })).items;
        const asked = events.find(({ type }) => type === "agent.asked");
        const values = [
          session.metadata,
          session.recipient?.metadata,
          JSON.parse(session.summary ?? ""),
          snapshot.activities[0]?.data,
          snapshot.checkpoint?.state,
          JSON.parse(fired?.reason ?? ""),
          effect?.kind === "action" ? effect.action.params : null,
          snapshot.uiActions[0]?.data,
          (await storage.getUiAction("a", "u1"))?.data,
          ...[
            snapshot.escalations[0],
            await storage.getEscalation("x1"),
            (await storage.listEscalations({ limit: 1 })).items[0],
          ].flatMap((found) => [found?.approval?.args, JSON.parse(found?.reason ?? "null")]),
          snapshot.idempotency[0]?.outcome,
          asked?.type === "agent.asked" ? JSON.parse(asked.data.reason) : null,
          (await storage.getDocument("worker", "w1"))?.body,
          (await storage.listDocuments({ aggregate: "worker", limit: 1 })).items[0]?.body,
          (await storage.listActivities({ sessionId: "a", limit: 1 })).items[0]?.data,
          (await storage.listSessions({ limit: 1 })).items[0]?.metadata,
        ];
        // As text, since many a comparison overlooks a member called __proto__.
        for (const value of values) expect(JSON.stringify(value)).toBe(JSON.stringify(awkward));
      });
    }

    test("keep moments that are not whole, far away or before 1970", async ({ storage }) => {
      for (const [index, at] of [0.5, 1e15, -1, 2 ** 53 - 1].entries()) {
        const id = `s${index}`;
        await given(storage, newSession(id, { session: { createdAt: at, dueAt: at } }));
        const session = await storage.getSession(id);
        expect([session?.createdAt, session?.dueAt]).toEqual([at, at]);
      }
    });

    // All that the schemas of core let through; U+0000 and half a surrogate pair they refuse in ids and names.
    test("keep ids and names that look like something else", async ({ storage }) => {
      const controls = "\u0001\t\n\u007f";
      for (const id of [
        "1",
        "01",
        "null",
        "Ä 'quoted' \"id\"",
        "%_",
        "\\x {a,b}",
        controls,
        "\u2028\ufffd🧑",
      ]) {
        await given(
          storage,
          newSession(id, { session: { externalId: `${id}x`, owner: { kind: "ai", agent: id } } }),
        );
        const session = await storage.getSession(id);
        expect([session?.id, session?.externalId, session?.owner]).toEqual([
          id,
          `${id}x`,
          { kind: "ai", agent: id },
        ]);
      }
    });

    test("belong to the storage: what the caller changes later changes nothing", async ({ storage }) => {
      const metadata = { list: [1] };
      const commit = storage.commit([newSession("a", { session: { metadata } })]);
      await commit;
      metadata.list.push(2);
      expect((await storage.getSession("a"))?.metadata).toEqual({ list: [1] });
    });
  });

  describe("codec", () => {
    test("sees every stored value with what it belongs to", async ({ connect }) => {
      const seen: CodecContext[] = [];
      const storage = await connect({ codec: reversing(seen) });
      await given(storage, ...changesWith({ step: 1 }));
      const kinds = [
        "activity",
        "checkpoint",
        "effect",
        "escalation",
        "event",
        "firing",
        "idempotency",
        "session",
        "ui_action",
      ];
      const ofSession = seen.filter(({ sessionId }) => sessionId === "a").map(({ kind }) => kind);
      expect([...new Set(ofSession)].sort()).toEqual(kinds);
      const others = seen.filter(({ sessionId }) => sessionId !== "a");
      expect(others).toEqual([{ sessionId: null, kind: "document" }]);
    });

    test("that fails for one change makes that one an error and leaves its neighbours alone", async ({
      connect,
    }) => {
      const working = reversing();
      const storage = await connect({
        codec: {
          ...working,
          encode(text, context) {
            if (text.includes("refuse")) throw new Error("no key for this");
            return working.encode(text, context);
          },
        },
      });
      await given(storage, newSession("a"), newSession("b"), newSession("c"));
      const bad = {
        ...recording("b", 1, [activity(1), activity(2, { data: { refuse: 1 } })]),
        events: [eventWith({})],
      };
      const results = await storage.commit([recording("a", 1, [activity(1)]), bad, changeOf("c", 1)]);
      expect(results.map((result) => (result.ok ? "ok" : result.reason))).toEqual(["ok", "error", "ok"]);
      const after = await loadOne(storage, "b");
      expect([after.session.version, after.activities]).toEqual([1, []]);
      expect((await loadOne(storage, "a")).activities).toEqual([activity(1)]);
      expect((await storage.readEvents({ limit: 10 })).events.length).toBe(1);
    });
  });

  describe("open and close", () => {
    test("can be asked for twice", async ({ storage }) => {
      await storage.open();
      await given(storage, newSession("a"));
      await storage.open();
      expect((await storage.getSession("a"))?.id).toBe("a");
      await storage.close();
      await storage.close();
    });

    test("refuse use after closing", async ({ storage }) => {
      await storage.close();
      const calls = [
        () => storage.commit([newSession("a")]),
        () => storage.load([]),
        () => storage.getSession("a"),
        () => storage.readEvents({ limit: 1 }),
        () => storage.nextWakeAt(),
      ];
      for (const call of calls) expect(await failureOf(call)).toBe("storage_closed");
      expect((await storage.health()).healthy).toBe(false);
    });

    test("write what was asked for before closing", async ({ storage }) => {
      const commit = storage.commit([newSession("a")]);
      await storage.close();
      expect(await commit).toEqual([{ ok: true }]);
    });
  });
}
