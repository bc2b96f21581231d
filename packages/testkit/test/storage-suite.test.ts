import {
  type Change,
  type CommitResult,
  hasEnded,
  type SessionSnapshot,
  type Storage,
  type StorageCodec,
} from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { storageSuite } from "../src/storage-suite.js";
import { collect, failures } from "./collect.js";
import { type MemoryDatabase, memoryDatabase, memoryStorage } from "./memory-storage.js";

type Connect = (database: MemoryDatabase, codec?: StorageCodec) => Storage;

function suiteOn(connect: Connect) {
  return collect((runner) =>
    storageSuite({
      ...runner,
      expect,
      name: "memory",
      create: async () => {
        const database = memoryDatabase();
        return { connect: ({ codec }) => connect(database, codec), dispose: async () => undefined };
      },
    }),
  );
}

/** A storage that is right but for one thing. */
function broken(defect: (honest: Storage, database: MemoryDatabase) => Partial<Storage>): Connect {
  return (database, codec) => {
    const honest = memoryStorage(database, codec);
    return { ...honest, ...defect(honest, database) };
  };
}

function changing(edit: (change: Change, database: MemoryDatabase) => Change): Connect {
  return broken((honest, database) => ({
    commit: (changes) => honest.commit(changes.map((change) => edit(change, database))),
  }));
}

function loading(edit: (snapshot: SessionSnapshot, database: MemoryDatabase) => Partial<SessionSnapshot>) {
  return broken((honest, database) => ({
    load: async (requests) =>
      (await honest.load(requests)).map(
        (snapshot) => snapshot && { ...snapshot, ...edit(snapshot, database) },
      ),
  }));
}

const farFuture = Number.MAX_SAFE_INTEGER;

// Each defect, and a part of the title of a test that has to notice it.
const defects: readonly (readonly [defect: string, noticedBy: string, connect: Connect])[] = [
  [
    "ignores the expected version",
    "refuses a stale version",
    changing((change, { sessions, documents }) => {
      const stored =
        change.aggregate === "session"
          ? sessions.get(change.id)?.record.version
          : documents.get(`${change.aggregate}/${change.id}`)?.version;
      return { ...change, expectedVersion: stored ?? change.expectedVersion };
    }),
  ],
  [
    "stops at the first refusal and loses the neighbours behind it",
    "leaves its neighbours alone",
    broken((honest) => ({
      commit: async (changes) => {
        const results: CommitResult[] = [];
        for (const change of changes) {
          const refused = results.find((result) => !result.ok);
          results.push(refused ?? (await honest.commit([change]))[0] ?? { ok: true as const });
        }
        return results;
      },
    })),
  ],
  [
    "writes the events of a refused change",
    "has nothing of a refused change",
    broken((honest, database) => ({
      commit: async (changes) => {
        const results = await honest.commit(changes);
        for (const [index, change] of changes.entries()) {
          const current = database.sessions.get(change.id)?.record.version;
          if (results[index]?.ok || change.aggregate !== "session" || current === undefined) continue;
          const { events = [] } = change;
          await honest.commit([{ ...change, expectedVersion: current, session: {}, activities: [], events }]);
        }
        return results;
      },
    })),
  ],
  [
    "loses the last activity of a change",
    "gives the whole history",
    changing((change) =>
      change.aggregate === "session" && change.activities !== undefined
        ? { ...change, activities: change.activities.slice(0, -1) }
        : change,
    ),
  ],
  [
    "drops events that are neither activities nor firings",
    "as one stream",
    changing((change) => (change.aggregate === "session" ? { ...change, events: [] } : change)),
  ],
  [
    "keeps no firing",
    "listFirings",
    changing((change) => (change.aggregate === "session" ? { ...change, firings: [] } : change)),
  ],
  [
    "lets two sessions have one external id",
    "refuses one that is taken",
    broken((honest, { sessions }) => ({
      commit: (changes) =>
        Promise.all(
          changes.map(async (change) => {
            const id = change.aggregate === "session" ? change.session.externalId : null;
            if (change.aggregate !== "session" || typeof id !== "string")
              return (await honest.commit([change]))[0]!;
            const { externalId: _, ...session } = change.session;
            const without = { ...session, ...(change.expectedVersion === 0 ? { externalId: null } : {}) };
            const [result] = await honest.commit([{ ...change, session: without }]);
            const entry = sessions.get(change.id);
            if (result?.ok && entry) entry.record = { ...entry.record, externalId: id };
            return result!;
          }),
        ),
    })),
  ],
  [
    "takes an idempotency key twice",
    "makes a conflict of a key that exists",
    changing((change, { sessions }) => {
      if (change.aggregate === "session") sessions.get(change.id)?.idempotency.clear();
      return change;
    }),
  ],
  [
    "hands out tokens after they expire",
    "from the moment it expires",
    broken((honest) => ({
      findSession: (by) => honest.findSession("tokenHash" in by ? { ...by, now: by.now - 1 } : by),
    })),
  ],
  [
    "uses a checkpoint of other rules",
    "leaves out a checkpoint of other rules",
    broken((honest, { sessions }) => ({
      load: (requests) =>
        honest.load(
          requests.map((request) => {
            const rulesHash = sessions.get(request.sessionId)?.checkpoint?.rulesHash ?? request.rulesHash;
            return { ...request, rulesHash };
          }),
        ),
    })),
  ],
  [
    "gives the recent activities newest first",
    "oldest first",
    broken((honest) => ({
      load: async (requests) => {
        const snapshots = await honest.load(requests);
        return snapshots.map(
          (snapshot) => snapshot && { ...snapshot, recent: [...snapshot.recent].reverse() },
        );
      },
    })),
  ],
  [
    "gives only open effects",
    "finished ones by request",
    broken((honest) => ({
      load: (requests) => honest.load(requests.map(({ effectIds: _, ...request }) => request)),
    })),
  ],
  [
    "reorders what is on a page",
    "without loss, repetition or another order",
    broken((honest) => ({
      listSessions: async (query) => {
        const page = await honest.listSessions(query);
        return { ...page, items: [...page.items].reverse() };
      },
    })),
  ],
  [
    "gives another page too many",
    "has no next cursor when the last page is full",
    broken((honest) => ({
      listSessions: async (query) => {
        const page = await honest.listSessions(query);
        const { nextCursor } = await honest.listSessions({ ...query, limit: 1 });
        return {
          ...page,
          nextCursor: page.nextCursor ?? (page.items.length === query.limit ? nextCursor : null),
        };
      },
    })),
  ],
  [
    "takes any limit",
    "a limit outside 1 to 500",
    broken((honest) => ({
      listEffects: (query) =>
        honest.listEffects({ ...query, limit: Math.min(Math.max(query.limit | 0, 1), 500) }),
    })),
  ],
  [
    "begins anew at a cursor that it does not know",
    "a cursor that is none",
    broken((honest) => ({
      listFirings: (query) =>
        honest.listFirings(query).catch(() => honest.listFirings({ ...query, cursor: null })),
    })),
  ],
  [
    "repeats the event at the cursor",
    "resumes after every single event",
    broken((honest) => ({
      readEvents: (query) =>
        honest.readEvents({
          ...query,
          after: query.after ? String(Math.max(Number(query.after) - 1, 0)) : null,
        }),
    })),
  ],
  [
    "offers sessions that are not due yet",
    "gives what is due, earliest first",
    broken((honest) => ({
      claimSessions: (claim) => honest.claimSessions({ ...claim, now: claim.now + 1 }),
    })),
  ],
  [
    "offers sessions of other nodes' rules",
    "leaves sessions of other living nodes' rules alone",
    broken((honest) => ({ claimSessions: (claim) => honest.claimSessions({ ...claim, exceptRules: [] }) })),
  ],
  [
    "never offers a session twice",
    "when the lease is over",
    broken((honest) => {
      const offered = new Set<string>();
      return {
        claimSessions: async (claim) => {
          const fresh = (await honest.claimSessions(claim)).filter((id) => !offered.has(id));
          for (const id of fresh) offered.add(id);
          return fresh;
        },
      };
    }),
  ],
  [
    "forgets the limits of lanes",
    "at most so many of each lane",
    broken((honest) => ({
      claimEffects: (claim) =>
        honest.claimEffects({
          ...claim,
          lanes: Object.fromEntries(Object.keys(claim.lanes).map((lane) => [lane, farFuture])),
        }),
    })),
  ],
  [
    "wakes only for what is still to come",
    "past ones included",
    broken((honest) => ({
      nextWakeAt: async () => {
        const { sessions, effects } = await honest.nextWakeAt();
        return {
          sessions: sessions !== null && sessions < Date.UTC(2026, 0, 5, 9) ? null : sessions,
          effects,
        };
      },
    })),
  ],
  [
    "counts dead nodes as living",
    "forgets a node",
    broken((honest) => ({ heartbeat: (node) => honest.heartbeat({ ...node, ttlMs: 9 * node.ttlMs }) })),
  ],
  [
    "purges what was changed since",
    "keeps what changed since",
    broken((honest) => ({ purge: (request) => honest.purge({ ...request, closedBefore: farFuture }) })),
  ],
  [
    "purges without bound",
    "at most as many as asked for",
    broken((honest) => ({ purge: (request) => honest.purge({ ...request, limit: farFuture }) })),
  ],
  [
    "gives positions of purged events again",
    "a reader whose cursor lies in what was removed",
    broken((honest, database) => ({
      purge: async (request) => {
        const result = await honest.purge(request);
        database.position = database.log.at(-1)?.position ?? 0;
        return result;
      },
    })),
  ],
  [
    "loses a member called __proto__",
    "come back as they went in",
    changing((change) =>
      change.aggregate === "session" && change.session.metadata !== undefined
        ? { ...change, session: { ...change.session, metadata: Object.assign({}, change.session.metadata) } }
        : change,
    ),
  ],
  ["passes by the codec", "codec", (database) => memoryStorage(database)],
  [
    "keeps nothing for the next handle",
    "keeps everything for the next handle",
    () => memoryStorage(memoryDatabase()),
  ],
  [
    "lets both of two handles win a version",
    "exactly one of two handles win",
    broken((honest) => ({
      commit: async (changes) => {
        const results = await honest.commit(changes);
        return results.map((result) => (!result.ok && result.reason === "conflict" ? { ok: true } : result));
      },
    })),
  ],
  [
    "keeps no escalation",
    "are kept whole",
    changing((change) => (change.aggregate === "session" ? { ...change, escalations: [] } : change)),
  ],
  [
    "opens an escalation anew when it is replaced",
    "orders by opening",
    changing((change, { sessions }) => {
      for (const { id } of (change.aggregate === "session" && change.escalations) || [])
        sessions.get(change.id)?.escalations.delete(id);
      return change;
    }),
  ],
  [
    "writes the escalations of a refused change",
    "of a refused change are not written",
    broken((honest, { sessions }) => ({
      commit: async (changes) => {
        const results = await honest.commit(changes);
        for (const [index, change] of changes.entries()) {
          const current = sessions.get(change.id)?.record.version;
          if (results[index]?.ok || change.aggregate !== "session" || current === undefined) continue;
          const { escalations = [] } = change;
          await honest.commit([
            { aggregate: "session", id: change.id, expectedVersion: current, session: {}, escalations },
          ]);
        }
        return results;
      },
    })),
  ],
  [
    "lets a session take another's escalation",
    "stay with their session",
    changing((change, { sessions }) => {
      for (const { id } of (change.aggregate === "session" && change.escalations) || [])
        for (const [sessionId, entry] of sessions) if (sessionId !== change.id) entry.escalations.delete(id);
      return change;
    }),
  ],
  [
    "loads only open escalations",
    "name the newest once, whether or not it has ended",
    loading(({ escalations }) => ({ escalations: escalations.filter(({ status }) => !hasEnded(status)) })),
  ],
  [
    "takes a waiting escalation for one that has ended",
    "those that have not ended and the newest",
    loading(({ escalations }) => ({ escalations: escalations.filter(({ status }) => status !== "waiting") })),
  ],
  [
    "loads the newest escalation twice when it is open",
    "name the newest once",
    loading(({ escalations }) => ({ escalations: [...escalations, ...escalations.slice(-1)] })),
  ],
  [
    "loads escalations in the order of their ids",
    "in the order of opening",
    loading(({ escalations }) => ({
      escalations: [...escalations].sort((a, b) => (a.id < b.id ? -1 : 1)),
    })),
  ],
  [
    "loads all escalations that there ever were",
    "those that have not ended and the newest",
    broken((honest, { sessions }) => ({
      load: (requests) =>
        honest.load(
          requests.map((request) => ({
            ...request,
            escalationIds: [...(sessions.get(request.sessionId)?.escalations.keys() ?? [])],
          })),
        ),
    })),
  ],
  [
    "loads no ended escalation by its id",
    "hold those asked for in their place",
    broken((honest) => ({
      load: (requests) => honest.load(requests.map(({ escalationIds: _, ...request }) => request)),
    })),
  ],
  [
    "gives every request of one call the escalations that any asks for",
    "hold those asked for in their place",
    broken((honest) => ({
      load: (requests) => {
        const escalationIds = requests.flatMap((request) => request.escalationIds ?? []);
        return honest.load(requests.map((request) => ({ ...request, escalationIds })));
      },
    })),
  ],
  ...(["sessionId", "kind", "status", "queue", "worker"] as const).map(
    (filter) =>
      [
        `ignores the filter ${filter} of escalations`,
        "with every filter",
        broken((honest) => ({
          listEscalations: ({ [filter]: _, ...query }) => honest.listEscalations(query),
        })),
      ] as const,
  ),
  ...(["workflow", "openedFrom", "openedTo"] as const).map(
    (filter) =>
      [
        `ignores the filter ${filter} of escalations`,
        "up to before another",
        broken((honest) => ({
          listEscalations: ({ [filter]: _, ...query }) => honest.listEscalations(query),
        })),
      ] as const,
  ),
  [
    "counts the end of a span of time as part of it",
    "up to before another",
    broken((honest) => ({
      listEscalations: ({ openedTo, ...query }) =>
        honest.listEscalations({ ...query, ...(openedTo !== undefined && { openedTo: openedTo + 1 }) }),
    })),
  ],
  [
    "lists escalations in one direction alone",
    "in both directions",
    broken((honest) => ({
      listEscalations: async (query) => {
        const page = await honest.listEscalations(query);
        return query.order === "desc" ? { ...page, items: [...page.items].reverse() } : page;
      },
    })),
  ],
  [
    "finds only open escalations by their id",
    "count as they were given last",
    broken((honest) => ({
      getEscalation: async (id) => {
        const found = await honest.getEscalation(id);
        return found !== null && hasEnded(found.status) ? null : found;
      },
    })),
  ],
  [
    "gives the positions of purged escalations again",
    "whatever is opened, replaced or purged meanwhile",
    broken((honest, database) => ({
      purge: async (request) => {
        const result = await honest.purge(request);
        const kept = [...database.sessions.values()].flatMap(({ escalations }) => [...escalations.values()]);
        database.position = Math.max(0, ...kept.map(({ position }) => position));
        return result;
      },
    })),
  ],
  [
    "leaves the escalations of purged sessions behind",
    "all that is a session's",
    broken((honest, { sessions }) => {
      const purged = new Map<string, string>();
      const left = (id: string) => (purged.has(id) ? { id } : null);
      return {
        purge: async (request) => {
          const before = [...sessions].flatMap(([id, { escalations }]) =>
            [...escalations.keys()].map((escalationId) => [escalationId, id] as const),
          );
          const result = await honest.purge(request);
          for (const [escalationId, id] of before) if (!sessions.has(id)) purged.set(escalationId, id);
          return result;
        },
        getEscalation: async (id) => (await honest.getEscalation(id)) ?? (left(id) as never),
      };
    }),
  ],
  [
    "counts ended escalations as open",
    "count what is stored",
    broken((honest) => ({
      stats: async () => ({
        ...(await honest.stats()),
        openEscalations: (await honest.listEscalations({ limit: 500 })).items.length,
      }),
    })),
  ],
  [
    "lists documents of all aggregates",
    "are listed by aggregate",
    broken((honest) => ({
      listDocuments: async (query) => {
        const page = await honest.listDocuments(query);
        const others = await honest.listDocuments({ ...query, aggregate: "recipient", cursor: null });
        return { ...page, items: [...page.items, ...others.items] };
      },
    })),
  ],
  [
    "lists documents in the order in which they came",
    "in the order of their ids",
    broken((honest, { documents }) => ({
      listDocuments: async (query) => {
        const page = await honest.listDocuments(query);
        const places = [...documents.keys()];
        const place = (id: string) => places.indexOf(`${query.aggregate}/${id}`);
        return { ...page, items: [...page.items].sort((a, b) => place(a.id) - place(b.id)) };
      },
    })),
  ],
  [
    "lists no expired documents",
    "as they are gotten",
    broken((honest) => ({
      listDocuments: async (query) => {
        const page = await honest.listDocuments(query);
        return { ...page, items: page.items.filter(({ expiresAt }) => expiresAt === null) };
      },
    })),
  ],
  [
    "takes a cursor of another aggregate",
    "a cursor of another aggregate",
    broken((honest) => ({
      listDocuments: (query) =>
        honest.listDocuments(query).catch((error: unknown) => {
          if (query.limit < 1 || query.limit > 500 || query.order === "desc") throw error;
          return honest.listDocuments({ ...query, cursor: null });
        }),
    })),
  ],
  ["works on after closing", "refuse use after closing", broken(() => ({ close: async () => undefined }))],
];

describe("the storage suite", () => {
  it("passes on a correct storage", async () => {
    const results = await suiteOn(memoryStorage);
    expect(results.filter(({ error }) => error !== null)).toEqual([]);
    expect(results.length).toBeGreaterThan(105);
  });

  it.each(defects)("fails on a storage that %s", async (_, noticedBy, connect) => {
    const failed = failures(await suiteOn(connect));
    expect(failed.filter((title) => title.includes(noticedBy))).not.toEqual([]);
  });

  it("leaves out what needs a second handle where there is none", async () => {
    const declared: string[] = [];
    storageSuite({
      describe: (_, body) => body(),
      it: (title) => declared.push(title),
      expect,
      name: "memory",
      persistent: false,
      create: () => Promise.reject(new Error("declaring must not run anything")),
    });
    expect(declared).not.toContain("keeps everything for the next handle");
    expect(declared.length).toBeGreaterThan(95);
  });
});
