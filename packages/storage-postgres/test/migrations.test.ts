import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { queryableOn } from "../src/client.js";
import { postgresStorage } from "../src/index.js";
import { type Migration, migrate, migrations } from "../src/migrations.js";
import { atEnd, commitOne, failureOf, opened, rawClient, temporaryDatabase } from "./database.js";
import { at, newSession, recording } from "./shapes.js";

const newest = migrations.at(-1)?.version ?? 0;
const next = {
  version: newest + 1,
  minReaderVersion: migrations.at(-1)?.minReaderVersion ?? 1,
  sql: "ALTER TABLE sessions ADD COLUMN added text DEFAULT 'new'",
};
const breaking = {
  version: newest + 2,
  minReaderVersion: newest + 2,
  sql: "ALTER TABLE sessions RENAME COLUMN added TO renamed",
};

type Config = ReturnType<typeof temporaryDatabase>;

/** Migrates as a newer version of the package would. */
async function migrateTo(config: Config, steps: readonly Migration[]): Promise<void> {
  const raw = await rawClient(config);
  await raw.query("BEGIN");
  try {
    await migrate(queryableOn(raw, "test", undefined), { database: "test", schema: config.schema }, steps);
    await raw.query("COMMIT");
  } catch (error) {
    await raw.query("ROLLBACK");
    throw error;
  }
}

async function versionOf(config: Config): Promise<unknown> {
  const raw = await rawClient(config);
  return (await raw.query("SELECT value::integer FROM meta WHERE key = 'schema_version'")).rows[0]?.value;
}

describe("migrations", () => {
  it("run once, however many handles open an empty database together", async () => {
    const config = temporaryDatabase();
    const handles = Array.from({ length: 8 }, () => postgresStorage({ ...config, maxConnections: 1 }));
    for (const handle of handles) atEnd(() => handle.close());
    await Promise.all(handles.map((handle) => handle.open()));
    const results = await Promise.all(handles.map((handle) => handle.commit([newSession("a")])));
    expect(results.flat().filter(({ ok }) => ok)).toHaveLength(1);
    expect(await versionOf(config)).toBe(newest);
  });

  it("bring an older schema forward and keep what is in it", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await commitOne(storage, newSession("a"));
    await migrateTo(config, [...migrations, next, breaking]);
    await migrateTo(config, [...migrations, next, breaking]);
    const raw = await rawClient(config);
    expect((await raw.query("SELECT id, renamed FROM sessions")).rows).toEqual([{ id: "a", renamed: "new" }]);
    expect(await versionOf(config)).toBe(newest + 2);
  });

  it("let a neighbouring older version use a newer schema as it is", async () => {
    const config = temporaryDatabase();
    await migrateTo(config, [...migrations, next]);
    const { storage } = await opened(config);
    expect(await commitOne(storage, newSession("a"))).toEqual({ ok: true });
    expect(await versionOf(config)).toBe(newest + 1);
  });

  it("do not disturb an older version that is at work when they run", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened({ ...config, maxConnections: 2 });
    const read = async () => [
      await storage.getSession("a"),
      await storage.load([{ sessionId: "a", rulesHash: "rules", recent: 1 }]),
      await storage.listSessions({ limit: 1 }),
    ];
    await commitOne(storage, newSession("a"));
    // By now each statement is prepared on its connection.
    for (let round = 0; round < 2; round += 1) await read();
    const before = await read();
    await migrateTo(config, [...migrations, next]);
    expect(await read()).toEqual(before);
    expect(await commitOne(storage, recording("a", 1))).toEqual({ ok: true });
  });

  it("let version 1 create and purge sessions beside escalations that it does not know", async () => {
    const config = temporaryDatabase();
    await migrateTo(config, migrations.slice(0, 1));
    const { storage } = await opened(config);
    const escalations = [sampleEscalation({ sessionId: "a" })];
    await commitOne(storage, { ...newSession("a", { escalationCount: 1 }), escalations });
    const raw = await rawClient(config);
    // As version 1 does it.
    await raw.query(
      `INSERT INTO sessions (id, workflow, status, owner_kind, ownership_epoch, created_at, updated_at, revision,
         version, last_seq, evaluated_at, rules_hash, counters, last_ui_ordinal)
       VALUES ('old', 'default', 'active', 'nobody', 0, ${at}, ${at}, 1, 1, 0, ${at}, '', '{}', 0)`,
    );
    await raw.query(
      "INSERT INTO session_documents (sid, metadata) SELECT sid, '{}' FROM sessions WHERE id = 'old'",
    );
    expect((await storage.getSession("old"))?.escalationCount).toBe(0);
    await raw.query("DELETE FROM sessions WHERE id = 'a'");
    expect((await raw.query("SELECT * FROM escalations")).rows).toEqual([]);
  });

  it("refuse a schema that only newer versions understand", async () => {
    const config = temporaryDatabase();
    await migrateTo(config, [...migrations, next, breaking]);
    expect(await failureOf(() => postgresStorage(config).open())).toMatchObject({
      code: "storage_newer",
      message: expect.stringContaining(config.schema),
    });
  });

  it("refuse another program's schema and leave it alone", async () => {
    const config = temporaryDatabase();
    const raw = await rawClient(config);
    await raw.query(`CREATE SCHEMA ${config.schema}; CREATE TABLE meta (x integer)`);
    expect(await failureOf(() => postgresStorage(config).open())).toMatchObject({
      code: "storage_corrupt",
      message: expect.stringContaining(config.schema),
    });
    const tables = await raw.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [config.schema]);
    expect(tables.rows).toEqual([{ tablename: "meta" }]);
  });

  it("leave the schema as it was when a step fails", async () => {
    const config = temporaryDatabase();
    await opened(config);
    const failing = {
      version: newest + 2,
      minReaderVersion: newest + 2,
      sql: "ALTER TABLE nowhere ADD COLUMN x text",
    };
    await expect(migrateTo(config, [...migrations, next, failing])).rejects.toMatchObject({
      code: "storage_failed",
    });
    expect(await versionOf(config)).toBe(newest);
  });

  it("use a schema that was made for a user who may not make one", async () => {
    const config = temporaryDatabase();
    const raw = await rawClient(config);
    const role = `${config.schema}_user`;
    await raw.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; CREATE SCHEMA ${config.schema} AUTHORIZATION ${role}`,
    );
    atEnd(() => raw.query(`DROP SCHEMA ${config.schema} CASCADE; DROP ROLE ${role}`));
    const target = new URL(config.connectionString);
    target.username = role;
    target.password = "x";
    const { storage } = await opened({ ...config, connectionString: target.href });
    expect(await commitOne(storage, newSession("a"))).toEqual({ ok: true });
  });
});
