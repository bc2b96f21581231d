import type { StoredEvent } from "@hybrid-orchestrator/core";
import { groupBy, type StoredSession } from "./read-all.js";

/** The stream tells all that happened in a session, in order, each once. */
export function violationsOfEvents({ session, log, firings, effects, events }: StoredSession): string[] {
  const found: string[] = [];
  const told = {
    activities: events.flatMap((event) => (event.type === "activity.recorded" ? [event.data.id] : [])),
    firings: events.flatMap((event) => (event.type === "trigger.fired" ? [event.data.id] : [])),
  };
  if (told.activities.join() !== log.map(({ id }) => id).join())
    found.push(`${log.length} activities, and ${told.activities.length} events of them, or in another order`);
  if (told.firings.join() !== firings.map(({ id }) => id).join())
    found.push(`${firings.length} firings, and ${told.firings.length} events of them, or in another order`);
  const count = (type: StoredEvent["type"]): number => events.filter((event) => event.type === type).length;
  if (count("session.created") !== 1) found.push(`created ${count("session.created")} times`);
  const moves = log.filter(({ type }) => type === "session.status_changed").map(({ data }) => data.to);
  const toldMoves = events.flatMap((event) =>
    event.type === "session.status_changed" ? [event.data.to] : [],
  );
  if (moves.join() !== toldMoves.join()) found.push(`status changes [${moves}], told as [${toldMoves}]`);
  if ((moves.at(-1) ?? "active") !== session.status)
    found.push(`the status is ${session.status}, the log ends with ${moves.at(-1)}`);
  const attempts = groupBy(
    events.flatMap((event) => (event.type === "delivery.attempted" ? [event.data] : [])),
    ({ deliveryId }) => deliveryId,
  );
  for (const effect of effects) {
    if (effect.kind !== "delivery") continue;
    const attempted = attempts.get(effect.id)?.length ?? 0;
    if (attempted !== effect.delivery.attempts.length)
      found.push(`delivery ${effect.id}: ${effect.delivery.attempts.length} attempts, ${attempted} told`);
  }
  const cursors = new Set(events.map(({ cursor }) => cursor));
  if (cursors.size !== events.length) found.push("two events have the same cursor");
  return found;
}

/** A sink gets every event at least once, and first in the order in which they were committed. */
export function violationsOfSink(events: readonly StoredEvent[], sink: readonly StoredEvent[]): string[] {
  const first = [...new Set(sink.map(({ cursor }) => cursor))];
  const expected = events.map(({ cursor }) => cursor);
  if (first.join() === expected.join()) return [];
  const given = new Set(first);
  const missing = expected.filter((cursor) => !given.has(cursor));
  return [
    missing.length > 0
      ? `the sink missed ${missing.length} of ${expected.length} events`
      : "the sink got its events in another order",
  ];
}
