import type { EventPage, StoredEvent } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, invalidCursor, readEventCursor, writeEventCursor } from "./cursors.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import { highestPosition } from "./positions.js";

interface EventQuery {
  readonly after?: string | null;
  readonly sessionId?: string;
  readonly limit: number;
}

type Head = readonly [position: number, sessionId: string];
type ActivityEntry = readonly [...Head, ...ActivityRow];
type FiringEntry = readonly [...Head, ...FiringRow];
type EventEntry = readonly [...Head, type: string, at: number, data: string];

/** An event that is decoded only once it is known to be on the page. */
interface Candidate {
  readonly position: number;
  readonly decode: () => StoredEvent;
}

/** Reads the durable events: activities, firings and other events, merged by the position that they share. */
export function prepareEvents({ db, values }: Connection) {
  const highest = db.prepare<[], number>(`SELECT ${highestPosition}`).pluck();
  const activitiesAfter = db
    .prepare<[number, number], ActivityEntry>(
      `SELECT a.position, s.id, ${activityColumns} FROM activities a CROSS JOIN sessions s ON s.sid = a.sid
       WHERE a.position > ? ORDER BY a.position LIMIT ?`,
    )
    .raw();
  const firingsAfter = db
    .prepare<[number, number], FiringEntry>(
      `SELECT f.position, s.id, ${firingColumns} FROM firings f CROSS JOIN sessions s ON s.sid = f.sid
       WHERE f.position > ? ORDER BY f.position LIMIT ?`,
    )
    .raw();
  const eventsAfter = db
    .prepare<[number, number], EventEntry>(
      `SELECT e.position, s.id, e.type, e.at, e.data FROM events e CROSS JOIN sessions s ON s.sid = e.sid
       WHERE e.position > ? ORDER BY e.position LIMIT ?`,
    )
    .raw();

  const sessionById = db.prepare<[string], { sid: number; last_seq: number }>(
    "SELECT sid, last_seq FROM sessions WHERE id = ?",
  );
  const positionFromSeq = db
    .prepare<[number, number], number>(
      "SELECT position FROM activities WHERE sid = ? AND seq >= ? ORDER BY seq LIMIT 1",
    )
    .pluck();
  const activitiesOfSession = db
    .prepare<[string, number, number, number], ActivityEntry>(
      `SELECT a.position, ?, ${activityColumns} FROM activities a
       WHERE a.sid = ? AND a.seq >= ? ORDER BY a.seq LIMIT ?`,
    )
    .raw();
  const firingsOfSession = db
    .prepare<[string, number, number, number], FiringEntry>(
      `SELECT f.position, ?, ${firingColumns} FROM firings f
       WHERE f.sid = ? AND f.position > ? ORDER BY f.position LIMIT ?`,
    )
    .raw();
  const eventsOfSession = db
    .prepare<[string, number, number, number], EventEntry>(
      `SELECT e.position, ?, e.type, e.at, e.data FROM events e
       WHERE e.sid = ? AND e.position > ? ORDER BY e.position LIMIT ?`,
    )
    .raw();

  /**
   * The first `seq` of a session's activities after a position. Found by halving, since both grow together: an index
   * of its own would have to be written with every activity.
   */
  function firstSeqAfter(sid: number, lastSeq: number, position: number): number {
    let low = 1;
    let high = lastSeq + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((positionFromSeq.get(sid, middle) ?? Number.POSITIVE_INFINITY) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function ofAll(after: number, limit: number): Candidate[] {
    return [
      ...activitiesAfter.all(after, limit).map(fromActivity),
      ...firingsAfter.all(after, limit).map(fromFiring),
      ...eventsAfter.all(after, limit).map(fromEvent),
    ];
  }

  function ofSession(sessionId: string, after: number, limit: number): Candidate[] {
    const session = sessionById.get(sessionId);
    if (session === undefined) return [];
    const { sid, last_seq: lastSeq } = session;
    const fromSeq = firstSeqAfter(sid, lastSeq, after);
    return [
      ...activitiesOfSession.all(sessionId, sid, fromSeq, limit).map(fromActivity),
      ...firingsOfSession.all(sessionId, sid, after, limit).map(fromFiring),
      ...eventsOfSession.all(sessionId, sid, after, limit).map(fromEvent),
    ];
  }

  function fromActivity([position, sessionId, ...row]: ActivityEntry): Candidate {
    return {
      position,
      decode: () => {
        const data = toActivity(row, sessionId, values);
        return {
          type: "activity.recorded",
          sessionId,
          at: data.createdAt,
          data,
          cursor: writeEventCursor(position),
        };
      },
    };
  }

  function fromFiring([position, sessionId, ...row]: FiringEntry): Candidate {
    return {
      position,
      decode: () => {
        const data = toFiring(row, sessionId, values);
        return {
          type: "trigger.fired",
          sessionId,
          at: data.decidedAt,
          data,
          cursor: writeEventCursor(position),
        };
      },
    };
  }

  function fromEvent([position, sessionId, type, at, text]: EventEntry): Candidate {
    return {
      position,
      decode: () => {
        const data = values.decode<StoredEvent["data"]>(text, "event", sessionId);
        return { type, sessionId, at, data, cursor: writeEventCursor(position) } as StoredEvent;
      },
    };
  }

  function readEvents(query: EventQuery): EventPage {
    const limit = checkedLimit(query.limit);
    const after = readEventCursor(query.after);
    const last = highest.get() ?? 0;
    if (after > last) {
      throw invalidCursor(
        `It lies after the newest event of ${db.name}, which may be an older copy of what it was.`,
      );
    }
    const candidates =
      query.sessionId === undefined ? ofAll(after, limit) : ofSession(query.sessionId, after, limit);
    const shown = candidates.sort((a, b) => a.position - b.position).slice(0, limit);
    return {
      events: shown.map(({ decode }) => decode()),
      cursor: writeEventCursor(shown.at(-1)?.position ?? after),
    };
  }

  return { readEvents, lastEventCursor: () => writeEventCursor(highest.get() ?? 0) };
}
