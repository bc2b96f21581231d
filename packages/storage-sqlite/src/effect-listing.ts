import type { Effect, EffectQuery, Page } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, readCursor } from "./cursors.js";
import { toPage } from "./pages.js";
import { direction, listParameter, statementCache, type Term, where } from "./query.js";

interface Row {
  readonly position: number;
  readonly sessionId: string;
  readonly body: string;
}

/** Lists effects in the order of their creation. */
export function prepareEffectListing({ db, values }: Connection) {
  const statement = statementCache(db);
  const sidOf = db.prepare<[string], number>("SELECT sid FROM sessions WHERE id = ?").pluck();

  return (query: EffectQuery): Page<Effect> => {
    const { sessionId, kind, status, lane, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `effects:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);

    function read(...narrowing: readonly Term[]): Row[] {
      const { sql, parameters } = where(
        ...narrowing,
        ["e.kind = ?", kind],
        ["e.lane = ?", lane],
        [`e.position ${towards.after} ?`, lastPosition],
      );
      const select = statement(
        `SELECT e.position, s.id AS sessionId, e.body FROM effects e CROSS JOIN sessions s ON s.sid = e.sid
         WHERE ${sql} ORDER BY e.position ${towards.sql} LIMIT ?`,
      );
      return select.all(...parameters, limit + 1) as Row[];
    }

    function readAll(): Row[] {
      if (sessionId !== undefined) {
        const sid = sidOf.get(sessionId) ?? null;
        return read(
          ["e.sid = ?", sid],
          ["e.status IN (SELECT value FROM json_each(?))", listParameter(status)],
        );
      }
      if (status === undefined) return read();
      // Each status by its own index: a few dead letters are found among millions that were sent.
      const sign = order === "asc" ? 1 : -1;
      return [...new Set(status)]
        .flatMap((one) => read(["e.status = ?", one]))
        .sort((a, b) => sign * (a.position - b.position))
        .slice(0, limit + 1);
    }

    return toPage(readAll(), limit, {
      listing,
      keysOf: ({ position }) => [position],
      toItem: ({ body, sessionId: id }) => values.decode<Effect>(body, "effect", id),
    });
  };
}
