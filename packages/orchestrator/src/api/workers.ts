import {
  escalationStatuses,
  hasEnded,
  type NewWorker,
  type Presence,
  parseWith,
  presenceSchema,
  type WorkerRecord,
  workerSchema,
} from "@hybrid-orchestrator/core";
import { isGone, presenceAt, staffChanged } from "@hybrid-orchestrator/escalation";
import { applyStep, contextOf } from "../decide/escalations.js";
import type { Runtime } from "../runtime.js";
import { unknownWorker } from "../staff/directory.js";

const openStatuses = escalationStatuses.filter((status) => !hasEnded(status));

/** The people who can take over, and whether they are there. */
export class WorkersApi {
  readonly #runtime: Runtime;
  readonly #ready: () => Promise<void>;

  constructor(runtime: Runtime, ready: () => Promise<void>) {
    this.#runtime = runtime;
    this.#ready = ready;
  }

  /**
   * Makes a worker known, or changes what is known; presence and what they hold stay as they are. A new one is offline.
   * @throws OrchestratorError `invalid_argument`
   */
  async register(input: NewWorker): Promise<WorkerRecord> {
    await this.#ready();
    const worker = parseWith(workerSchema, input, { name: "worker" });
    const now = this.#runtime.settings.clock.now();
    const absent = {
      presence: "offline",
      presenceSince: now,
      connectedUntil: null,
      slots: [],
      idleSince: now,
    } as const;
    return this.#runtime.directory.update(worker.id, (record) => {
      const { presence, presenceSince, connectedUntil, slots, idleSince } = record ?? absent;
      return { ...worker, presence, presenceSince, connectedUntil, slots, idleSince };
    });
  }

  /**
   * Says whether somebody is there. Without a connection that is kept alive, it stays as it was said.
   * @throws OrchestratorError `not_found`, `invalid_argument`
   */
  async setPresence(id: string, presence: Presence): Promise<WorkerRecord> {
    const to = parseWith(presenceSchema, presence, { name: "presence" });
    return this.#change(id, (record, now) =>
      record.presence === to && record.connectedUntil === null
        ? record
        : { ...record, presence: to, presenceSince: now, connectedUntil: null },
    );
  }

  /**
   * Keeps a connection alive, e.g. of a dashboard: unless it comes again within the grace time, the worker counts as away,
   * and what they hold as lost.
   * @throws OrchestratorError `not_found`
   */
  async heartbeat(id: string): Promise<WorkerRecord> {
    const graceMs = this.#runtime.directory.staff().presenceGraceMs;
    return this.#change(id, (record, now) => ({
      ...record,
      presence: record.presence === "offline" ? "online" : record.presence,
      presenceSince: record.presence === "offline" ? now : record.presenceSince,
      connectedUntil: now + graceMs,
    }));
  }

  /** @throws OrchestratorError `not_found` */
  async get(id: string): Promise<WorkerRecord> {
    await this.#ready();
    return this.#asSeen(await this.#runtime.directory.require(id));
  }

  async list(): Promise<readonly WorkerRecord[]> {
    await this.#ready();
    await this.#runtime.directory.refresh();
    return [...this.#runtime.directory.staff().workers.values()].map((record) => this.#asSeen(record));
  }

  /** Presence as it counts: a lost connection is away. */
  #asSeen(record: WorkerRecord): WorkerRecord {
    return { ...record, presence: presenceAt(record, this.#runtime.settings.clock.now()) };
  }

  async #change(
    id: string,
    change: (record: WorkerRecord, now: number) => WorkerRecord,
  ): Promise<WorkerRecord> {
    await this.#ready();
    const { directory, settings } = this.#runtime;
    const now = settings.clock.now();
    let before: string | null = null;
    const record = await directory.update(id, (stored) => {
      if (stored === null) throw unknownWorker(id);
      before = presenceAt(stored, now);
      return change(stored, now);
    });
    if (before !== presenceAt(record, now)) await this.#changed(record, now);
    return record;
  }

  /** Whoever waits for somebody like this looks again at once; the timers would find it too, a grace time later. */
  async #changed(record: WorkerRecord, now: number): Promise<void> {
    const { storage } = this.#runtime;
    const gone = isGone(record, now);
    const sessions = new Set<string>();
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof storage.listEscalations>> = await storage.listEscalations({
        status: gone ? openStatuses : ["queued", "offered"],
        limit: 500,
        cursor,
      });
      for (const { sessionId, holder, progress } of page.items)
        if (!gone || holder?.worker === record.id || progress.told.includes(record.id))
          sessions.add(sessionId);
      cursor = page.nextCursor;
    } while (cursor !== null);
    for (const sessionId of sessions)
      await this.#runtime.submit(sessionId, (work) => {
        for (const escalation of work.escalations())
          applyStep(work, staffChanged(escalation, contextOf(work)));
      });
  }
}
