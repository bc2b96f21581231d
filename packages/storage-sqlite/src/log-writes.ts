import type { Activity, Firing, NewEvent, SessionChange } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import type { FiringBody } from "./log-rows.js";
import type { Positions } from "./positions.js";

/** Activities that one statement inserts: most of what a statement costs is not its rows. */
const rowsTogether = 8;
const activityColumns = [
  "position",
  "sid",
  "seq",
  "id",
  "type",
  "actor",
  "channel",
  "data",
  "occurred_at",
  "effective_at",
  "created_at",
] as const;

/** Writes what changes append: activities, firings and other events, in the order in which they will be read. */
export interface LogWrites {
  /** Forgets what a transaction that failed had left. */
  restart(): void;
  write(sid: number, change: SessionChange): void;
  /** Inserts the activities that still wait. To be called before COMMIT. */
  flush(): void;
}

export function prepareLogWrites({ db, values }: Connection, positions: Positions): LogWrites {
  const insertActivities = [rowsTogether, 1].map((rows) => ({
    rows,
    statement: db.prepare(
      `INSERT INTO activities (${activityColumns.join(", ")})
       VALUES ${Array(rows)
         .fill(`(${activityColumns.map(() => "?").join(", ")})`)
         .join(", ")}`,
    ),
  }));
  let waiting: unknown[] = [];
  const insertFiring = db.prepare(
    `INSERT INTO firings
       (position, sid, trigger, ordinal, id, fired_at, decided_at, seq, mode, arm, status, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertEvent = db.prepare("INSERT INTO events (position, sid, type, at, data) VALUES (?, ?, ?, ?, ?)");

  function writeActivity(sid: number, sessionId: string, activity: Activity): void {
    const data = values.encode(activity.data, "activity", sessionId);
    const { seq, id, type, actor, channel, occurredAt, effectiveAt, createdAt } = activity;
    waiting.push(
      positions.next(),
      sid,
      seq,
      id,
      type,
      actor,
      channel,
      data,
      occurredAt,
      effectiveAt,
      createdAt,
    );
  }

  function writeFiring(sid: number, sessionId: string, firing: Firing): void {
    const { id, trigger, ordinal, firedAt, decidedAt, seq, mode, arm, status, reason, blocker } = firing;
    const body = values.encode({ reason, blocker } satisfies FiringBody, "firing", sessionId);
    insertFiring.run(
      positions.next(),
      sid,
      trigger,
      ordinal,
      id,
      firedAt,
      decidedAt,
      seq,
      mode,
      arm,
      status,
      body,
    );
  }

  function writeEvent(sid: number, sessionId: string, event: NewEvent): void {
    const data = values.encode(event.data, "event", sessionId);
    insertEvent.run(positions.next(), sid, event.type, event.at, data);
  }

  function flush(): void {
    let from = 0;
    for (const { rows, statement } of insertActivities) {
      const size = rows * activityColumns.length;
      for (; waiting.length - from >= size; from += size) statement.run(waiting.slice(from, from + size));
    }
    waiting = [];
  }

  function write(sid: number, change: SessionChange): void {
    const { id, activities, firings, events } = change;
    // A session begins before anything happens in it, even where one change does both.
    const [first, ...others] = events ?? [];
    const beginsWith = first?.type === "session.created" ? first : undefined;
    if (beginsWith !== undefined) writeEvent(sid, id, beginsWith);
    if (activities !== undefined) for (const activity of activities) writeActivity(sid, id, activity);
    if (firings !== undefined) for (const firing of firings) writeFiring(sid, id, firing);
    if (first !== undefined && beginsWith === undefined) writeEvent(sid, id, first);
    for (const event of others) writeEvent(sid, id, event);
  }

  return {
    restart() {
      waiting = [];
    },
    write,
    flush,
  };
}
