import type { Attempt, DeliveryEffect, DeliveryReport } from "@hybrid-orchestrator/core";
import { moveOn } from "./advance.js";
import { safeReason } from "./mask.js";
import { confirm } from "./settle.js";
import { changed, event, including, openAttempt, type Step, withAttempt } from "./step.js";
import type { HubViews } from "./views.js";

export interface ReportContext {
  readonly now: number;
  readonly views: HubViews;
}

/**
 * Enters what a vendor says later about a message: forward only, so callbacks may come twice and in any order. A
 * `bounced` starts the fallback. What was read cannot bounce, and what has bounced stays so. A report that fits no
 * attempt changes nothing.
 */
export function applyReport(effect: DeliveryEffect, report: DeliveryReport, context: ReportContext): Step {
  const attempt = attemptOf(effect, report);
  if (attempt === undefined) return { effect, events: [] };
  if (report.status === "bounced") return bounce(effect, attempt, { ...context, report });
  return confirm(effect, attempt, { status: report.status, externalId: report.externalId, now: context.now });
}

/** The attempt with the vendor's id; else the last one on that channel that has none and may have gone out. */
function attemptOf(
  { delivery }: DeliveryEffect,
  { channel, externalId }: DeliveryReport,
): Attempt | undefined {
  const candidates = delivery.attempts.filter(
    ({ outcome, ...attempt }) =>
      attempt.channel === channel && outcome !== "permanent" && outcome !== "misconfigured",
  );
  const named =
    externalId === undefined
      ? undefined
      : candidates.findLast((attempt) => attempt.externalId === externalId);
  if (named !== undefined) return named;
  return candidates.findLast((attempt) => externalId === undefined || attempt.externalId === null);
}

function bounce(
  effect: DeliveryEffect,
  attempt: Attempt,
  { report, now, views }: ReportContext & { readonly report: DeliveryReport },
): Step {
  const { delivery } = effect;
  if (delivery.status === "read" || attempt.outcome === "retryable") return { effect, events: [] };
  const reason = report.reason === undefined ? "bounced" : `bounced: ${safeReason(report.reason)}`;
  const closed = {
    attempts: withAttempt(delivery.attempts, attempt.id, {
      outcome: "permanent",
      reason,
      endedAt: attempt.endedAt ?? now,
      externalId: attempt.externalId ?? report.externalId ?? null,
    }),
    // What was replayed by hand since may well go there again.
    exhausted:
      attempt.generation === delivery.generation
        ? including(delivery.exhausted, attempt.channel)
        : delivery.exhausted,
  };
  if (!standsOn(effect, attempt)) {
    const released = attempt.endedAt === null ? { dueAt: null, lease: null } : {};
    return { effect: changed(effect, { now, delivery: closed, effect: released }), events: [] };
  }

  const other = openAttempt(effect);
  const bounced = changed(effect, { now, delivery: { ...closed, status: "bounced", reason } });
  const told = event("delivery.bounced", bounced, { now, channel: attempt.channel });
  if (other !== undefined && other.id !== attempt.id) {
    // Another channel is being tried already; what comes of that decides.
    return { effect: changed(bounced, { now, delivery: { status: "sending" } }), events: [told] };
  }
  const free = changed(bounced, { now, delivery: {}, effect: { dueAt: null, lease: null } });
  const next = moveOn(free, { attempt, reason, now, views, otherwise: "bounced" });
  return next.effect.delivery.status === "bounced"
    ? next
    : { effect: next.effect, events: [told, ...next.events] };
}

/** Whether the delivery stands or falls with this attempt: no other has arrived, none was planned since. */
function standsOn({ delivery }: DeliveryEffect, attempt: Attempt): boolean {
  switch (delivery.status) {
    case "sent":
    case "delivered":
      return !delivery.attempts.some(({ id, outcome }) => id !== attempt.id && outcome === "sent");
    case "sending":
      return attempt.endedAt === null;
    case "waiting":
      return delivery.attempts.at(-1)?.id === attempt.id;
    default:
      return false;
  }
}
