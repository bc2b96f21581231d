import type { Change, CommitResult } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { prepareDocumentWrites } from "./document-writes.js";
import { preparePositions } from "./positions.js";
import { prepareSessionWrites } from "./session-writes.js";

/** Applies changes in order, each with its own result. To be called inside a write transaction. */
export type ApplyChanges = (changes: Iterable<Change>) => CommitResult[];

export function prepareCommit(connection: Connection): ApplyChanges {
  const positions = preparePositions(connection.db);
  const writeSession = prepareSessionWrites(connection, positions);
  const writeDocument = prepareDocumentWrites(connection);
  return (changes) => {
    positions.restart();
    return Array.from(changes, (change) =>
      change.aggregate === "session" ? writeSession(change) : writeDocument(change),
    );
  };
}
