import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { consoleChannel } from "@hybrid-orchestrator/channel-console";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { parseTriggers } from "@hybrid-orchestrator/triggers";
import { narrate } from "./narrate.js";
import { type ActivityRecord, readRecord } from "./record.js";

export interface ReplayOptions {
  /** A file, or `-` for standard input. */
  readonly input: string;
  readonly triggers: string | undefined;
  /** How many recorded seconds pass in a real one. */
  readonly speed: number;
  readonly path: string;
  readonly print: (line: string) => void;
}

/** How long after the last record silences may still fire. */
const tailMs = 10 * 60_000;
const longestLine = 1_000_000;

/** Feeds recorded activities through an orchestrator on a clock that follows the records. A bad line is told and skipped. */
export async function replay({ input, triggers: rules, speed, path, print }: ReplayOptions): Promise<void> {
  const file = rules ?? new URL("../data/triggers.yaml", import.meta.url);
  const { triggers, maxFiresPerSession } = parseTriggers(await readFile(file, "utf8"), {
    format: extname(String(file)) === ".json" ? "json" : "yaml",
  });
  const counts = { records: 0, bad: 0, firings: 0 };
  const names = new Map<string, string>();
  let clock: ReturnType<typeof virtualClock> | null = null;
  let orchestrator: ReturnType<typeof createOrchestrator> | null = null;

  async function begin(at: number) {
    clock = virtualClock(at);
    orchestrator = createOrchestrator({
      storage: sqliteStorage({ path, durability: "normal" }),
      plugins: [consoleChannel({ write: (line) => print(`    ${line}`) })],
      triggers,
      maxFiresPerSession,
      clock,
    });
    orchestrator.on("trigger.fired", () => {
      counts.firings += 1;
    });
    narrate(orchestrator, print, (id) => `${names.get(id ?? "") ?? "?"}: `);
    await orchestrator.start();
    return { clock, orchestrator };
  }

  async function take(record: ActivityRecord): Promise<void> {
    const running =
      clock !== null && orchestrator !== null ? { clock, orchestrator } : await begin(record.at);
    const ahead = record.at - running.clock.now();
    if (ahead > 0) {
      if (Number.isFinite(speed)) await pause(ahead / speed);
      await running.clock.advance(ahead);
    }
    const session = await running.orchestrator.createSession({
      externalId: record.session,
      workflow: record.workflow,
      ifExists: "return",
    });
    names.set(session.id, record.session);
    const { type, data, actor, at } = record;
    await running.orchestrator.recordActivity(session.id, {
      type,
      data,
      actor,
      occurredAt: Math.min(at, running.clock.now()),
    });
    counts.records += 1;
  }

  print(`Replaying ${input === "-" ? "standard input" : input} into ${path}`);
  const lines = createInterface({
    input: input === "-" ? process.stdin : await open(input),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line.trim() === "") continue;
      try {
        if (line.length > longestLine)
          throw new OrchestratorError("data_too_large", `The line is longer than ${longestLine} characters.`);
        await take(readRecord(line));
      } catch (error) {
        if (!OrchestratorError.isInstance(error)) throw error;
        counts.bad += 1;
        print(`  x line ${number} skipped: ${error.message}`);
      }
    }
    await (clock as ReturnType<typeof virtualClock> | null)?.advance(tailMs);
  } finally {
    await (orchestrator as ReturnType<typeof createOrchestrator> | null)?.stop();
  }
  print(
    `${counts.records} activities of ${names.size} sessions, ${counts.firings} firings, ${counts.bad} bad lines.`,
  );
}

async function open(path: string) {
  const stream = createReadStream(path);
  await new Promise((resolve, reject) => {
    stream.once("open", resolve);
    stream.once("error", reject);
  });
  return stream;
}
