import type { DocumentAggregate, StoredDocument } from "@hybrid-orchestrator/core";
import type { Values } from "./values.js";

export interface DocumentRow {
  readonly id: string;
  readonly version: number;
  readonly expires_at: number | null;
  readonly body: string;
}

/** Of `documents`. */
export const documentColumns = "id, version, expires_at, body";

export function toDocument(row: DocumentRow, aggregate: DocumentAggregate, values: Values): StoredDocument {
  const body = values.decode<StoredDocument["body"]>(row.body, "document", null);
  return { aggregate, id: row.id, version: row.version, body, expiresAt: row.expires_at };
}
