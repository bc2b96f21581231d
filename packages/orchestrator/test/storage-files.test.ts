import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Activity, OutboundMessage, TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { type SqliteStorageConfig, sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../storage-sqlite/src/driver.js";
import { change, channelPlugin, recordingChannel, track } from "./harness.js";

let path = "";
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "hybrid-files-")), "sessions.db");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true, force: true }));

// Long, so that it needs room of its own in the file.
const quiet: TriggerInput = {
  name: "quiet",
  condition: { type: "no_activity", seconds: 30 },
  action: { type: "send", message: "Still there? ".repeat(1_000) },
};

function onFile(config: Omit<SqliteStorageConfig, "path"> = {}) {
  const clock = virtualClock();
  const sent: OutboundMessage[] = [];
  const storage = sqliteStorage({ path, durability: "normal", ...config });
  const orchestrator = track(
    createOrchestrator({
      storage,
      clock,
      triggers: [quiet],
      sessionTtlSeconds: null,
      plugins: [channelPlugin(recordingChannel("test", sent))],
    }),
  );
  return { clock, sent, storage, orchestrator };
}

const clearly = (code: string) => ({ code, message: expect.stringContaining(path) });

describe("a disk that is full", () => {
  it("is told to callers; what was acknowledged is there, and with room everything goes on by itself", async () => {
    const { clock, sent, storage, orchestrator } = onFile({ maxBytes: 1_000_000 });
    await orchestrator.start();
    const old = await orchestrator.createSession();
    for (let n = 0; n < 8; n += 1)
      await orchestrator.recordActivity(old.id, { type: "x", data: text(50_000) });
    await orchestrator.complete(old.id);
    const { id } = await orchestrator.createSession();
    const recorded: Activity[] = [];
    const fill = async (size: number): Promise<unknown> => {
      try {
        for (;;) recorded.push(await orchestrator.recordActivity(id, { type: "x", data: text(size) }));
      } catch (error) {
        return error;
      }
    };
    for (const size of [50_000, 4_000, 400, 1])
      expect(await fill(size)).toMatchObject(clearly("storage_full"));
    await clock.advance(60_000);
    expect(sent).toEqual([]);

    await storage.purge({ now: clock.now(), closedBefore: clock.now(), limit: 10 });
    await clock.advance(10_000);
    expect(sent).toHaveLength(1);
    recorded.push(await orchestrator.recordActivity(id, change("a")));
    const { items } = await orchestrator.listActivities(id, { limit: 500, order: "asc" });
    expect(items).toEqual(recorded);
  });
});

describe("a file that cannot be used", () => {
  async function filled(): Promise<string> {
    const { orchestrator } = onFile();
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, change("a"));
    await orchestrator.stop();
    return id;
  }

  it("is named when it is corrupt, and a start after its repair finds everything", async () => {
    const id = await filled();
    const good = readFileSync(path);
    writeFileSync(path, Buffer.concat([Buffer.alloc(100, 0xff), good.subarray(100)]));
    const { orchestrator } = onFile();
    await expect(orchestrator.start()).rejects.toMatchObject(clearly("storage_corrupt"));
    await expect(orchestrator.getSession(id)).rejects.toMatchObject(clearly("storage_corrupt"));
    writeFileSync(path, good);
    await orchestrator.start();
    expect(await orchestrator.getSession(id, { activities: 10 })).toMatchObject({ activities: [{ seq: 1 }] });
  });

  it("is named when a newer version made it, and is left as it was", async () => {
    await filled();
    const raw = new Database(path);
    raw.prepare("UPDATE meta SET value = 99 WHERE key = 'min_reader_version'").run();
    raw.close();
    const before = readFileSync(path);
    const { orchestrator } = onFile();
    await expect(orchestrator.start()).rejects.toMatchObject(clearly("storage_newer"));
    await expect(orchestrator.createSession()).rejects.toMatchObject(clearly("storage_newer"));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("is read and not written when it was opened for reading alone", async () => {
    const id = await filled();
    const { clock, orchestrator } = onFile({ readOnly: true });
    await orchestrator.start();
    const failures: string[] = [];
    orchestrator.on("storage.failed", ({ data }) => void failures.push(data.error));
    expect(await orchestrator.getSession(id)).toMatchObject({ id });
    await expect(orchestrator.recordActivity(id, change("a"))).rejects.toMatchObject(
      clearly("storage_read_only"),
    );
    clock.setTimeout(() => undefined, 1);
    await clock.advance(60_000);
    expect(failures[0]).toContain(path);
    expect((await orchestrator.listActivities(id, { limit: 10 })).items).toHaveLength(1);
  });
});

function text(bytes: number) {
  return { text: "x".repeat(bytes) };
}
