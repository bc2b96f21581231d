import {
  type Activity,
  createId,
  type JsonObject,
  logEntry,
  mergePatch,
  OrchestratorError,
  type Recipient,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { idempotencyTtlMs, maxMetadataBytes } from "../limits.js";
import { askForAnswer } from "./agent-calls.js";
import { userActed } from "./escalations.js";
import { requireOpen } from "./status.js";
import type { SessionWork } from "./work.js";

/** An activity whose parts are checked and copied, and whose id and receive time are given. */
export type PreparedActivity = Omit<Activity, "seq" | "effectiveAt">;

export interface Recorded {
  readonly fromSeq: number;
  readonly activities: readonly Activity[];
  /** It had been recorded before, under the same idempotency key. */
  readonly repeated: boolean;
}

export interface RecordConditions {
  readonly idempotencyKey: string | null;
  /** The ownership epoch under which they were written. */
  readonly ifEpoch?: number;
}

/**
 * Records a batch wholly or not at all; each activity counts at its own moment. A batch on the way of which its session
 * is closed, by a trigger that it fires or by expiry, is still taken whole.
 */
export function recordActivities(
  work: SessionWork,
  prepared: readonly PreparedActivity[],
  { idempotencyKey, ifEpoch }: RecordConditions,
): Recorded {
  const known = idempotencyKey === null ? undefined : work.idempotent(idempotencyKey);
  if (known !== undefined) return { fromSeq: Number(known.outcome.fromSeq), activities: [], repeated: true };
  const first = prepared[0];
  // What was due before the first of them comes first; it may close the session.
  if (first !== undefined) work.advanceTo(momentOf(work, first));
  requireOpen(work);
  // The session as it is in this very decision: nobody can take over between the look and the record.
  const { id, ownershipEpoch } = work.session;
  if (ifEpoch !== undefined && ifEpoch !== ownershipEpoch) {
    throw new OrchestratorError(
      "stale_epoch",
      `Session ${id} is at ownership epoch ${ownershipEpoch}, not ${ifEpoch}: it changed hands meanwhile.`,
    );
  }
  const fromSeq = work.session.lastSeq + 1;
  const activities = prepared.map((activity) => {
    work.advanceTo(momentOf(work, activity));
    const recorded = work.append(activity);
    if (recorded.actor === "user" && recorded.type === "message") userWrote(work, recorded);
    return recorded;
  });
  work.advanceTo(work.now);
  if (idempotencyKey !== null) {
    work.addIdempotency({
      key: idempotencyKey,
      outcome: { fromSeq, count: activities.length },
      expiresAt: work.now + idempotencyTtlMs,
    });
  }
  return { fromSeq, activities, repeated: false };
}

function userWrote(work: SessionWork, message: Activity): void {
  userActed(work, textOf(message));
  if (work.rulebook.agents.onMessage === "every" && work.session.status === "active")
    askForAnswer(work, message.channel);
}

function textOf({ data }: Activity): string {
  return typeof data.text === "string" ? data.text.slice(0, 20_000) : "The user has written.";
}

function momentOf(work: SessionWork, activity: PreparedActivity): number {
  return Math.min(Math.max(activity.occurredAt, work.session.evaluatedAt), work.now);
}

export interface SessionPatch {
  /** A JSON merge patch (RFC 7396): members are merged, null removes one. */
  readonly metadata?: JsonObject;
  readonly summary?: string | null;
  readonly recipient?: Recipient | null;
  readonly expectedRevision?: number;
}

export function updateSession(work: SessionWork, patch: SessionPatch): void {
  const { session } = work;
  requireOpen(work);
  if (patch.expectedRevision !== undefined && patch.expectedRevision !== session.revision) {
    throw new OrchestratorError(
      "revision_conflict",
      `Session ${session.id} is at revision ${session.revision}, not ${patch.expectedRevision}. Read it again and repeat the update.`,
    );
  }
  const metadata =
    patch.metadata === undefined
      ? undefined
      : toJsonObject(mergePatch(session.metadata, patch.metadata), {
          name: "merged metadata",
          maxBytes: maxMetadataBytes,
        });
  work.patch({
    revision: session.revision + 1,
    ...(metadata !== undefined && { metadata }),
    ...(patch.summary !== undefined && { summary: patch.summary }),
    ...(patch.recipient !== undefined && { recipient: patch.recipient }),
  });
  work.event({ type: "session.updated", at: session.evaluatedAt, data: { revision: session.revision } });
  if (patch.metadata !== undefined) {
    work.append({
      id: createId(work.now),
      type: logEntry.metadataChanged,
      actor: "system",
      channel: null,
      data: { patch: patch.metadata },
      occurredAt: session.evaluatedAt,
      createdAt: work.now,
    });
  }
}
