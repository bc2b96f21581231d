import { type Escalation, type EventName, hasEnded, type OrchestratorEvent } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import type { Shown } from "../views.js";
import { Bell } from "./bell.js";
import { type Happening, happeningOf } from "./happenings.js";

/** Events of this process after which it is worth to look again. */
const worthALook = [
  "activity.recorded",
  "approval.decided",
  "escalation.cancelled",
  "escalation.claimed",
  "escalation.exhausted",
  "escalation.expired",
  "escalation.handed_back",
  "escalation.released",
  "escalation.resolved",
  "escalation.transferred",
] as const satisfies readonly EventName[];

const pageSize = 500;

export interface Following {
  readonly orchestrator: Orchestrator;
  readonly escalation: Escalation;
  /** Where the call before ended; null: from the session's first event. */
  readonly after: string | null;
  readonly waitMs: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly shown: Shown;
  /** Called before each wait. */
  waiting(escalation: Escalation, elapsedMs: number): Promise<void>;
}

export interface Followed {
  readonly escalation: Escalation;
  readonly happened: readonly Happening[];
  /** Nothing before it has to be read again, and nothing after it was. */
  readonly cursor: string | null;
}

/**
 * What people have done about an escalation since a cursor; waits for it, where it is nothing yet. The durable events are
 * what is told, so that nothing is missed between two calls, or while the process was down; the events of this process
 * only say when to look, and what other processes commit is looked for every `pollMs`.
 */
export async function follow(following: Following): Promise<Followed> {
  const { orchestrator, waitMs, pollMs, signal, shown } = following;
  const { clock } = orchestrator;
  const { id, sessionId } = following.escalation;
  const bell = new Bell();
  const ends = worthALook.map((name) =>
    orchestrator.on(name, (event) => {
      if (event.sessionId === sessionId) bell.ring();
    }),
  );
  const startedAt = clock.now();
  let cursor = following.after;
  try {
    for (;;) {
      // The record first: its end must not be newer than the events that are read after it.
      const before = await orchestrator.escalations.get(id);
      const { events, ...read } = await news(following, before, cursor);
      cursor = read.cursor;
      const elapsedMs = clock.now() - startedAt;
      if (events.length > 0 || hasEnded(before.status) || elapsedMs >= waitMs || signal.aborted) {
        const escalation = await orchestrator.escalations.get(id);
        const happened = events.flatMap((event) => happeningOf(event, escalation, shown) ?? []);
        return { escalation, happened, cursor };
      }
      await following.waiting(before, elapsedMs);
      await bell.wait(clock, Math.min(pollMs, waitMs - elapsedMs), signal);
    }
  } finally {
    for (const end of ends) end();
  }
}

async function news(
  { orchestrator, shown }: Following,
  escalation: Escalation,
  after: string | null,
): Promise<{ readonly events: OrchestratorEvent[]; readonly cursor: string | null }> {
  const events: OrchestratorEvent[] = [];
  let cursor = after;
  for (;;) {
    const page = await orchestrator.readEvents({
      after: cursor,
      session: { id: escalation.sessionId },
      limit: pageSize,
    });
    events.push(...page.events.filter((event) => happeningOf(event, escalation, shown) !== null));
    cursor = page.cursor;
    if (page.events.length < pageSize) return { events, cursor };
  }
}
