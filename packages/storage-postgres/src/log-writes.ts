import {
  type Activity,
  type Effect,
  effectStatus,
  type Firing,
  type NewEvent,
  type SessionChange,
} from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { writeEffects } from "./effect-writes.js";
import { escalationOfAnother, escalationRow, writeEscalations } from "./escalation-writes.js";
import type { FiringBody } from "./log-rows.js";
import type { WriteContext } from "./session-writes.js";
import { byColumn, type Column, insertInto } from "./sql.js";

const place: readonly Column[] = [
  ["position", "bigint"],
  ["sid", "bigint"],
];
const activityColumns: readonly Column[] = [
  ...place,
  ["seq", "bigint"],
  ["id", "text"],
  ["type", "text"],
  ["actor", "text"],
  ["channel", "text"],
  ["data", "text"],
  ["occurred_at", "double precision"],
  ["effective_at", "double precision"],
  ["created_at", "double precision"],
];
const firingColumns: readonly Column[] = [
  ...place,
  ["trigger", "text"],
  ["ordinal", "bigint"],
  ["id", "text"],
  ["fired_at", "double precision"],
  ["decided_at", "double precision"],
  ["seq", "bigint"],
  ["mode", "text"],
  ["arm", "text"],
  ["status", "text"],
  ["body", "text"],
];
const eventColumns: readonly Column[] = [
  ...place,
  ["type", "text"],
  ["at", "double precision"],
  ["data", "text"],
];

const takePositions = { name: "take_positions", text: "SELECT take_positions($1) AS first" };
const insertActivities = insertInto("activities", activityColumns);
const insertFirings = insertInto("firings", firingColumns);
const insertEvents = insertInto("events", eventColumns);

/** A row whose position is still to be given: each is a place in the one order. */
interface Rows {
  readonly activities: unknown[][];
  readonly firings: unknown[][];
  readonly events: unknown[][];
  readonly effects: Map<string, readonly [row: unknown[], effect: Effect]>;
  readonly escalations: Map<string, unknown[]>;
}

/** Writes what changes append, in the order in which it will be read, and their effects and escalations. */
export async function writeLog(
  queryable: Queryable,
  changes: readonly SessionChange[],
  context: WriteContext,
): Promise<void> {
  const rows: Rows = { activities: [], firings: [], events: [], effects: new Map(), escalations: new Map() };
  let count = 0;
  const place = (sid: number | undefined) => [count++, sid] as const;
  for (const change of changes) appendChange(rows, change, { ...context, place });
  if (count === 0) return;
  const [{ first } = { first: 0 }] = await queryable.rows<{ first: number }>(takePositions, [count]);
  const placedRow = ([offset, ...row]: readonly unknown[]) => [first + Number(offset), ...row];
  const placed = (list: readonly unknown[][]) => list.map(placedRow);
  const batches = [
    [insertActivities, activityColumns, rows.activities],
    [insertFirings, firingColumns, rows.firings],
    [insertEvents, eventColumns, rows.events],
  ] as const;
  for (const [statement, columns, list] of batches) {
    if (list.length > 0) await queryable.count(statement, byColumn(placed(list), columns));
  }
  const effects = [...rows.effects.values()];
  await writeEffects(
    queryable,
    placed(effects.map(([row]) => row)),
    effects.map(([, effect]) => effect),
  );
  const escalations = [...rows.escalations].map(([id, row]) => [id, placedRow(row)] as const);
  await writeEscalations(queryable, new Map(escalations));
}

interface AppendContext extends WriteContext {
  place(sid: number | undefined): readonly [offset: number, sid: number | undefined];
}

function appendChange(rows: Rows, change: SessionChange, { sids, values, place }: AppendContext): void {
  const { id, activities = [], firings = [], events = [], effects = [], escalations = [] } = change;
  const sid = sids.get(id);
  const appendActivity = (activity: Activity) => {
    const { seq, type, actor, channel, data, occurredAt, effectiveAt, createdAt } = activity;
    const text = values.encode(data, "activity", id);
    rows.activities.push([
      ...place(sid),
      seq,
      activity.id,
      type,
      actor,
      channel,
      text,
      occurredAt,
      effectiveAt,
      createdAt,
    ]);
  };
  const appendFiring = (firing: Firing) => {
    const { trigger, ordinal, firedAt, decidedAt, seq, mode, arm, status, reason, blocker } = firing;
    const body = values.encode({ reason, blocker } satisfies FiringBody, "firing", id);
    rows.firings.push([
      ...place(sid),
      trigger,
      ordinal,
      firing.id,
      firedAt,
      decidedAt,
      seq,
      mode,
      arm,
      status,
      body,
    ]);
  };
  const appendEvent = ({ type, at, data }: NewEvent) => {
    rows.events.push([...place(sid), type, at, values.encode(data, "event", id)]);
  };
  // A session begins before anything happens in it, even where one change does both.
  const beginsFirst = events[0]?.type === "session.created";
  if (beginsFirst) events.slice(0, 1).forEach(appendEvent);
  activities.forEach(appendActivity);
  firings.forEach(appendFiring);
  events.slice(beginsFirst ? 1 : 0).forEach(appendEvent);
  for (const effect of effects) {
    const body = values.encode(effect, "effect", id);
    const row = [effect.id, effect.kind, effect.lane, effectStatus(effect), effect.dueAt, body];
    // The last one of an id counts, in the place of the first.
    const [offset = place(sid)[0]] = (rows.effects.get(effect.id)?.[0] ?? []) as [number?];
    rows.effects.set(effect.id, [[offset, sid, ...row], effect]);
  }
  for (const escalation of escalations) {
    const row = escalationRow(escalation, values.encode(escalation, "escalation", id));
    const [offset = place(sid)[0], holder = sid] = rows.escalations.get(escalation.id) ?? [];
    if (holder !== sid) throw escalationOfAnother(escalation.id);
    rows.escalations.set(escalation.id, [offset, sid, ...row]);
  }
}
