import {
  type Activity,
  type JsonObject,
  logEntry,
  mergePatch,
  OrchestratorError,
  type Session,
  type TriggerInput,
} from "@hybrid-orchestrator/core";
import { createRuleSet, parseTriggers } from "@hybrid-orchestrator/triggers";
import type { RecordedFiring, Recording } from "./recording.js";

export interface ReplayedFiring extends RecordedFiring {
  readonly reason: string;
}

export interface ReplayOptions {
  /** Other rules than those of the recording, to see what they would do. */
  readonly triggers?: readonly TriggerInput[];
  readonly maxFiresPerSession?: number | null;
  /** Told after each log entry. */
  readonly onProgress?: (done: number) => void;
}

const recent = 50;

/**
 * What fires when a session is lived through again. Sends and changes nothing.
 * @throws OrchestratorError `invalid_trigger`, `unknown_name`
 */
export async function replay(
  recording: Recording,
  {
    triggers = recording.triggers,
    maxFiresPerSession = recording.maxFiresPerSession,
    onProgress,
  }: ReplayOptions = {},
): Promise<ReplayedFiring[]> {
  if (recording.format !== 1)
    throw new OrchestratorError(
      "invalid_argument",
      "The recording has another format than this version reads.",
    );
  const rules = createRuleSet(parseTriggers(triggers).triggers, { maxFiresPerSession });
  const session: Session = { ...recording.session, lastActivityAt: { ...recording.session.lastActivityAt } };
  const trackers = rules.restore({ session, counters: {}, checkpoint: null, activities: [], firings: [] });
  const fired: ReplayedFiring[] = [];
  const newest: Activity[] = [];
  let evaluatedAt = session.createdAt;

  type Settled = { readonly trigger: string; readonly leaf: number; readonly holds: boolean };
  async function evaluate(at: number, activity: Activity | null, settled?: Settled): Promise<void> {
    const { matches, pending } = trackers.evaluate(session, {
      at,
      now: at,
      activity,
      recent: newest,
      ...(settled && { settled }),
    });
    for (const { trigger, ordinal, reason } of matches)
      fired.push({ trigger: trigger.name, ordinal, firedAt: at, reason });
    for (const { trigger, leaf, promise } of pending)
      await evaluate(at, null, { trigger, leaf, holds: await promise.catch(() => false) });
  }

  /** Time first: whatever is due before the next entry fires before it. */
  async function advance(to: number): Promise<void> {
    for (
      let due = trackers.nextDueAt(session, evaluatedAt);
      due !== null && due <= to;
      due = trackers.nextDueAt(session, evaluatedAt)
    ) {
      evaluatedAt = due;
      await evaluate(due, null);
    }
    evaluatedAt = Math.max(evaluatedAt, to);
  }

  for (const [index, activity] of recording.activities.entries()) {
    await advance(activity.effectiveAt);
    change(session, activity);
    newest.push(activity);
    if (newest.length > recent) newest.shift();
    trackers.apply(activity);
    await evaluate(activity.effectiveAt, activity);
    onProgress?.(index + 1);
  }
  await advance(recording.until);
  return fired;
}

/** The entry's own effect on the session. */
function change(session: Session, { type, actor, occurredAt, data }: Activity): void {
  if (type === logEntry.statusChanged) session.status = data.to as Session["status"];
  if (type === logEntry.metadataChanged)
    session.metadata = mergePatch(session.metadata, (data.patch ?? {}) as JsonObject);
  session.lastActivityAt[actor] = Math.max(session.lastActivityAt[actor] ?? 0, occurredAt);
}

export interface Comparison {
  readonly same: readonly ReplayedFiring[];
  /** Fires now and did not fire then. */
  readonly added: readonly ReplayedFiring[];
  /** Fired then and does not fire now. */
  readonly missing: readonly RecordedFiring[];
}

export function compare(before: readonly RecordedFiring[], after: readonly ReplayedFiring[]): Comparison {
  const key = ({ trigger, firedAt }: RecordedFiring) => JSON.stringify([trigger, firedAt]);
  const then = new Set(before.map(key));
  const now = new Set(after.map(key));
  return {
    same: after.filter((each) => then.has(key(each))),
    added: after.filter((each) => !then.has(key(each))),
    missing: before.filter((each) => !now.has(key(each))),
  };
}
