import type { Change, CommitResult } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { writeDocuments } from "./document-writes.js";
import { judge } from "./judge.js";
import { writeLog } from "./log-writes.js";
import { writeSessions } from "./session-writes.js";
import { lockStored } from "./stored.js";
import type { Values } from "./values.js";

/** Applies changes in order, each with its own result. To be called inside a write transaction. */
export type ApplyChanges = (
  queryable: Queryable,
  changes: readonly Change[],
) => Promise<readonly CommitResult[]>;

/**
 * Locks, judges, and writes what was accepted: a fixed number of statements for any number of changes. What takes
 * positions comes last, because from there on all other writers wait.
 */
export function applyChanges(values: Values): ApplyChanges {
  return async (queryable, changes) => {
    const locked = await lockStored(queryable, changes);
    const { results, accepted, sessions, documents } = judge(changes, locked);
    await writeDocuments(queryable, documents, values);
    const sids = await writeSessions(queryable, sessions, { sids: locked.sids, values });
    await writeLog(queryable, accepted, { sids, values });
    return results;
  };
}
