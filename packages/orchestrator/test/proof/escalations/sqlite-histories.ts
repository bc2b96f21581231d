import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { it } from "vitest";
import { counts } from "../counts.js";
import { tellFigures } from "../figures.js";
import { playHistories } from "./histories.js";
import type { Database } from "./world.js";

async function sqliteDatabase(): Promise<Database> {
  const storage = sqliteStorage({ path: ":memory:" });
  await storage.open();
  return { storage, connect: () => storage, close: () => storage.close() };
}

/** One of two files that share the histories, so that both cores work. */
export function testHalf(which: "first" | "second"): void {
  const histories = counts.escalations / 2;
  it(`keep what is promised of people and agents, the ${which} ${histories}`, async () => {
    const startedAt = Date.now();
    await playHistories(histories, sqliteDatabase);
    tellFigures(`escalations on SQLite, ${which} half`, `${histories} histories`, startedAt);
  }, 36_000_000);
}
