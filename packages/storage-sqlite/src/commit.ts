import type { Change, CommitResult } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { prepareDocumentWrites } from "./document-writes.js";
import { prepareLogWrites } from "./log-writes.js";
import { preparePositions } from "./positions.js";
import type { SessionKeys } from "./session-keys.js";
import { prepareSessionWrites } from "./session-writes.js";

/** Applies changes in order, each with its own result. To be called inside a write transaction. */
export type ApplyChanges = (changes: Iterable<Change>) => CommitResult[];

export function prepareCommit(connection: Connection, keys: SessionKeys): ApplyChanges {
  const positions = preparePositions(connection.db);
  const writeLog = prepareLogWrites(connection, positions);
  const writeSession = prepareSessionWrites(connection, { positions, keys, writeLog });
  const writeDocument = prepareDocumentWrites(connection);
  return (changes) => {
    positions.restart();
    const results: CommitResult[] = [];
    for (const change of changes)
      results.push(change.aggregate === "session" ? writeSession(change) : writeDocument(change));
    return results;
  };
}
