import type { Owner, SessionRecord, SessionStatus, TriggerCounter } from "@hybrid-orchestrator/core";
import type { Field } from "./partial-update.js";
import type { Values } from "./values.js";

/** The members of a session that a change may set. */
export type SessionFields = Partial<Omit<SessionRecord, "id" | "version">>;

export interface SessionRow {
  readonly sid: number;
  readonly id: string;
  readonly external_id: string | null;
  readonly workflow: string;
  readonly status: SessionStatus;
  readonly owner_kind: Owner["kind"];
  readonly owner_name: string | null;
  readonly ownership_epoch: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly last_user_at: number | null;
  readonly last_ai_at: number | null;
  readonly last_human_at: number | null;
  readonly last_system_at: number | null;
  readonly expires_at: number | null;
  readonly revision: number;
  readonly version: number;
  readonly last_seq: number;
  readonly evaluated_at: number;
  readonly due_at: number | null;
  readonly rules_hash: string;
  readonly counters: string | null;
  readonly last_ui_ordinal: number;
  readonly recipient: string | null;
  readonly metadata: string;
  readonly summary: string | null;
}

/** Follow with a WHERE clause over `s`. */
export const selectSession = `SELECT s.*, d.recipient, d.metadata, d.summary, c.counters
   FROM sessions s CROSS JOIN session_documents d ON d.sid = s.sid LEFT JOIN session_counters c ON c.sid = s.sid`;

/** What lies in `sessions`. */
export const hotFields: readonly Field<SessionFields>[] = [
  column("externalId", "external_id"),
  column("workflow", "workflow"),
  column("status", "status"),
  {
    name: "owner",
    columns: ["owner_kind", "owner_name"],
    bind: ({ owner }, parameters) => parameters.push(owner?.kind, owner && ownerName(owner)),
  },
  column("ownershipEpoch", "ownership_epoch"),
  column("createdAt", "created_at"),
  column("updatedAt", "updated_at"),
  {
    name: "lastActivityAt",
    columns: ["last_user_at", "last_ai_at", "last_human_at", "last_system_at"],
    bind: ({ lastActivityAt: at }, parameters) => parameters.push(at?.user, at?.ai, at?.human, at?.system),
  },
  column("expiresAt", "expires_at"),
  column("revision", "revision"),
  column("lastSeq", "last_seq"),
  column("evaluatedAt", "evaluated_at"),
  column("dueAt", "due_at"),
  column("rulesHash", "rules_hash"),
  column("lastUiOrdinal", "last_ui_ordinal"),
];

/** What lies in `session_documents`: text that the codec has been over, or null. */
export interface DocumentFields {
  readonly recipient?: string | null;
  readonly metadata?: string;
  readonly summary?: string | null;
}

export const documentFields: readonly Field<DocumentFields>[] = [
  {
    name: "recipient",
    columns: ["recipient"],
    bind: (fields, parameters) => parameters.push(fields.recipient),
  },
  { name: "metadata", columns: ["metadata"], bind: (fields, parameters) => parameters.push(fields.metadata) },
  { name: "summary", columns: ["summary"], bind: (fields, parameters) => parameters.push(fields.summary) },
];

/** The documents that a change sets; null for the frequent change that sets none. */
export function encodeDocuments(session: SessionFields, id: string, values: Values): DocumentFields | null {
  const { recipient, metadata, summary } = session;
  if (recipient === undefined && metadata === undefined && summary === undefined) return null;
  const encode = (value: unknown) => (value === null ? null : values.encode(value, "session", id));
  return {
    ...(recipient === undefined ? {} : { recipient: encode(recipient) }),
    ...(metadata === undefined ? {} : { metadata: values.encode(metadata, "session", id) }),
    ...(summary === undefined ? {} : { summary: encode(summary) }),
  };
}

export function toSession(row: SessionRow, values: Values): SessionRecord {
  const decode = <T>(text: string): T => values.decode<T>(text, "session", row.id);
  return {
    id: row.id,
    externalId: row.external_id,
    workflow: row.workflow,
    status: row.status,
    recipient: row.recipient === null ? null : decode<NonNullable<SessionRecord["recipient"]>>(row.recipient),
    metadata: decode<SessionRecord["metadata"]>(row.metadata),
    summary: row.summary === null ? null : decode<string>(row.summary),
    owner: toOwner(row.owner_kind, row.owner_name ?? ""),
    ownershipEpoch: row.ownership_epoch,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastActivityAt: {
      user: row.last_user_at,
      ai: row.last_ai_at,
      human: row.last_human_at,
      system: row.last_system_at,
    },
    expiresAt: row.expires_at,
    revision: row.revision,
    version: row.version,
    lastSeq: row.last_seq,
    evaluatedAt: row.evaluated_at,
    dueAt: row.due_at,
    rulesHash: row.rules_hash,
    counters: row.counters === null ? {} : (JSON.parse(row.counters) as Record<string, TriggerCounter>),
    lastUiOrdinal: row.last_ui_ordinal,
  };
}

function column<Name extends keyof SessionFields>(name: Name, columnName: string): Field<SessionFields> {
  return { name, columns: [columnName], bind: (fields, parameters) => parameters.push(fields[name]) };
}

function ownerName(owner: Owner): string | null {
  switch (owner.kind) {
    case "ai":
      return owner.agent;
    case "human":
      return owner.worker;
    case "nobody":
      return null;
  }
}

function toOwner(kind: Owner["kind"], name: string): Owner {
  switch (kind) {
    case "ai":
      return { kind, agent: name };
    case "human":
      return { kind, worker: name };
    case "nobody":
      return { kind };
  }
}
