import type { Activity, Firing, JsonObject, Session, TriggerInput } from "@hybrid-orchestrator/core";
import { mergePatch } from "@hybrid-orchestrator/core";
import { createRuleSet, parseTrigger, type RuleSet } from "@hybrid-orchestrator/triggers";

export function rulesOf(triggers: readonly TriggerInput[]): RuleSet {
  return createRuleSet(triggers.map((trigger) => parseTrigger(trigger)));
}

/** What fires in one pass over a log up to `until`, nothing kept in between but the engine's own state. */
export function replayLog(
  rules: RuleSet,
  created: Session,
  log: readonly Activity[],
  until: number,
): string[] {
  const nothing = { counters: {}, checkpoint: null, activities: [], firings: [] };
  const trackers = rules.restore({ session: created, ...nothing });
  let session = created;
  let evaluatedAt = created.createdAt;
  const fired: string[] = [];
  const evaluate = (activity: Activity | null, seq: number): void => {
    const moment = { at: evaluatedAt, now: evaluatedAt, activity, recent: [] };
    for (const { trigger, ordinal } of trackers.evaluate(session, moment).matches) {
      fired.push(tellFiring({ trigger: trigger.name, ordinal, firedAt: evaluatedAt, seq }));
    }
  };
  const advance = (to: number, seq: number): void => {
    for (
      let due = trackers.nextDueAt(session, evaluatedAt);
      due !== null && due <= to;
      due = trackers.nextDueAt(session, evaluatedAt)
    ) {
      evaluatedAt = due;
      evaluate(null, seq);
    }
    evaluatedAt = Math.max(evaluatedAt, to);
  };
  for (const entry of log) {
    const expires = entry.type === "session.status_changed" && entry.data.to === "expired";
    // At one and the same moment the expiry goes first.
    advance(entry.effectiveAt - (expires ? 1 : 0), entry.seq - 1);
    evaluatedAt = Math.max(evaluatedAt, entry.effectiveAt);
    session = after(session, entry);
    trackers.apply(entry);
    evaluate(entry, entry.seq);
  }
  advance(until, log.length);
  return fired;
}

function after(session: Session, entry: Activity): Session {
  const last = session.lastActivityAt[entry.actor] ?? 0;
  const lastActivityAt = { ...session.lastActivityAt, [entry.actor]: Math.max(last, entry.occurredAt) };
  switch (entry.type) {
    case "session.status_changed":
      return { ...session, lastActivityAt, status: entry.data.to as Session["status"] };
    case "session.metadata_changed":
      return {
        ...session,
        lastActivityAt,
        metadata: mergePatch(session.metadata, entry.data.patch as JsonObject),
      };
    default:
      return { ...session, lastActivityAt };
  }
}

export function tellFiring(firing: Pick<Firing, "trigger" | "ordinal" | "firedAt" | "seq">): string {
  return `${firing.trigger} ${firing.ordinal} at ${firing.firedAt} after ${firing.seq}`;
}
