import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Activity, Firing, Page } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { sessionNames, triggers } from "./scenario.js";

const rounds = process.env.SOAK ? 100 : 10;
const recorder = fileURLToPath(new URL("recorder.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../../", import.meta.url));

it(
  `loses nothing that was acknowledged when it is killed at a random moment, ${rounds} times`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hybrid-crash-"));
    const path = join(folder, "sessions.db");
    const acknowledged = new Map<string, number>();
    try {
      for (let round = 0; round < rounds; round += 1) {
        await recordUntilKilled(path, acknowledged, 20 + Math.random() * 300);
        await check(path, acknowledged);
      }
      expect([...acknowledged.values()].reduce((sum, seq) => sum + seq, 0)).toBeGreaterThan(
        rounds * sessionNames.length,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  rounds * 12_000,
);

/** Starts the recorder, lets it run for `afterMs` from its first acknowledgement on, and kills it. */
async function recordUntilKilled(
  path: string,
  acknowledged: Map<string, number>,
  afterMs: number,
): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", recorder, path], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  let first: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    first = resolve;
  });
  lines.on("line", (line) => {
    first();
    const [name = "", seq] = line.split(" ");
    acknowledged.set(name, Math.max(acknowledged.get(name) ?? 0, Number(seq)));
  });
  const ended = once(lines, "close");
  await Promise.race([started, exited]);
  await pause(afterMs);
  child.kill("SIGKILL");
  const [code, signal] = await exited;
  await ended;
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
}

async function check(path: string, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  await using orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers });
  for (const [name, acknowledgedSeq] of acknowledged) {
    const { id } = await orchestrator.getSession({ externalId: name });
    const activities = await all<Activity>((cursor) =>
      orchestrator.listActivities(id, { limit: 500, order: "asc", cursor }),
    );
    const firings = await all<Firing>((cursor) =>
      orchestrator.listFirings({ session: id, limit: 500, order: "asc", cursor }),
    );
    const count = activities.length;
    expect(count).toBeGreaterThanOrEqual(acknowledgedSeq);
    expect(activities.map(({ seq }) => seq)).toEqual(range(count));
    const of = (trigger: string) => firings.filter((firing) => firing.trigger === trigger);
    expect(of("each").map(({ seq }) => seq)).toEqual(range(count));
    expect(of("each").map(({ ordinal }) => ordinal)).toEqual(range(count));
    expect(of("third").map(({ seq }) => seq)).toEqual(range(Math.floor(count / 3)).map((n) => 3 * n));
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function all<Item>(read: (cursor: string | null) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}
