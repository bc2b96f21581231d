import { type Activity, type JsonObject, type Owner, systemClock } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { sampleActivity } from "@hybrid-orchestrator/testkit";
import type { HandoffOrchestrator } from "../src/index.js";
import { atEnd } from "./model-server.js";

type Listener = Parameters<HandoffOrchestrator["on"]>[1];

/**
 * A real orchestrator whose ownership is a double, until it has escalations of its own: sessions, activities, keys and
 * events are real; the owner, its epoch and the log's entries about both are kept here. To be replaced by the real ones.
 */
export async function ownedOrchestrator() {
  const real = createOrchestrator({ storage: sqliteStorage({ path: ":memory:" }) });
  atEnd(() => real.stop());
  await real.start();
  let owner: Owner = { kind: "nobody" };
  let epoch = 0;
  const listeners = new Set<Listener>();
  const entries: Activity[] = [];
  const asked: { session: string; reason: string }[] = [];

  async function entry(sessionId: string, type: string, data: JsonObject): Promise<void> {
    const { items } = await real.listActivities(sessionId, { limit: 1, order: "desc" });
    const seq = (items[0]?.seq ?? 0) + 0.5 + entries.length / 1_000;
    const now = systemClock.now();
    const activity = sampleActivity({
      id: `${type}-${entries.length}`,
      seq,
      type,
      actor: "system",
      data,
      createdAt: now,
    });
    entries.push(activity);
    for (const listener of listeners) listener({ sessionId, data: activity });
  }
  async function changeOwner(sessionId: string, to: Owner): Promise<void> {
    epoch += 1;
    owner = to;
    await entry(sessionId, "session.owner_changed", { ownershipEpoch: epoch, reason: "test" });
  }

  const orchestrator: HandoffOrchestrator = {
    createSession: (session) => real.createSession(session),
    getSession: async (ref) => ({ ...(await real.getSession(ref)), owner, ownershipEpoch: epoch }),
    recordActivity: (ref, activity, options) => real.recordActivity(ref, activity, options),
    async listActivities(ref, query) {
      const { items } = await real.listActivities(ref, query);
      return { items: [...items, ...entries].sort((one, other) => other.seq - one.seq) };
    },
    on(event, listener) {
      listeners.add(listener);
      const end = real.on(event, listener);
      return () => {
        listeners.delete(listener);
        end();
      };
    },
    escalations: { open: async (session, { reason }) => asked.push({ session, reason }) },
  };
  return {
    real,
    orchestrator,
    asked,
    get watchers() {
      return listeners.size;
    },
    takeOver: (sessionId: string) => changeOwner(sessionId, { kind: "human", worker: "grace" }),
    async handBack(sessionId: string, note: JsonObject) {
      await changeOwner(sessionId, { kind: "ai", agent: "bot" });
      await entry(sessionId, "session.handed_back", { note, mode: "continue" });
    },
    async log(sessionId: string) {
      const { items } = await real.listActivities(sessionId, { limit: 50, order: "asc" });
      return items.map(({ type, data }) => [
        type,
        data.text,
        ...(data.reason === undefined ? [] : [data.reason]),
      ]);
    },
  };
}
