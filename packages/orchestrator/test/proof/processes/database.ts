import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { findViolations } from "../invariants.js";
import { rulesOf } from "../oracle.js";
import {
  channelsPlugin,
  idempotentChannels,
  readAnswers,
  readLedger,
  triggers,
  type WorkerOrder,
} from "./scenario.js";

const rules = rulesOf(triggers);
/** Longer than every lease, wait and retry; the sessions' time goes on from there. */
const recoveryMs = 60 * 60_000;

type Place = "databasePath" | "ledgerPath" | "answersPath";

/** A database that workers write to, and what is known of it from outside. */
export class ProvenDatabase {
  readonly #order: Pick<WorkerOrder, Place>;
  readonly #worker: string;
  #offsetMs = 0;

  constructor(folder: string, worker: string) {
    this.#worker = worker;
    this.#order = {
      databasePath: join(folder, "sessions.db"),
      ledgerPath: join(folder, "ledger.jsonl"),
      answersPath: join(folder, "answers.jsonl"),
    };
    writeFileSync(this.#order.ledgerPath, "");
    writeFileSync(this.#order.answersPath, "");
  }

  get answers(): number {
    return readAnswers(this.#order.answersPath).length;
  }

  /** Starts a worker; `answered` resolves when it has been answered for the first time, or has ended. */
  startWorker(order: Omit<WorkerOrder, Place | "clockOffsetMs">) {
    const told: WorkerOrder = { ...order, ...this.#order, clockOffsetMs: this.#offsetMs };
    const child = spawn(process.execPath, [this.#worker, JSON.stringify(told)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const answered = Promise.race([once(child.stdout, "data"), ended]);
    return { answered, ended, kill: () => child.kill("SIGKILL") };
  }

  /** A last node does what the others left undone; then everything must hold. */
  async recoverAndJudge(): Promise<string[]> {
    const { databasePath, ledgerPath, answersPath } = this.#order;
    const clock = virtualClock(Date.now() + this.#offsetMs + 1);
    const heir = createOrchestrator({
      storage: sqliteStorage({ path: databasePath, durability: "normal" }),
      clock,
      triggers,
      plugins: [channelsPlugin(ledgerPath, false)],
    });
    await heir.start();
    await clock.advance(recoveryMs);
    await heir.stop();
    const now = clock.now();
    this.#offsetMs = now - Date.now();
    const storage = sqliteStorage({ path: databasePath, readOnly: true });
    await storage.open();
    try {
      return await findViolations({
        storage,
        rules,
        now,
        acknowledged: readAnswers(answersPath).map(({ sessionId, askedAt, answeredAt, ...activity }) => ({
          sessionId,
          askedAt,
          answeredAt,
          activities: [activity],
        })),
        ledger: readLedger(ledgerPath),
        idempotent: idempotentChannels,
        takeovers: new Set(),
      });
    } finally {
      await storage.close();
    }
  }
}
