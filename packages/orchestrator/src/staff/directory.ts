import {
  type JsonObject,
  OrchestratorError,
  type Schedule,
  type StoredDocument,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import type { Staff } from "@hybrid-orchestrator/escalation";
import type { Runtime } from "../runtime.js";

/** How often what other processes changed is read. */
const refreshMs = 1_000;
const maxTries = 100;
const pageSize = 500;

export interface DirectorySettings {
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly presenceGraceMs: number;
}

/**
 * Who could help: a copy of the workers' records in memory, since decisions wait for nothing. It may be a second old;
 * capacity is therefore taken on the stored record alone.
 */
export class StaffDirectory {
  readonly #runtime: Runtime;
  readonly #settings: DirectorySettings;
  #workers = new Map<string, WorkerRecord>();
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #staff: Staff | null = null;

  constructor(runtime: Runtime, settings: DirectorySettings) {
    this.#runtime = runtime;
    this.#settings = settings;
  }

  staff(): Staff {
    this.#staff ??= { workers: new Map(this.#workers), ...this.#settings };
    return this.#staff;
  }

  /** Reads again when it is time to, and says whether it was. */
  async turn(): Promise<boolean> {
    const now = this.#runtime.settings.clock.now();
    if (now >= this.#refreshedAt && now - this.#refreshedAt < refreshMs) return false;
    await this.refresh();
    return true;
  }

  async refresh(): Promise<void> {
    this.#refreshedAt = this.#runtime.settings.clock.now();
    const workers = new Map<string, WorkerRecord>();
    let cursor: string | null = null;
    do {
      const page: { items: readonly StoredDocument[]; nextCursor: string | null } =
        await this.#runtime.storage.listDocuments({ aggregate: "worker", limit: pageSize, cursor });
      for (const { id, body } of page.items) workers.set(id, fromBody(body));
      cursor = page.nextCursor;
    } while (cursor !== null);
    this.#workers = workers;
    this.#staff = null;
  }

  /** @throws OrchestratorError `not_found` */
  async require(id: string): Promise<WorkerRecord> {
    const stored = await this.#runtime.storage.getDocument("worker", id);
    if (stored !== null) return fromBody(stored.body);
    throw unknownWorker(id);
  }

  /**
   * Changes a record on what is stored at that moment. What `change` reads besides is read after the record, so that a
   * record that has not changed since proves it current. The very same record: nothing is written.
   * @throws OrchestratorError `conflict`, `not_found` where `change` is not given null for a worker that does not exist
   */
  async update(
    id: string,
    change: (record: WorkerRecord | null) => Promise<WorkerRecord> | WorkerRecord,
  ): Promise<WorkerRecord> {
    const { storage } = this.#runtime;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const stored = await storage.getDocument("worker", id);
      const record = stored === null ? null : fromBody(stored.body);
      const next = await change(record);
      if (next !== record) {
        const body = next as unknown as JsonObject;
        const [result] = await storage.commit([
          { aggregate: "worker", id, expectedVersion: stored?.version ?? 0, body },
        ]);
        if (result?.ok === false && result.reason === "error") throw result.error;
        if (result?.ok !== true) continue;
      }
      this.#workers.set(id, next);
      this.#staff = null;
      return next;
    }
    throw new OrchestratorError("conflict", `The record of worker ${id} kept changing.`);
  }
}

export function unknownWorker(id: string): OrchestratorError {
  return new OrchestratorError(
    "not_found",
    `No worker has the id ${id}. Register them with workers.register first.`,
  );
}

function fromBody(body: JsonObject): WorkerRecord {
  return body as unknown as WorkerRecord;
}
