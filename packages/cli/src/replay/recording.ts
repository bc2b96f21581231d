import {
  type Activity,
  type Firing,
  type JsonObject,
  logEntry,
  type Session,
  type TriggerInput,
} from "@hybrid-orchestrator/core";

/** A session as it can be lived through again: how it began, what came in, and what fired. */
export interface Recording {
  readonly format: 1;
  /** As it was before its first log entry, as far as the log tells. */
  readonly session: Session;
  /** The whole log, oldest first. */
  readonly activities: readonly Activity[];
  readonly firings: readonly RecordedFiring[];
  /** Up to when time is known to have been looked at. */
  readonly until: number;
  readonly triggers: readonly TriggerInput[];
  readonly maxFiresPerSession: number | null;
}

export type RecordedFiring = Pick<Firing, "trigger" | "ordinal" | "firedAt">;

export interface RecordingSource {
  readonly session: Session;
  readonly activities: readonly Activity[];
  readonly firings: readonly Firing[];
  readonly triggers: readonly TriggerInput[];
  readonly maxFiresPerSession: number | null;
}

export function record({
  session,
  activities,
  firings,
  triggers,
  maxFiresPerSession,
}: RecordingSource): Recording {
  const lastAt = Math.max(
    session.createdAt,
    ...activities.slice(-1).map(({ effectiveAt }) => effectiveAt),
    ...firings.map(({ firedAt }) => firedAt),
  );
  return {
    format: 1,
    session: atBeginning(session, activities),
    activities,
    firings: firings.map(({ trigger, ordinal, firedAt }) => ({ trigger, ordinal, firedAt })),
    until: Math.max(lastAt, session.updatedAt),
    triggers,
    maxFiresPerSession,
  };
}

/**
 * The log has every change of status and metadata, and not what they were at first: the status is what the first change
 * came from, and of the metadata what no change ever touched is taken.
 */
function atBeginning(session: Session, activities: readonly Activity[]): Session {
  const first = activities.find(({ type }) => type === logEntry.statusChanged);
  const touched = new Set(
    activities
      .filter(({ type }) => type === logEntry.metadataChanged)
      .flatMap(({ data }) => Object.keys((data.patch ?? {}) as JsonObject)),
  );
  return {
    ...session,
    status: first === undefined ? session.status : (first.data.from as Session["status"]),
    metadata: Object.fromEntries(Object.entries(session.metadata).filter(([key]) => !touched.has(key))),
    lastActivityAt: { user: null, ai: null, human: null, system: null },
  };
}
