import { effectStatus, type StoredEvent } from "@hybrid-orchestrator/core";
import type { StoredSession } from "./read-all.js";

/** The stream tells all that happened in a session, in order, each once. */
export function violationsOfEvents({ session, log, firings, effects, events }: StoredSession): string[] {
  const found: string[] = [];
  const recorded = {
    activities: events.flatMap((event) => (event.type === "activity.recorded" ? [event.data.id] : [])),
    firings: events.flatMap((event) => (event.type === "trigger.fired" ? [event.data.id] : [])),
  };
  if (recorded.activities.join() !== log.map(({ id }) => id).join())
    found.push(
      `${log.length} activities, and ${recorded.activities.length} events of them, or in another order`,
    );
  if (recorded.firings.join() !== firings.map(({ id }) => id).join())
    found.push(
      `${firings.length} firings, and ${recorded.firings.length} events of them, or in another order`,
    );
  const count = (type: StoredEvent["type"]): number => events.filter((event) => event.type === type).length;
  if (count("session.created") !== 1) found.push(`created ${count("session.created")} times`);
  const moves = log.filter(({ type }) => type === "session.status_changed").map(({ data }) => data.to);
  const toldMoves = events.flatMap((event) =>
    event.type === "session.status_changed" ? [event.data.to] : [],
  );
  if (moves.join() !== toldMoves.join()) found.push(`status changes [${moves}], told as [${toldMoves}]`);
  if ((moves.at(-1) ?? "active") !== session.status)
    found.push(`the status is ${session.status}, the log ends with ${moves.at(-1)}`);
  const told = toldEnds(events);
  for (const effect of effects) {
    const { attempted, ended } = told.get(effect.id) ?? { attempted: 0, ended: 0 };
    if (effect.kind === "delivery") {
      if (attempted !== effect.delivery.attempts.length)
        found.push(`delivery ${effect.id}: ${effect.delivery.attempts.length} attempts, ${attempted} told`);
    } else if (effect.kind !== "staffing" && ended !== (effect.dueAt === null ? 1 : 0)) {
      // An agent's decision acts in the commit that tells its end, so it acts as often as that is told.
      found.push(`effect ${effect.id} ${effectStatus(effect)}: its end was told ${ended} times`);
    }
  }
  const cursors = new Set(events.map(({ cursor }) => cursor));
  if (cursors.size !== events.length) found.push("two events have the same cursor");
  return found;
}

/** How often the begin of a delivery's attempt, and the end of a call, an action or a tool, were told; by effect. */
function toldEnds(events: readonly StoredEvent[]): ReadonlyMap<string, { attempted: number; ended: number }> {
  const told = new Map<string, { attempted: number; ended: number }>();
  const of = (id: string) => {
    const counts = told.get(id) ?? { attempted: 0, ended: 0 };
    told.set(id, counts);
    return counts;
  };
  for (const event of events) {
    switch (event.type) {
      case "delivery.attempted":
        of(event.data.deliveryId).attempted += 1;
        break;
      case "agent.decided":
      case "agent.failed":
      case "action.done":
      case "action.failed":
      case "tool.done":
      case "tool.failed":
        of(event.data.effectId).ended += 1;
        break;
    }
  }
  return told;
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
