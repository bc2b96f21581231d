import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { sendingChannel } from "@hybrid-orchestrator/testkit";
import { Database } from "../../../packages/storage-sqlite/src/driver.js";
import { oneSilence } from "./triggers.js";

/** One session in so many is due; they lie scattered. */
const dueOneIn = 50;
const dayMs = 86_400_000;

// Prints the firings a second among the sessions of a file, each committed with the message that it asks for.
const path = process.argv[2] ?? "";
console.log(await firingsPerSecond());

async function firingsPerSecond(): Promise<number> {
  const db = new Database(path);
  const dueAt = db.prepare<[], number>("SELECT due_at FROM sessions LIMIT 1").pluck().get() ?? 0;
  db.exec(
    `UPDATE sessions SET due_at = due_at + ${dayMs}, last_user_at = last_user_at + ${dayMs} WHERE sid % ${dueOneIn} <> 0`,
  );
  const due = db
    .prepare<[number], number>("SELECT count(*) FROM sessions WHERE due_at <= ?")
    .pluck()
    .get(dueAt);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();

  const startedAt = Date.now();
  const clock = {
    now: () => dueAt + 1_000 + (Date.now() - startedAt),
    setTimeout(callback: () => void, delayMs: number) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers: oneSilence, clock });
  orchestrator.channels.register(sendingChannel());
  const start = process.hrtime.bigint();
  const fired = await orchestrator.checkTriggers();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const pending = (await orchestrator.stats()).storage.openEffects;
  await orchestrator.stop();
  if (fired.length !== due || pending !== due) {
    throw new Error(`${String(due)} were due, ${fired.length} fired, ${pending} messages wait.`);
  }
  return fired.length / seconds;
}
