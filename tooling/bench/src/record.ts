import { join } from "node:path";
import { createId } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
// Our own storage's way to open a file, so that both sides have the same driver, schema and pragmas.
import { parseConfig } from "../../../packages/storage-sqlite/src/config.js";
import { connect } from "../../../packages/storage-sqlite/src/connection.js";
import { type Comparison, compare, type Side } from "./measure.js";
import { fieldChange, threeTriggers } from "./triggers.js";
import { inFolder } from "./workspace.js";

interface Scenario {
  readonly name: string;
  readonly target: number;
  readonly callers: number;
  readonly sessions: number;
  /** Over how many sessions the plain side spreads its rows. */
  readonly plainSessions: number;
  /** Rows that the plain side writes in one transaction. */
  readonly group: number;
  readonly count: number;
  readonly theirCount: number;
  /** So little that every session is loaded anew. */
  readonly maxCacheBytes?: number;
}

const groups = { plainSessions: 64, group: 100, count: 12_800, theirCount: 20_000 };

const scenarios: readonly Scenario[] = [
  { name: "64 callers, 64 sessions", target: 0.5, callers: 64, sessions: 64, ...groups },
  { name: "64 callers, one session", target: 1, callers: 64, sessions: 1, ...groups },
  {
    name: "64 callers, 4,096 sessions, each a cache miss",
    target: 0.25,
    callers: 64,
    sessions: 4_096,
    ...groups,
    maxCacheBytes: 1,
  },
  {
    name: "one caller awaiting each",
    target: 0.65,
    callers: 1,
    sessions: 1,
    plainSessions: 1,
    group: 1,
    count: 400,
    theirCount: 400,
  },
];

/** `recordActivity` with three triggers at full durability against the same rows written by bare better-sqlite3. */
export function benchRecord(): Promise<Comparison[]> {
  return inFolder(async (folder) => {
    const results: Comparison[] = [];
    for (const [index, scenario] of scenarios.entries()) {
      const ours = await ourSide(join(folder, `ours-${index}.db`), scenario);
      const theirs = await plainSide(join(folder, `plain-${index}.db`), scenario);
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

async function ourSide(path: string, { callers, sessions, maxCacheBytes }: Scenario) {
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path }),
    triggers: threeTriggers,
    ...(maxCacheBytes !== undefined && { maxCacheBytes }),
  });
  await orchestrator.start();
  const ids = await Promise.all(
    Array.from({ length: sessions }, async () => (await orchestrator.createSession()).id),
  );
  let turn = 0;
  const side: Side = {
    name: "recordActivity",
    async run(count) {
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          for (let n = 0; n < count / callers; n += 1) {
            // One session each; where there are more sessions than callers, another one each time.
            const id = ids[(sessions > callers ? turn++ : caller) % ids.length] ?? "";
            await orchestrator.recordActivity({ id }, fieldChange(n));
          }
        }),
      );
    },
  };
  return { side, close: () => orchestrator.stop() };
}

/** Each operation inserts an activity and updates its session; nothing is looked up and no rule is evaluated. */
async function plainSide(path: string, { plainSessions, group }: Scenario) {
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers: threeTriggers });
  await Promise.all(Array.from({ length: plainSessions }, () => orchestrator.createSession()));
  await orchestrator.stop();
  const { db, close } = await connect(parseConfig({ path }));
  const sids = db.prepare<[], number>("SELECT sid FROM sessions").pluck().all();
  const seqs = new Map(sids.map((sid) => [sid, 0]));
  let position = db.prepare<[], number>("SELECT coalesce(max(position), 0) FROM events").pluck().get() ?? 0;
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const update = db.prepare(
    "UPDATE sessions SET version = version + 1, last_seq = ?, last_user_at = ?, evaluated_at = ?, updated_at = ? WHERE sid = ?",
  );
  const insert = db.prepare(
    `INSERT INTO activities (position, sid, seq, id, type, actor, channel, data, occurred_at, effective_at, created_at)
     VALUES (?, ?, ?, ?, ?, 'user', NULL, ?, ?, ?, ?)`,
  );
  let next = 0;
  const side: Side = {
    name: group === 1 ? "insert and update, one a transaction" : `insert and update in groups of ${group}`,
    run(count) {
      for (let done = 0; done < count; done += group) {
        begin.run();
        for (let n = done; n < done + group; n += 1) {
          const sid = sids[next++ % sids.length] ?? 0;
          const seq = (seqs.get(sid) ?? 0) + 1;
          seqs.set(sid, seq);
          const now = Date.now();
          const { type, data } = fieldChange(n);
          position += 1;
          update.run(seq, now, now, now, sid);
          insert.run(position, sid, seq, createId(now), type, JSON.stringify(data), now, now, now);
        }
        commit.run();
      }
    },
  };
  return { side, close };
}
