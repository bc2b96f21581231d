import type { EventPage, Storage, StoredEvent } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { checkedLimit, invalidCursor, readEventCursor, writeEventCursor } from "./cursors.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import type { Statement } from "./sql.js";
import type { Values } from "./values.js";

type EventQuery = Parameters<Storage["readEvents"]>[0];

interface Placed {
  readonly position: number;
  readonly sessionId: string;
}
interface EventRow extends Placed {
  readonly type: string;
  readonly at: number;
  readonly data: string;
}

/** An event that is decoded only once it is known to be on the page. */
interface Candidate {
  readonly position: number;
  readonly decode: () => StoredEvent;
}

/** The statements that read the three parts of the stream after a position ($1), some ($2) of each. */
interface Parts {
  readonly activities: Statement;
  readonly firings: Statement;
  readonly events: Statement;
}

// The sequence is ahead of what is committed, so it says only which cursors cannot be.
const highestGiven = {
  name: "highest_position",
  text: "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS position FROM positions",
};
const newestCommitted = {
  name: "newest_position",
  text: `SELECT greatest((SELECT max(position) FROM activities), (SELECT max(position) FROM firings),
           (SELECT max(position) FROM events), 0) AS position`,
};

const ofAll = partsWith("all", {
  activities: "a.position > $1 ORDER BY a.position",
  others: (alias) => `${alias}.position > $1 ORDER BY ${alias}.position`,
});
// Activities of one session are found by halving its log, since seq and position grow together: an index of its own
// would have to be written with every activity.
const ofSession = partsWith("session", {
  activities: `s.id = $3 AND a.seq >= (
    WITH RECURSIVE halving (sid, low, high) AS (
      SELECT sid, 1::bigint, last_seq + 1 FROM sessions WHERE id = $3
      UNION ALL
      SELECT h.sid, CASE WHEN m.after THEN h.low ELSE m.seq + 1 END, CASE WHEN m.after THEN m.seq ELSE h.high END
      FROM halving h CROSS JOIN LATERAL (
        SELECT (h.low + h.high) / 2 AS seq, coalesce((
          SELECT l.position > $1 FROM activities l WHERE l.sid = h.sid AND l.seq >= (h.low + h.high) / 2
          ORDER BY l.seq LIMIT 1), TRUE) AS after
      ) m WHERE h.low < h.high
    ) SELECT low FROM halving WHERE low = high
  ) ORDER BY a.seq`,
  others: (alias) => `s.id = $3 AND ${alias}.position > $1 ORDER BY ${alias}.position`,
});

function partsWith(
  name: string,
  conditions: { readonly activities: string; others(alias: string): string },
): Parts {
  const part = (table: string, alias: string, columns: string, condition: string) => ({
    name: `stream_${table}_${name}`,
    text: `SELECT ${alias}.position, s.id AS "sessionId", ${columns}
           FROM ${table} ${alias} JOIN sessions s ON s.sid = ${alias}.sid WHERE ${condition} LIMIT $2`,
  });
  return {
    activities: part("activities", "a", activityColumns, conditions.activities),
    firings: part("firings", "f", firingColumns, conditions.others("f")),
    events: part("events", "e", "e.type, e.at, e.data", conditions.others("e")),
  };
}

/** Reads the durable events: activities, firings and other events, merged by the position that they share. */
export function eventReader(values: Values) {
  function fromActivity(row: ActivityRow & Placed): StoredEvent {
    const { sessionId } = row;
    const data = toActivity(row, sessionId, values);
    const cursor = writeEventCursor(row.position);
    return { type: "activity.recorded", sessionId, at: data.createdAt, data, cursor };
  }

  function fromFiring(row: FiringRow & Placed): StoredEvent {
    const { sessionId } = row;
    const data = toFiring(row, sessionId, values);
    const cursor = writeEventCursor(row.position);
    return { type: "trigger.fired", sessionId, at: data.decidedAt, data, cursor };
  }

  function fromEvent({ position, sessionId, type, at, data: text }: EventRow): StoredEvent {
    const data = values.decode<StoredEvent["data"]>(text, "event", sessionId);
    return { type, sessionId, at, data, cursor: writeEventCursor(position) } as StoredEvent;
  }

  async function readEvents(queryable: Queryable, query: EventQuery): Promise<EventPage> {
    const limit = checkedLimit(query.limit);
    const after = readEventCursor(query.after);
    if (after > (await positionBy(queryable, highestGiven))) {
      throw invalidCursor("It lies after the newest event. Is the database an older copy of what it was?");
    }
    const { sessionId } = query;
    const [parts, parameters] =
      sessionId === undefined ? [ofAll, [after, limit]] : [ofSession, [after, limit, sessionId]];
    const candidates: Candidate[] = [
      ...candidatesOf(await queryable.rows<ActivityRow & Placed>(parts.activities, parameters), fromActivity),
      ...candidatesOf(await queryable.rows<FiringRow & Placed>(parts.firings, parameters), fromFiring),
      ...candidatesOf(await queryable.rows<EventRow>(parts.events, parameters), fromEvent),
    ];
    const shown = candidates.sort((a, b) => a.position - b.position).slice(0, limit);
    return {
      events: shown.map(({ decode }) => decode()),
      cursor: writeEventCursor(shown.at(-1)?.position ?? after),
    };
  }

  return {
    readEvents,
    lastEventCursor: async (queryable: Queryable) =>
      writeEventCursor(await positionBy(queryable, newestCommitted)),
  };
}

async function positionBy(queryable: Queryable, statement: Statement): Promise<number> {
  const [row] = await queryable.rows<{ position: number }>(statement);
  return row?.position ?? 0;
}

function candidatesOf<Row extends Placed>(
  rows: readonly Row[],
  decode: (row: Row) => StoredEvent,
): Candidate[] {
  return rows.map((row) => ({ position: row.position, decode: () => decode(row) }));
}
