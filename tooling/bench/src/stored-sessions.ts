import type { TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
// The very driver of our own storage, in the version that this Node.js runs.
import { Database } from "../../../packages/storage-sqlite/src/driver.js";

/**
 * Fills a new database with so many active sessions, all like one that an orchestrator with these triggers made.
 * Copied by SQL, since a million calls would take minutes. The n-th one, from 2 on, has n in its id and as its key.
 */
export async function storeSessions(
  path: string,
  { count, triggers }: { readonly count: number; readonly triggers: readonly TriggerInput[] },
): Promise<void> {
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path, durability: "normal" }),
    triggers,
  });
  const { id } = await orchestrator.createSession({ metadata: { step: 1 }, ttlSeconds: null });
  await orchestrator.recordActivity(id, { type: "page_view" });
  await orchestrator.stop();

  const db = new Database(path);
  db.pragma("synchronous = OFF");
  const template = db.prepare<[], number>("SELECT sid FROM sessions").pluck().get();
  const columns = (table: string, own: readonly string[]): string =>
    db
      .prepare<[string], string>("SELECT name FROM pragma_table_info(?)")
      .pluck()
      .all(table)
      .filter((name) => !own.includes(name))
      .join(", ");
  const copy = db.transaction((from: number, to: number) => {
    const numbers = `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`;
    const session = columns("sessions", ["sid", "id"]);
    db.exec(
      `${numbers} INSERT INTO sessions (sid, id, ${session}) SELECT i, printf('00000000-0000-7000-8000-%012x', i), ${session} FROM n, sessions WHERE sid = ${template}`,
    );
    const documents = columns("session_documents", ["sid"]);
    db.exec(
      `${numbers} INSERT INTO session_documents (sid, ${documents}) SELECT i, ${documents} FROM n, session_documents WHERE sid = ${template}`,
    );
    const activity = columns("activities", ["sid", "position"]);
    db.exec(
      `${numbers} INSERT INTO activities (position, sid, ${activity}) SELECT 100 + i, i, ${activity} FROM n, activities WHERE sid = ${template}`,
    );
  });
  const chunk = 50_000;
  for (let from = 2; from <= count; from += chunk) copy(from, Math.min(from + chunk - 1, count));
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}
