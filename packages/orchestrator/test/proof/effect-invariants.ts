import type { Attempt, DeliveryEffect, Effect } from "@hybrid-orchestrator/core";
import { effectStatus } from "@hybrid-orchestrator/core";
import type { Evidence } from "./invariants.js";
import { countByKey, type LedgerEntry } from "./ledger.js";
import { groupBy, type StoredSession } from "./read-all.js";

const open = new Set(["pending", "sending", "waiting", "running"]);
const arrived = new Set(["sent", "delivered", "read", "bounced"]);

/** Effects end or are due; what happened in the world was committed before it, and is told truly after it. */
export function violationsOfEffects(
  stored: StoredSession,
  ledger: readonly LedgerEntry[],
  evidence: Evidence,
): string[] {
  const { effects } = stored;
  const entries = groupBy(ledger, ({ effectId }) => effectId);
  const found = effects.flatMap((effect) => violationsOfEffect(effect, evidence.now));
  // Since then everything has had more than its time, so nothing may still wait for anything.
  if (evidence.calmSince !== undefined)
    for (const { id, dueAt } of effects)
      if (dueAt !== null) found.push(`effect ${id} has not ended, and is due at ${dueAt}`);
  const byId = new Map(effects.map((effect) => [effect.id, effect]));
  const counts = countByKey(ledger);
  for (const entry of ledger) {
    const effect = byId.get(entry.effectId);
    if (effect === undefined) found.push(`effect ${entry.effectId} happened and was never committed`);
    else if (effect.tries === 0) found.push(`effect ${entry.effectId} happened and no try was committed`);
  }
  for (const effect of effects) {
    if (effect.kind === "delivery") {
      found.push(...violationsOfDelivery(effect, entries.get(effect.id) ?? [], counts, evidence));
    } else if (effect.kind === "action" && effect.action.status === "done" && !counts.has(effect.id)) {
      found.push(`action ${effect.id} is done and was never run`);
    }
  }
  return [...found, ...violationsOfTiming(stored, evidence)];
}

function violationsOfEffect(effect: Effect, now: number): string[] {
  const found: string[] = [];
  const status = effectStatus(effect);
  if ((effect.dueAt !== null) !== open.has(status))
    found.push(`effect ${effect.id} is ${status} and due at ${effect.dueAt}`);
  if (effect.lease !== null && effect.lease.until <= now)
    found.push(`effect ${effect.id} is ${status} under a lease that ran out`);
  return found;
}

function violationsOfDelivery(
  effect: DeliveryEffect,
  ledger: readonly LedgerEntry[],
  counts: ReadonlyMap<string, number>,
  { idempotent }: Evidence,
): string[] {
  const { id, delivery } = effect;
  const { attempts, status } = delivery;
  const found: string[] = [];
  const openAttempts = attempts.filter(({ endedAt }) => endedAt === null);
  if (openAttempts.length > (status === "sending" ? 1 : 0))
    found.push(`delivery ${id} is ${status} with ${openAttempts.length} open attempts`);
  for (const key of new Set(ledger.map((entry) => entry.key))) {
    const own = attempts.filter((attempt) => keyOf(id, attempt) === key);
    const count = counts.get(key) ?? 0;
    if (count > own.length) found.push(`${key} took effect ${count} times in ${own.length} attempts`);
    const deduplicates = own.some(({ channel }) => idempotent.has(channel));
    if (!deduplicates && count > 1) found.push(`${key} took effect ${count} times`);
    if (!own.some((attempt) => mayHaveArrived(attempt, deduplicates)))
      found.push(`${key} arrived, and no attempt says that it may have`);
  }
  for (const { id: attemptId, channel, outcome } of attempts) {
    // A report that names no id we know counts for the newest attempt on its channel, so the channel is what must fit.
    if (outcome === "sent" && !ledger.some((entry) => entry.channel === channel))
      found.push(`attempt ${attemptId} of delivery ${id} is sent, and nothing arrived on ${channel}`);
  }
  const hasArrived = attempts.some(({ outcome }) => outcome === "sent");
  if (arrived.has(status) && status !== "bounced" && !hasArrived)
    found.push(`delivery ${id} is ${status} without an attempt that was sent`);
  if (!arrived.has(status) && !open.has(status) && hasArrived && delivery.generation === 1)
    found.push(`delivery ${id} is ${status}, and an attempt was sent`);
  return [...found, ...violationsOfTries(effect, idempotent)];
}

/** On a channel that does not deduplicate nothing follows an attempt of which nobody knows what became. */
function violationsOfTries({ id, delivery }: DeliveryEffect, idempotent: ReadonlySet<string>): string[] {
  return delivery.attempts.flatMap((attempt, index) => {
    if (attempt.outcome !== "ambiguous" || idempotent.has(attempt.channel)) return [];
    const again = delivery.attempts
      .slice(index + 1)
      .some(({ channel, generation }) => channel === attempt.channel && generation === attempt.generation);
    return again ? [`delivery ${id} was tried on ${attempt.channel} after an ambiguous attempt`] : [];
  });
}

function mayHaveArrived({ outcome, endedAt, reason }: Attempt, deduplicates: boolean): boolean {
  // What has bounced had been taken.
  const bounced = outcome === "permanent" && (reason ?? "").startsWith("bounced");
  // A throw says nothing about the effect; where a repetition is harmless it counts as retryable.
  const threw = outcome === "retryable" && deduplicates;
  return outcome === "sent" || outcome === "ambiguous" || endedAt === null || bounced || threw;
}

function keyOf(id: string, { generation, channel }: Attempt): string {
  return `${id}:${generation}:${channel}`;
}

/** No automated message begins to leave once its session is closed or belongs to a human; in the order of commits. */
function violationsOfTiming({ session, effects, events }: StoredSession, { takeovers }: Evidence): string[] {
  const found: string[] = [];
  const deliveries = new Map(
    effects.flatMap((effect) => (effect.kind === "delivery" ? [[effect.id, effect.delivery] as const] : [])),
  );
  let status: string = "active";
  let humanOwns = false;
  for (const event of events) {
    switch (event.type) {
      case "session.status_changed":
        status = event.data.to;
        break;
      case "session.updated":
        if (takeovers.has(`${session.id}:${event.data.revision}`)) humanOwns = true;
        break;
      case "delivery.attempted": {
        const message = deliveries.get(event.data.deliveryId)?.message;
        if (message === undefined || !message.automated) break;
        if (humanOwns && message.whileHuman === "drop")
          found.push(`delivery ${event.data.deliveryId} began after a human had taken over`);
        if (message.validWhile !== "always" && !(message.validWhile as readonly string[]).includes(status))
          found.push(`delivery ${event.data.deliveryId} began while the session was ${status}`);
        break;
      }
    }
  }
  return found;
}
