import {
  hasEnded,
  OrchestratorError,
  parseWith,
  type Storage,
  type StorageStats,
  sessionStatuses,
} from "@hybrid-orchestrator/core";
import { applyChange } from "./commit.js";
import { type SampleNameStorageConfig, sampleNameStorageConfigSchema } from "./config.js";
import { eventsOf } from "./events.js";
import { listsOf } from "./lists.js";
import { lookupsOf } from "./lookups.js";
import { type Reader, readerOf } from "./reader.js";
import { retentionOf } from "./retention.js";
import { sealingWith } from "./sealing.js";
import { snapshotFor } from "./snapshot.js";
import { workOf } from "./work.js";

/**
 * A storage that keeps everything in memory, and loses it with the process.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function sampleNameStorage(config: SampleNameStorageConfig = {}): Storage {
  const { database, codec } = parseWith(sampleNameStorageConfigSchema, config, {
    name: "configuration of sampleNameStorage",
    code: "invalid_configuration",
  });
  const reader = readerOf(database, sealingWith(codec));
  let isOpened = false;

  const opened: Omit<Storage, "name" | "open" | "close" | "health"> = {
    ...lookupsOf(reader),
    ...listsOf(reader),
    ...eventsOf(reader),
    ...workOf(reader),
    ...retentionOf(database),
    // Nothing waits in here, so nobody else can come between: each is a transaction, and locked.
    async commit(changes) {
      return changes.map((change) => applyChange(reader, change));
    },
    async decideLocked(request, decide) {
      const change = decide(snapshotFor(reader, request));
      return change === null ? null : applyChange(reader, change);
    },
    async load(requests) {
      return requests.map((request) => snapshotFor(reader, request));
    },
    async stats() {
      return statsOf(reader);
    },
  };
  return {
    name: "sample-name",
    async open() {
      isOpened = true;
    },
    async close() {
      isOpened = false;
    },
    async health() {
      return { healthy: isOpened };
    },
    ...guarded(opened, () => {
      if (!isOpened) throw new OrchestratorError("storage_closed", "The storage is not open.");
    }),
  };
}

/** The same methods, each after a check. */
function guarded<Methods extends object>(methods: Methods, check: () => void): Methods {
  const wrap =
    (method: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]) => {
      check();
      return method(...args);
    };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, wrap(method)]),
  ) as unknown as Methods;
}

function statsOf(reader: Reader): StorageStats {
  const { sessions, log } = reader.database;
  const records = [...sessions.values()].map(({ record }) => record);
  const counts = sessionStatuses.map((status) => [
    status,
    records.filter((record) => record.status === status).length,
  ]);
  return {
    sessions: Object.fromEntries(counts) as StorageStats["sessions"],
    activities: log.filter(({ kind }) => kind === "activity").length,
    firings: log.filter(({ kind }) => kind === "firing").length,
    openEffects: reader.allEffects().filter(({ item }) => item.dueAt !== null).length,
    openEscalations: reader.allEscalations().filter(({ item }) => !hasEnded(item.status)).length,
    sizeBytes: JSON.stringify(log).length,
  };
}
