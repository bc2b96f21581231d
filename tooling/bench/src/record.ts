import { join } from "node:path";
import { createId, type TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
// The very driver of our own storage, in the version that this Node.js runs.
import { Database } from "../../../packages/storage-sqlite/src/driver.js";
import { type Comparison, compare, type Side } from "./measure.js";
import { inFolder } from "./workspace.js";

const triggers: readonly TriggerInput[] = [
  { name: "quiet", condition: { type: "no_activity", seconds: 600 }, action: { type: "send", to: "worker" } },
  {
    name: "struggle",
    condition: { type: "field_error", times: 3, withinSeconds: 60 },
    action: { type: "send" },
  },
  {
    name: "errors",
    condition: { type: "repeated_error", times: 3, withinSeconds: 60 },
    action: { type: "escalate" },
  },
];

const activity = (n: number) => ({ type: "field_change", data: { fieldId: `field_${n % 40}`, step: n % 5 } });

/** `recordActivity` with three triggers at full durability against the same rows written by bare better-sqlite3. */
export function benchRecord(): Promise<Comparison[]> {
  return inFolder(async (folder) => {
    const results: Comparison[] = [];
    const scenarios = [
      {
        name: "64 callers, 64 sessions",
        callers: 64,
        sessions: 64,
        group: 100,
        count: 12_800,
        theirCount: 20_000,
      },
      {
        name: "64 callers, one session",
        callers: 64,
        sessions: 1,
        group: 100,
        count: 12_800,
        theirCount: 20_000,
      },
      { name: "one caller awaiting each", callers: 1, sessions: 1, group: 1, count: 400, theirCount: 400 },
    ];
    for (const [index, scenario] of scenarios.entries()) {
      const ours = await ourSide(join(folder, `ours-${index}.db`), scenario);
      const theirs = await rawSide(join(folder, `raw-${index}.db`), scenario);
      results.push(
        await compare({
          ...scenario,
          name: `record, ${scenario.name}`,
          ours: ours.side,
          theirs: theirs.side,
        }),
      );
      await ours.close();
      theirs.close();
    }
    return results;
  });
}

async function ourSide(path: string, { callers, sessions }: { callers: number; sessions: number }) {
  const orchestrator: Orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers });
  await orchestrator.start();
  const ids = await Promise.all(
    Array.from({ length: sessions }, async () => (await orchestrator.createSession()).id),
  );
  const side: Side = {
    name: "recordActivity",
    async run(count) {
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          const id = ids[caller % ids.length] ?? "";
          for (let n = 0; n < count / callers; n += 1) await orchestrator.recordActivity({ id }, activity(n));
        }),
      );
    },
  };
  return { side, close: () => orchestrator.stop() };
}

/** The same schema and pragmas; each operation inserts an activity and updates its session, in groups. */
async function rawSide(path: string, { sessions, group }: { sessions: number; group: number }) {
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers });
  for (let n = 0; n < sessions; n += 1) await orchestrator.createSession();
  await orchestrator.stop();
  const db = new Database(path);
  db.pragma("synchronous = FULL");
  db.pragma("wal_autocheckpoint = 8000");
  const sids = db.prepare<[], number>("SELECT sid FROM sessions").pluck().all();
  const seqs = new Map(sids.map((sid) => [sid, 0]));
  let position = db.prepare<[], number>("SELECT coalesce(max(position), 0) FROM events").pluck().get() ?? 0;
  const update = db.prepare(
    "UPDATE sessions SET version = version + 1, last_seq = ?, last_user_at = ?, evaluated_at = ?, updated_at = ? WHERE sid = ?",
  );
  const insert = db.prepare(
    `INSERT INTO activities (position, sid, seq, id, type, actor, channel, data, occurred_at, effective_at, created_at)
     VALUES (?, ?, ?, ?, ?, 'user', NULL, ?, ?, ?, ?)`,
  );
  const side: Side = {
    name:
      group === 1
        ? "raw insert and update, one a transaction"
        : `raw insert and update in groups of ${group}`,
    run(count) {
      for (let done = 0; done < count; done += group) {
        db.exec("BEGIN IMMEDIATE");
        for (let n = done; n < done + group; n += 1) {
          const sid = sids[n % sids.length] ?? 0;
          const seq = (seqs.get(sid) ?? 0) + 1;
          seqs.set(sid, seq);
          const now = Date.now();
          const { type, data } = activity(n);
          position += 1;
          update.run(seq, now, now, now, sid);
          insert.run(position, sid, seq, createId(now), type, JSON.stringify(data), now, now, now);
        }
        db.exec("COMMIT");
      }
    },
  };
  return { side, close: () => db.close() };
}
