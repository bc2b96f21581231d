import type { StorageCodec } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { type PostgresStorageConfig, parseConfig } from "../src/config.js";
import { descriptor, postgresStorage } from "../src/index.js";
import { opened, rawClient, temporaryDatabase } from "./database.js";

const connectionString = "postgres://user:hunter2@localhost/app";

describe("postgresStorage", () => {
  it.each<[string, unknown, string]>([
    ["an unknown option", { hots: "localhost" }, "hots"],
    ["another program's URL", { connectionString: "mysql://localhost/app" }, "connectionString"],
    [
      "a URL that is none",
      { connectionString: "postgres://user:hunter2@local host/app" },
      "connectionString",
    ],
    ["a URL beside its parts", { connectionString, host: "localhost" }, "connectionString"],
    ["a port that is none", { port: 70_000 }, "port"],
    ["a schema that would have to be quoted", { schema: 'a"; DROP' }, "schema"],
    ["a schema of PostgreSQL's own", { schema: "pg_sessions" }, "schema"],
    ["no connections", { maxConnections: 0 }, "maxConnections"],
    ["another durability", { durability: "none" }, "durability"],
    ["no time to wait", { lockTimeoutMs: 0 }, "lockTimeoutMs"],
    ["a codec that only encodes", { codec: { name: "x", encode: String } }, "codec"],
  ])("refuses %s when it is called, without a word of the password", (_, config, named) => {
    const create = () => postgresStorage(config as PostgresStorageConfig);
    expect(create).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        message: expect.stringContaining(named) as string,
      }),
    );
    expect(create).not.toThrow(/hunter2/);
  });

  it("is made by its descriptor from what a configuration file says", () => {
    expect(descriptor.kind).toBe("storage");
    expect(typeof descriptor.create(descriptor.config.parse({ connectionString })).commit).toBe("function");
  });

  it("defaults to durable commits, ten connections and bounded waits", () => {
    expect(parseConfig({ connectionString })).toEqual({
      connectionString,
      schema: "hybrid_orchestrator",
      maxConnections: 10,
      connectTimeoutMs: 10_000,
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 5_000,
      durability: "full",
    });
  });

  it("takes the codec as it is", () => {
    const codec: StorageCodec = { name: "none", encode: (text) => text, decode: (text) => text };
    expect(parseConfig({ codec }).codec).toBe(codec);
  });

  it.each([
    ["full", "on"],
    ["normal", "off"],
  ] as const)("with durability %s commits with synchronous_commit %s", async (durability, expected) => {
    const config = temporaryDatabase();
    const target = new URL(config.connectionString);
    // Whatever the server's own setting is.
    target.searchParams.set("options", `-c synchronous_commit=${expected === "on" ? "off" : "on"}`);
    const { storage } = await opened({ ...config, connectionString: target.href, durability });
    await storage.commit([]);
    const raw = await rawClient(config);
    await raw.query(`
      CREATE TABLE seen (setting text);
      CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
      CREATE TRIGGER look AFTER INSERT ON documents FOR EACH ROW EXECUTE FUNCTION look()`);
    await storage.commit([{ aggregate: "worker", id: "w", expectedVersion: 0, body: {} }]);
    expect((await raw.query("SELECT setting FROM seen")).rows).toEqual([{ setting: expected }]);
  });
});
