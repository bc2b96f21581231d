import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { findViolations } from "../../invariants.js";
import { ledgerLine } from "../../ledger.js";
import { rulesOf } from "../../oracle.js";
import { readLedger } from "../../processes/scenario.js";
import { seededRandom } from "../../random.js";
import { violationsOfPromises } from "../promises/promises.js";
import { channel, doublesPlugin, optionsOf, triggers } from "../scenario.js";
import { type EscalationOrder, maxPerHour, policy, readAnswers } from "./order.js";

const rules = rulesOf(triggers);
/** Longer than every lease, reservation, policy and deadline. */
const endMs = 30 * 60_000;

/** A database on which people work in processes that are killed. */
export class KilledDatabase {
  readonly #paths: Pick<EscalationOrder, "databasePath" | "ledgerPath" | "answersPath">;
  readonly #worker: string;
  #offsetMs = 0;

  constructor(folder: string, worker: string) {
    this.#worker = worker;
    this.#paths = {
      databasePath: join(folder, "sessions.db"),
      ledgerPath: join(folder, "ledger.jsonl"),
      answersPath: join(folder, "answers.jsonl"),
    };
    writeFileSync(this.#paths.ledgerPath, "");
    writeFileSync(this.#paths.answersPath, "");
  }

  get answers(): number {
    return readAnswers(this.#paths.answersPath).length;
  }

  /** Claims that were granted so far. */
  get claims(): number {
    return readAnswers(this.#paths.answersPath).filter(({ call }) => call.granted !== null).length;
  }

  /** Starts a worker; `busy` resolves when a claim was granted to it, or it has ended. */
  startWorker(firstInput: number) {
    const order: EscalationOrder = { ...this.#paths, firstInput, clockOffsetMs: this.#offsetMs };
    const child = spawn(process.execPath, [this.#worker, JSON.stringify(order)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const busy = Promise.race([once(child.stdout, "data"), ended]);
    return { busy, ended, kill: () => child.kill("SIGKILL") };
  }

  /** Everybody goes home, a last node does what the others left undone; then everything must hold. */
  async recoverAndJudge(): Promise<string[]> {
    const { databasePath, ledgerPath, answersPath } = this.#paths;
    const clock = virtualClock(Date.now() + this.#offsetMs + 1);
    const heir = createOrchestrator({
      ...optionsOf(policy, maxPerHour),
      storage: sqliteStorage({ path: databasePath, durability: "normal" }),
      clock,
      plugins: [
        doublesPlugin({
          random: seededRandom(1),
          clock,
          version: 0,
          write: (entry) => appendFileSync(ledgerPath, ledgerLine(entry)),
          shown: () => undefined,
          ran: () => undefined,
          isCalm: () => true,
          isDead: () => false,
          die: () => undefined,
        }),
      ],
    });
    await heir.start();
    for (const { id } of await heir.workers.list()) await heir.workers.setPresence(id, "offline");
    await clock.advance(endMs);
    // A loop on a clock that is advanced by hand looks around only when something wakes it.
    clock.setTimeout(() => undefined, 1_000);
    await clock.advance(2_000);
    await heir.stop();
    const now = clock.now();
    this.#offsetMs = now - Date.now();
    const storage = sqliteStorage({ path: databasePath, readOnly: true });
    await storage.open();
    const answers = readAnswers(answersPath);
    try {
      return [
        ...(await findViolations({
          storage,
          rules,
          now,
          acknowledged: answers.flatMap(({ call: { sessionId, askedAt, answeredAt }, activity }) =>
            activity === null ? [] : [{ sessionId, askedAt, answeredAt, activities: [activity] }],
          ),
          ledger: readLedger(ledgerPath),
          idempotent: new Set([channel]),
          takeovers: new Set(),
        })),
        ...(await violationsOfPromises({
          storage,
          calls: answers.map(({ call }) => call),
          policies: [policy],
          maxPerHour,
          shown: [],
          runs: [],
          now,
        })),
      ];
    } finally {
      await storage.close();
    }
  }
}
