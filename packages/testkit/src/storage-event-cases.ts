import type { Storage, StoredEvent } from "@hybrid-orchestrator/core";
import {
  activities,
  activity,
  changeOf,
  failureOf,
  firing,
  given,
  newSession,
  recording,
  startAt,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const created = {
  type: "session.created",
  at: startAt,
  data: { workflow: "default", externalId: null },
} as const;
const updated = (revision: number) =>
  ({ type: "session.updated", at: startAt + revision, data: { revision } }) as const;

/** Two sessions whose commits alternate: every kind of event, each commit with another mix. */
async function givenHistory(storage: Storage): Promise<void> {
  await given(
    storage,
    newSession("a", { events: [created], activities: [activity(1)], session: { lastSeq: 1 } }),
  );
  await given(storage, newSession("b", { events: [created] }));
  await given(storage, { ...recording("a", 1, activities(2, 3)), firings: [firing("a", "idle", 1)] });
  await given(storage, changeOf("b", 1, { events: [updated(2), updated(3)] }));
  await given(storage, recording("b", 2, [activity(1)]), {
    ...recording("a", 2, [activity(4)]),
    events: [updated(2)],
  });
  await given(storage, changeOf("b", 3, { firings: [firing("b", "idle", 1)] }));
}

function label({ type, sessionId, data }: StoredEvent): string {
  if (type === "activity.recorded") return `${sessionId} activity ${data.seq}`;
  if (type === "trigger.fired") return `${sessionId} firing ${data.ordinal}`;
  return `${sessionId} ${type}`;
}

const history = [
  "a session.created",
  "a activity 1",
  "b session.created",
  "a activity 2",
  "a activity 3",
  "a firing 1",
  "b session.updated",
  "b session.updated",
  "b activity 1",
  "a activity 4",
  "a session.updated",
  "b firing 1",
];

/** The durable event stream. */
export function eventCases({ describe, test, expect }: StorageCases): void {
  describe("readEvents", () => {
    test("gives activities, firings and other events as one stream in the order of their commits", async ({
      storage,
    }) => {
      await givenHistory(storage);
      const { events } = await storage.readEvents({ limit: 100 });
      expect(events.map(label)).toEqual(history);
      expect((await storage.readEvents({ after: null, limit: 100 })).events).toEqual(events);
    });

    test("gives the activity, the firing and the data, with their moments", async ({ storage }) => {
      await givenHistory(storage);
      const { events } = await storage.readEvents({ limit: 100 });
      const withoutCursor = events.map(({ cursor: _, ...event }) => event);
      const recorded = activity(2);
      const fired = firing("a", "idle", 1);
      expect(withoutCursor[0]).toEqual({ ...created, sessionId: "a" });
      expect(withoutCursor[3]).toEqual({
        type: "activity.recorded",
        sessionId: "a",
        at: recorded.createdAt,
        data: recorded,
      });
      expect(withoutCursor[5]).toEqual({
        type: "trigger.fired",
        sessionId: "a",
        at: fired.decidedAt,
        data: fired,
      });
      expect(withoutCursor[7]).toEqual({ ...updated(3), sessionId: "b" });
    });

    test("resumes after every single event, and after every page", async ({ storage }) => {
      await givenHistory(storage);
      const { events } = await storage.readEvents({ limit: 100 });
      for (const [index, event] of events.entries()) {
        const rest = await storage.readEvents({ after: event.cursor, limit: 100 });
        expect(rest.events).toEqual(events.slice(index + 1));
      }
      for (const limit of [1, 2, 5]) {
        const seen: StoredEvent[] = [];
        let after: string | null = null;
        for (;;) {
          const page = await storage.readEvents({ after, limit });
          if (page.events.length === 0) break;
          expect(page.events.length <= limit).toBe(true);
          seen.push(...page.events);
          after = page.cursor;
        }
        expect(seen).toEqual(events);
      }
    });

    test("gives the events of one session, from any cursor", async ({ storage }) => {
      await givenHistory(storage);
      const { events } = await storage.readEvents({ limit: 100 });
      for (const sessionId of ["a", "b", "none"]) {
        const own = events.filter((event) => event.sessionId === sessionId);
        expect((await storage.readEvents({ sessionId, limit: 100 })).events).toEqual(own);
        for (const [index, { cursor }] of events.entries()) {
          const expected = events.slice(index + 1).filter((event) => event.sessionId === sessionId);
          const { events: rest } = await storage.readEvents({ sessionId, after: cursor, limit: 100 });
          expect(rest).toEqual(expected);
          const next = await storage.readEvents({ sessionId, after: cursor, limit: 1 });
          expect(next.events).toEqual(expected.slice(0, 1));
        }
      }
    });

    test("stays where it is when nothing is new", async ({ storage }) => {
      const empty = await storage.readEvents({ limit: 10 });
      expect(empty.events).toEqual([]);
      await givenHistory(storage);
      expect((await storage.readEvents({ after: empty.cursor, limit: 100 })).events.length).toBe(
        history.length,
      );
      const last = await storage.lastEventCursor();
      expect(await storage.readEvents({ after: last, limit: 10 })).toEqual({ events: [], cursor: last });
    });

    test("begins after lastEventCursor with what comes next", async ({ storage }) => {
      const first = await storage.lastEventCursor();
      await givenHistory(storage);
      expect((await storage.readEvents({ after: first, limit: 100 })).events.length).toBe(history.length);
      const last = await storage.lastEventCursor();
      await given(storage, recording("b", 4, [activity(2)]));
      expect((await storage.readEvents({ after: last, limit: 100 })).events.map(label)).toEqual([
        "b activity 2",
      ]);
    });

    test("has nothing of a refused change", async ({ storage }) => {
      await given(storage, newSession("a"));
      await storage.commit([
        changeOf("a", 1, { events: [updated(2)] }),
        changeOf("a", 1, { events: [updated(3)] }),
        changeOf("a", 2, { events: [updated(4)] }),
      ]);
      const { events } = await storage.readEvents({ limit: 10 });
      expect(events.map(({ data }) => data)).toEqual([{ revision: 2 }, { revision: 4 }]);
    });

    test("refuses a cursor that is none and a limit outside 1 to 500", async ({ storage }) => {
      for (const after of ["", "garbage", "-1", "1.5", "99999999999999999999"]) {
        expect(await failureOf(() => storage.readEvents({ after, limit: 1 }))).toBe("invalid_cursor");
      }
      for (const limit of [0, 501]) {
        expect(await failureOf(() => storage.readEvents({ limit }))).toBe("invalid_argument");
      }
    });
  });
}
