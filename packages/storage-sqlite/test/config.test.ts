import { createRequire } from "node:module";
import type { StorageCodec } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { parseConfig, type SqliteStorageConfig } from "../src/config.js";
import { Database } from "../src/driver.js";
import { descriptor, sqliteStorage } from "../src/index.js";

describe("sqliteStorage", () => {
  it.each<[string, unknown, string]>([
    ["no path", {}, "path"],
    ["an empty path", { path: " " }, "path"],
    ["an unknown option", { path: "a.db", jounralMode: "wal" }, "jounralMode"],
    ["another durability", { path: "a.db", durability: "none" }, "durability"],
    ["a negative wait", { path: "a.db", busyTimeoutMs: -1 }, "busyTimeoutMs"],
    ["a tiny maxBytes", { path: "a.db", maxBytes: 10 }, "maxBytes"],
    ["a codec that only encodes", { path: "a.db", codec: { name: "x", encode: String } }, "codec"],
    ["a read-only database in memory", { path: ":memory:", readOnly: true }, "readOnly"],
  ])("refuses %s when it is called", (_, config, named) => {
    expect(() => sqliteStorage(config as SqliteStorageConfig)).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        message: expect.stringContaining(named) as string,
      }),
    );
  });

  it("is made by its descriptor from what a configuration file says", async () => {
    const storage = descriptor.create(descriptor.config.parse({ path: ":memory:" }));
    await storage.open();
    expect(await storage.health()).toMatchObject({ healthy: true });
    await storage.close();
  });

  it("defaults to a durable, writable file that waits five seconds", () => {
    expect(parseConfig({ path: "/data/a.db" })).toEqual({
      path: "/data/a.db",
      durability: "full",
      busyTimeoutMs: 5_000,
      readOnly: false,
      secureDelete: false,
    });
  });

  it("takes the codec as it is", () => {
    const codec: StorageCodec = { name: "none", encode: (text) => text, decode: (text) => text };
    expect(parseConfig({ path: "a.db", codec }).codec).toBe(codec);
  });
});

describe("the driver", () => {
  it("is better-sqlite3 13 where Node.js can run it, else 12", () => {
    const [major = 0] = process.versions.node.split(".").map(Number);
    const db = new Database(":memory:");
    const version = db.prepare("SELECT sqlite_version()").pluck().get();
    db.close();
    expect(version).toMatch(/^3\.\d+/);
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) =>
      /better-sqlite3\/lib\/index\.js$/.test(path),
    );
    expect(loaded.map((path) => /better-sqlite3@(\d+)/.exec(path)?.[1])).toEqual([major < 22 ? "12" : "13"]);
  });
});
