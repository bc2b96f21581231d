import type { Owner, SessionRecord, SessionStatus, TriggerCounter } from "@hybrid-orchestrator/core";
import type { Column } from "./sql.js";
import type { Values } from "./values.js";

/** What lies in `session_documents`. */
export type SessionDocuments = Pick<SessionRecord, "recipient" | "metadata" | "summary" | "agentRecord">;

/** What lies in `sessions`: a session without its documents. */
export type HotSession = Omit<SessionRecord, keyof SessionDocuments>;

export interface HotRow {
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
  readonly counters: string;
  readonly last_ui_ordinal: number;
  readonly escalation_count: number;
}

export interface SessionRow extends HotRow {
  readonly recipient: string | null;
  readonly metadata: string;
  readonly summary: string | null;
  readonly agent_record: string | null;
}

/** The columns of `sessions` but for its key, in the order of {@link hotValues}. */
export const hotColumns: readonly Column[] = [
  ["id", "text"],
  ["external_id", "text"],
  ["workflow", "text"],
  ["status", "text"],
  ["owner_kind", "text"],
  ["owner_name", "text"],
  ["ownership_epoch", "bigint"],
  ["created_at", "double precision"],
  ["updated_at", "double precision"],
  ["last_user_at", "double precision"],
  ["last_ai_at", "double precision"],
  ["last_human_at", "double precision"],
  ["last_system_at", "double precision"],
  ["expires_at", "double precision"],
  ["revision", "bigint"],
  ["version", "bigint"],
  ["last_seq", "bigint"],
  ["evaluated_at", "double precision"],
  ["due_at", "double precision"],
  ["rules_hash", "text"],
  ["counters", "text"],
  ["last_ui_ordinal", "bigint"],
  ["escalation_count", "bigint"],
];

export function hotValues(session: HotSession): unknown[] {
  const { owner, lastActivityAt } = session;
  return [
    session.id,
    session.externalId,
    session.workflow,
    session.status,
    owner.kind,
    ownerName(owner),
    session.ownershipEpoch,
    session.createdAt,
    session.updatedAt,
    lastActivityAt.user,
    lastActivityAt.ai,
    lastActivityAt.human,
    lastActivityAt.system,
    session.expiresAt,
    session.revision,
    session.version,
    session.lastSeq,
    session.evaluatedAt,
    session.dueAt,
    session.rulesHash,
    JSON.stringify(session.counters),
    session.lastUiOrdinal,
    session.escalationCount,
  ];
}

/**
 * Of `sessions s`. By their names: a statement that is prepared with an asterisk fails once a newer version, in another
 * process, adds a column.
 */
export const hotRowColumns = ["sid", ...hotColumns.map(([name]) => name)]
  .map((name) => `s.${name}`)
  .join(", ");

/** Follow with a WHERE clause over `s`. */
export const selectSession = `SELECT ${hotRowColumns}, d.recipient, d.metadata, d.summary, d.agent_record
  FROM sessions s JOIN session_documents d ON d.sid = s.sid`;

export function toHotSession(row: HotRow): HotSession {
  return {
    id: row.id,
    externalId: row.external_id,
    workflow: row.workflow,
    status: row.status,
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
    counters: JSON.parse(row.counters) as Record<string, TriggerCounter>,
    lastUiOrdinal: row.last_ui_ordinal,
    escalationCount: row.escalation_count,
  };
}

export function toSession(row: SessionRow, values: Values): SessionRecord {
  const decode = <T>(text: string): T => values.decode<T>(text, "session", row.id);
  return {
    ...toHotSession(row),
    recipient: row.recipient === null ? null : decode<NonNullable<SessionRecord["recipient"]>>(row.recipient),
    metadata: decode<SessionRecord["metadata"]>(row.metadata),
    summary: row.summary === null ? null : decode<string>(row.summary),
    agentRecord:
      row.agent_record === null ? null : decode<NonNullable<SessionRecord["agentRecord"]>>(row.agent_record),
  };
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
