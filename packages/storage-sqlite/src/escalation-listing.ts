import {
  type Escalation,
  type EscalationQuery,
  type EscalationStatus,
  hasEnded,
  type Page,
} from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, readCursor } from "./cursors.js";
import { toPage } from "./pages.js";
import { direction, listParameter, statementCache, type Term, where } from "./query.js";

interface Row {
  readonly position: number;
  readonly sessionId: string;
  readonly body: string;
}

/** Lists escalations in the order of their opening. */
export function prepareEscalationListing({ db, values }: Connection) {
  const statement = statementCache(db);
  const sidOf = db.prepare<[string], number>("SELECT sid FROM sessions WHERE id = ?").pluck();

  return (query: EscalationQuery): Page<Escalation> => {
    const { sessionId, kind, status, queue, worker, workflow, openedFrom, openedTo, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `escalations:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);
    const narrowing: Term[] =
      sessionId === undefined ? onlyOpen(status) : [["e.sid = ?", sidOf.get(sessionId) ?? null]];
    const { sql, parameters } = where(
      ...narrowing,
      ["e.queue = ?", queue],
      ["e.worker = ?", worker],
      ["e.kind IN (SELECT value FROM json_each(?))", listParameter(kind)],
      ["e.status IN (SELECT value FROM json_each(?))", listParameter(status)],
      ["s.workflow = ?", workflow],
      ["(e.opened_at IS NULL OR e.opened_at >= ?)", openedFrom],
      [`e.position >= ${firstPosition}`, openedFrom],
      ["(e.opened_at IS NULL OR e.opened_at < ?)", openedTo],
      [`e.position ${towards.after} ?`, lastPosition],
    );
    const select = statement(
      `SELECT e.position, s.id AS sessionId, e.body FROM escalations e CROSS JOIN sessions s ON s.sid = e.sid
       WHERE ${sql} ORDER BY e.position ${towards.sql} LIMIT ?`,
    );
    return toPage(select.all(...parameters, limit + 1) as Row[], limit, {
      listing,
      keysOf: ({ position }) => [position],
      toItem: ({ body, sessionId: id }) => values.decode<Escalation>(body, "escalation", id),
    });
  };
}

/**
 * Where to begin, so that those that were opened long before are not read one by one. The plus keeps the planner from
 * looking for the lowest position by reading the table from its beginning.
 */
const firstPosition = `min(
  coalesce((SELECT min(+position) FROM escalations WHERE opened_at >= ?), 9223372036854775807),
  coalesce((SELECT min(position) FROM escalations WHERE opened_at IS NULL), 9223372036854775807)
)`;

/** Spelt out, because only then the indexes serve that hold nothing but open ones: few among all that ever were. */
function onlyOpen(status: readonly EscalationStatus[] | undefined): Term[] {
  return status !== undefined && !status.some(hasEnded) ? [["e.is_open = 1"]] : [];
}
