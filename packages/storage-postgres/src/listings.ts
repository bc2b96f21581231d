import {
  type Activity,
  type ActivityQuery,
  type Effect,
  type EffectQuery,
  type Escalation,
  type EscalationQuery,
  type Firing,
  type FiringQuery,
  hasEnded,
  isOpen,
  OrchestratorError,
  type Page,
  type SessionQuery,
  type SessionRecord,
  type SessionStatus,
  type Storage,
  type StoredDocument,
  sessionStatuses,
} from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { checkedLimit, readCursor, readTextCursor } from "./cursors.js";
import { type DocumentRow, documentColumns, toDocument } from "./document-row.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import { toPage } from "./pages.js";
import { direction, where } from "./query.js";
import { type SessionRow, selectSession, toSession } from "./session-row.js";
import type { Values } from "./values.js";

type DocumentQuery = Parameters<Storage["listDocuments"]>[0];

interface Placed {
  readonly position: number;
  readonly sessionId: string;
}

/** Lists what is stored, page by page. Each page is one statement, whose text depends on which filters are given. */
export function listings(values: Values) {
  async function listSessions(queryable: Queryable, query: SessionQuery): Promise<Page<SessionRecord>> {
    const { workflow, status, sortBy = "createdAt", order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `sessions:${sortBy}:${order}`;
    const [lastAt, lastSid] = readCursor(listing, query.cursor, 2);
    const column = sortColumn(sortBy, status);
    const { sql, parameters } = where(
      ["s.status = ANY(?::text[])", status?.map(known)],
      ["s.workflow = ?", workflow],
      [`(${column}, s.sid) ${towards.after} (?::double precision, ?::bigint)`, lastAt, lastSid],
    );
    const text = `${selectSession} WHERE ${sql} ORDER BY ${column} ${towards.sql}, s.sid ${towards.sql}`;
    const rows = await queryable.rows<SessionRow>({ text: `${text} LIMIT ${limit + 1}` }, parameters);
    return toPage(rows, limit, {
      listing,
      keysOf: (row) => [sortBy === "createdAt" ? row.created_at : row.updated_at, row.sid],
      toItem: (row) => toSession(row, values),
    });
  }

  async function listActivities(queryable: Queryable, query: ActivityQuery): Promise<Page<Activity>> {
    const { sessionId, types, actors, afterSeq, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `activities:${order}`;
    const [lastSeq] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["a.sid = (SELECT sid FROM sessions WHERE id = ?)", sessionId],
      ["a.seq > ?", afterSeq],
      [`a.seq ${towards.after} ?`, lastSeq],
      ["a.type = ANY(?::text[])", types],
      ["a.actor = ANY(?::text[])", actors],
    );
    const text = `SELECT ${activityColumns} FROM activities a WHERE ${sql} ORDER BY a.seq ${towards.sql}`;
    const rows = await queryable.rows<ActivityRow>({ text: `${text} LIMIT ${limit + 1}` }, parameters);
    return toPage(rows, limit, {
      listing,
      keysOf: ({ seq }) => [seq],
      toItem: (row) => toActivity(row, sessionId, values),
    });
  }

  async function listFirings(queryable: Queryable, query: FiringQuery): Promise<Page<Firing>> {
    const { sessionId, trigger, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `firings:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["f.sid = (SELECT sid FROM sessions WHERE id = ?)", sessionId],
      ["f.trigger = ?", trigger],
      [`f.position ${towards.after} ?`, lastPosition],
    );
    const rows = await queryable.rows<FiringRow & Placed>(
      {
        text: `SELECT f.position, s.id AS "sessionId", ${firingColumns}
               FROM firings f JOIN sessions s ON s.sid = f.sid
               WHERE ${sql} ORDER BY f.position ${towards.sql} LIMIT ${limit + 1}`,
      },
      parameters,
    );
    return toPage(rows, limit, {
      listing,
      keysOf: ({ position }) => [position],
      toItem: (row) => toFiring(row, row.sessionId, values),
    });
  }

  async function listEffects(queryable: Queryable, query: EffectQuery): Promise<Page<Effect>> {
    const { sessionId, kind, status, lane, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `effects:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["e.sid = (SELECT sid FROM sessions WHERE id = ?)", sessionId],
      ["e.kind = ?", kind],
      ["e.status = ANY(?::text[])", status],
      ["e.lane = ?", lane],
      [`e.position ${towards.after} ?`, lastPosition],
    );
    const rows = await queryable.rows<Placed & { readonly body: string }>(
      {
        text: `SELECT e.position, s.id AS "sessionId", e.body FROM effects e JOIN sessions s ON s.sid = e.sid
               WHERE ${sql} ORDER BY e.position ${towards.sql} LIMIT ${limit + 1}`,
      },
      parameters,
    );
    return toPage(rows, limit, {
      listing,
      keysOf: ({ position }) => [position],
      toItem: ({ body, sessionId: id }) => values.decode<Effect>(body, "effect", id),
    });
  }

  async function listEscalations(queryable: Queryable, query: EscalationQuery): Promise<Page<Escalation>> {
    const { sessionId, kind, status, queue, worker, workflow, openedFrom, openedTo, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `escalations:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["e.sid = (SELECT sid FROM sessions WHERE id = ?)", sessionId],
      ["e.queue = ?", queue],
      ["e.worker = ?", worker],
      ["e.kind = ANY(?::text[])", kind],
      ["e.status = ANY(?::text[])", status],
      // Spelt out, because only then the indexes serve that hold nothing but open ones: few among all that ever were.
      ...(status === undefined || status.some(hasEnded) ? [] : [["e.is_open"] as const]),
      ["s.workflow = ?", workflow],
      ["(e.opened_at IS NULL OR e.opened_at >= ?)", openedFrom],
      // Where to begin: those that were opened long before are not looked at one by one.
      [
        "e.position >= (SELECT coalesce(min(position), 9223372036854775807) FROM escalations WHERE opened_at >= ? OR opened_at IS NULL)",
        openedFrom,
      ],
      ["(e.opened_at IS NULL OR e.opened_at < ?)", openedTo],
      [`e.position ${towards.after} ?`, lastPosition],
    );
    const rows = await queryable.rows<Placed & { readonly body: string }>(
      {
        text: `SELECT e.position, s.id AS "sessionId", e.body FROM escalations e JOIN sessions s ON s.sid = e.sid
               WHERE ${sql} ORDER BY e.position ${towards.sql} LIMIT ${limit + 1}`,
      },
      parameters,
    );
    return toPage(rows, limit, {
      listing,
      keysOf: ({ position }) => [position],
      toItem: ({ body, sessionId: id }) => values.decode<Escalation>(body, "escalation", id),
    });
  }

  async function listDocuments(queryable: Queryable, query: DocumentQuery): Promise<Page<StoredDocument>> {
    const { aggregate, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `documents:${aggregate}:${order}`;
    const { sql, parameters } = where(
      ["aggregate = ?", aggregate],
      [`id ${towards.after} ?`, readTextCursor(listing, query.cursor)],
    );
    const text = `SELECT ${documentColumns} FROM documents WHERE ${sql} ORDER BY id ${towards.sql}`;
    const rows = await queryable.rows<DocumentRow>({ text: `${text} LIMIT ${limit + 1}` }, parameters);
    return toPage(rows, limit, {
      listing,
      keysOf: ({ id }) => [id],
      toItem: (row) => toDocument(row, aggregate, values),
    });
  }

  return { listSessions, listActivities, listFirings, listEffects, listEscalations, listDocuments };
}

/** An index orders closed sessions by their last update; that of open ones moves with every activity. */
function sortColumn(sortBy: "createdAt" | "updatedAt", status: readonly SessionStatus[] | undefined): string {
  if (sortBy === "createdAt") return "s.created_at";
  return status === undefined || status.some(isOpen) ? "s.updated_at" : "s.closed_at";
}

function known(status: SessionStatus): SessionStatus {
  if (sessionStatuses.includes(status)) return status;
  throw new OrchestratorError("invalid_argument", `No session has the status ${String(status)}.`);
}
