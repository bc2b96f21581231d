import type { Owner, SessionRecord, SessionStatus, TriggerCounter } from "@hybrid-orchestrator/core";
import type { Field } from "./partial-update.js";
import type { Values } from "./values.js";

/** The members of a session that a change may set. */
export type SessionFields = Partial<Omit<SessionRecord, "id" | "version">>;

/** Read as an array, in the order of {@link selectSession}: naming 28 columns costs as much as reading them. */
export type SessionRow = readonly [
  sid: number,
  id: string,
  lastSeq: number,
  externalId: string | null,
  workflow: string,
  status: SessionStatus,
  ownerKind: Owner["kind"],
  ownerName: string | null,
  ownershipEpoch: number,
  createdAt: number,
  updatedAt: number,
  lastUserAt: number | null,
  lastAiAt: number | null,
  lastHumanAt: number | null,
  lastSystemAt: number | null,
  expiresAt: number | null,
  revision: number,
  version: number,
  evaluatedAt: number,
  dueAt: number | null,
  rulesHash: string,
  lastUiOrdinal: number,
  escalationCount: number,
  recipient: string | null,
  metadata: string,
  summary: string | null,
  agentRecord: string | null,
  counters: string | null,
];

/** Of {@link sessionTables}. */
export const sessionColumns = `s.sid, s.id, s.last_seq, s.external_id, s.workflow, s.status, s.owner_kind, s.owner_name,
   s.ownership_epoch, s.created_at, s.updated_at, s.last_user_at, s.last_ai_at, s.last_human_at, s.last_system_at,
   s.expires_at, s.revision, s.version, s.evaluated_at, s.due_at, s.rules_hash, s.last_ui_ordinal,
   s.escalation_count, d.recipient, d.metadata, d.summary, d.agent_record, c.counters`;
export const sessionTables = `sessions s CROSS JOIN session_documents d ON d.sid = s.sid LEFT JOIN session_counters c ON c.sid = s.sid`;
/** Follow with a WHERE clause over `s`, and read raw. */
export const selectSession = `SELECT ${sessionColumns} FROM ${sessionTables}`;

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
  column("escalationCount", "escalation_count"),
];

/** What lies in `session_documents`: text that the codec has been over, or null. */
export interface DocumentFields {
  readonly recipient?: string | null;
  readonly metadata?: string;
  readonly summary?: string | null;
  readonly agentRecord?: string | null;
}

export const documentFields: readonly Field<DocumentFields>[] = [
  {
    name: "recipient",
    columns: ["recipient"],
    bind: (fields, parameters) => parameters.push(fields.recipient),
  },
  { name: "metadata", columns: ["metadata"], bind: (fields, parameters) => parameters.push(fields.metadata) },
  { name: "summary", columns: ["summary"], bind: (fields, parameters) => parameters.push(fields.summary) },
  {
    name: "agentRecord",
    columns: ["agent_record"],
    bind: (fields, parameters) => parameters.push(fields.agentRecord),
  },
];

/** The documents that a change sets; null for the frequent change that sets none. */
export function encodeDocuments(session: SessionFields, id: string, values: Values): DocumentFields | null {
  const { recipient, metadata, summary, agentRecord } = session;
  if (recipient === undefined && metadata === undefined && summary === undefined && agentRecord === undefined)
    return null;
  const encode = (value: unknown) => (value === null ? null : values.encode(value, "session", id));
  return {
    ...(recipient === undefined ? {} : { recipient: encode(recipient) }),
    ...(metadata === undefined ? {} : { metadata: values.encode(metadata, "session", id) }),
    ...(summary === undefined ? {} : { summary: encode(summary) }),
    ...(agentRecord === undefined ? {} : { agentRecord: encode(agentRecord) }),
  };
}

export function toSession(row: SessionRow, values: Values): SessionRecord {
  const [
    _sid,
    id,
    lastSeq,
    externalId,
    workflow,
    status,
    ownerKind,
    ownerName,
    ownershipEpoch,
    createdAt,
    updatedAt,
    user,
    ai,
    human,
    system,
    expiresAt,
    revision,
    version,
    evaluatedAt,
    dueAt,
    rulesHash,
    lastUiOrdinal,
    escalationCount,
    recipient,
    metadata,
    summary,
    agentRecord,
    counters,
  ] = row;
  const decode = <T>(text: string): T => values.decode<T>(text, "session", id);
  return {
    id,
    externalId,
    workflow,
    status,
    recipient: recipient === null ? null : decode<NonNullable<SessionRecord["recipient"]>>(recipient),
    metadata: decode<SessionRecord["metadata"]>(metadata),
    summary: summary === null ? null : decode<string>(summary),
    owner: toOwner(ownerKind, ownerName ?? ""),
    ownershipEpoch,
    createdAt,
    updatedAt,
    lastActivityAt: { user, ai, human, system },
    expiresAt,
    revision,
    version,
    lastSeq,
    evaluatedAt,
    dueAt,
    rulesHash,
    counters: counters === null ? {} : (JSON.parse(counters) as Record<string, TriggerCounter>),
    lastUiOrdinal,
    escalationCount,
    agentRecord: agentRecord === null ? null : decode<NonNullable<SessionRecord["agentRecord"]>>(agentRecord),
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
