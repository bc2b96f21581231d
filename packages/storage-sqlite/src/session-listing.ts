import {
  OrchestratorError,
  type Page,
  type SessionQuery,
  type SessionRecord,
  type SessionStatus,
  sessionStatuses,
} from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, readCursor } from "./cursors.js";
import { toPage } from "./pages.js";
import { direction, statementCache, where } from "./query.js";
import { type SessionRow, selectSession, toSession } from "./session-row.js";

/** What a session is sorted by, and its key, which orders those of one moment. */
interface Place {
  readonly at: number;
  readonly sid: number;
}

const sortColumns = { createdAt: "created_at", updatedAt: "updated_at" } as const;

/**
 * Lists sessions by reading each status by its index, and merging. The one order without an index is `updatedAt` of
 * open sessions, which every activity would have to move: it sorts, and so costs as much as there are open sessions.
 */
export function prepareSessionListing({ db, values }: Connection) {
  const statement = statementCache(db);
  const sessionBySid = db.prepare<[number], SessionRow>(`${selectSession} WHERE s.sid = ?`).raw();

  return (query: SessionQuery): Page<SessionRecord> => {
    const { workflow, sortBy = "createdAt", order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const column = sortColumns[sortBy];
    const towards = direction(order);
    const listing = `sessions:${sortBy}:${order}`;
    const [lastAt, lastSid] = readCursor(listing, query.cursor, 2);
    const { sql, parameters } = where(
      ["workflow = ?", workflow],
      [`(${column}, sid) ${towards.after} (?, ?)`, lastAt, lastSid],
    );

    function readStatus(status: SessionStatus): Place[] {
      // The status is spelt out, since the partial index on closed sessions serves no status that comes as a value.
      const select = statement(
        `SELECT ${column} AS at, sid FROM sessions WHERE status = '${known(status)}' AND ${sql}
         ORDER BY ${column} ${towards.sql}, sid ${towards.sql} LIMIT ?`,
      );
      return select.all(...parameters, limit + 1) as Place[];
    }

    const sign = order === "asc" ? 1 : -1;
    const places = [...new Set(query.status ?? sessionStatuses)]
      .flatMap(readStatus)
      .sort((a, b) => sign * (a.at - b.at || a.sid - b.sid))
      .slice(0, limit + 1);
    return toPage(places, limit, {
      listing,
      keysOf: ({ at, sid }) => [at, sid],
      toItem: ({ sid }) => {
        const row = sessionBySid.get(sid);
        if (row === undefined)
          throw new OrchestratorError("internal", `A session vanished within one read of ${db.name}.`);
        return toSession(row, values);
      },
    });
  };
}

function known(status: SessionStatus): SessionStatus {
  if (sessionStatuses.includes(status)) return status;
  throw new OrchestratorError("invalid_argument", `No session has the status ${String(status)}.`);
}
