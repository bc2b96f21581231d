import type { Activity, Firing, NewEvent, SessionChange } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import type { FiringBody } from "./log-rows.js";
import type { Positions } from "./positions.js";

/** Writes what a change appends: activities, firings and other events, in the order in which they will be read. */
export type WriteLog = (sid: number, change: SessionChange) => void;

export function prepareLogWrites({ db, values }: Connection, positions: Positions): WriteLog {
  const insertActivity = db.prepare(
    `INSERT INTO activities
       (position, sid, seq, id, type, actor, channel, data, occurred_at, effective_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertFiring = db.prepare(
    `INSERT INTO firings
       (position, sid, trigger, ordinal, id, fired_at, decided_at, seq, mode, arm, status, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertEvent = db.prepare("INSERT INTO events (position, sid, type, at, data) VALUES (?, ?, ?, ?, ?)");

  function writeActivity(sid: number, sessionId: string, activity: Activity): void {
    const data = values.encode(activity.data, "activity", sessionId);
    const { seq, id, type, actor, channel, occurredAt, effectiveAt, createdAt } = activity;
    // One by one, and no array: binding costs as much as inserting, and an array of values costs more to bind.
    insertActivity.run(
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

  return (sid, change) => {
    const { id, activities, firings, events } = change;
    // A session begins before anything happens in it, even where one change does both.
    const [first, ...others] = events ?? [];
    const beginsWith = first?.type === "session.created" ? first : undefined;
    if (beginsWith !== undefined) writeEvent(sid, id, beginsWith);
    if (activities !== undefined) for (const activity of activities) writeActivity(sid, id, activity);
    if (firings !== undefined) for (const firing of firings) writeFiring(sid, id, firing);
    if (first !== undefined && beginsWith === undefined) writeEvent(sid, id, first);
    for (const event of others) writeEvent(sid, id, event);
  };
}
