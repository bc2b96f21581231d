import type { PolicyLevel } from "@hybrid-orchestrator/core";
import { type Resolved, resolveTargets } from "../staff/route.js";
import { isAvailable } from "../staff/staff.js";
import { isOpen, nextOpening } from "../time/calendar.js";
import type { Context } from "./context.js";
import { end } from "./end.js";
import type { Transition } from "./step.js";

/**
 * Fires every level whose time has come. A level fires once in a cycle; what it waits is counted from its own start. A
 * cycle that reached nobody is not repeated: it would find nobody at the same moment.
 */
export function runLevels(transition: Transition, context: Context): void {
  const { now } = context;
  for (;;) {
    const { progress, policy, status } = transition.escalation;
    if (status !== "queued" && status !== "offered") return;
    if (progress.dueAt === null || progress.dueAt > now) return;
    const next = progress.held ? progress.level : progress.level + 1;
    const level = policy.levels[next];
    if (level !== undefined) enter(transition, { level, index: next }, context);
    else if (progress.repeats < policy.repeat.times && progress.reachedSomebody)
      beginCycle(transition, { fromLevel: policy.repeat.fromLevel, repeats: progress.repeats + 1 });
    else {
      exhaust(transition, context);
      return;
    }
  }
}

/** Those whom the policy had told are gone: the level has no target any more. */
export function loseTargets(transition: Transition, context: Context): void {
  const { progress, policy } = transition.escalation;
  const level = policy.levels[progress.level];
  if (level === undefined) return;
  transition.event("escalation.no_target", { reason: "those who were told are gone" });
  transition.progress({ told: [], toldChannel: false });
  withoutTarget(transition, { level, index: progress.level }, context);
  runLevels(transition, context);
}

/** Whether somebody whom the policy has told in this cycle can still come. */
export function canBeWaitedFor(transition: Transition, { now, staff }: Context): boolean {
  const { told, toldChannel } = transition.escalation.progress;
  if (toldChannel) return true;
  return told.some((id) => {
    const worker = staff.workers.get(id);
    return worker !== undefined && isAvailable(worker, now);
  });
}

interface Place {
  readonly level: PolicyLevel;
  readonly index: number;
}

function enter(transition: Transition, place: Place, context: Context): void {
  const { level, index } = place;
  const { escalation } = transition;
  const wasHeld = escalation.progress.held && escalation.progress.level === index;
  transition.progress({ level: index, held: false, ...(!wasHeld && { fellBack: false }) });
  const resolved = resolve(transition, level, level.targets, context);
  if (!isEmpty(resolved)) {
    fire(transition, place, resolved, context);
    return;
  }
  if (!wasHeld) transition.event("escalation.no_target", { details: { next: level.onNoTarget } });
  withoutTarget(transition, place, context);
}

function withoutTarget(transition: Transition, place: Place, context: Context): void {
  const { level } = place;
  const { now } = context;
  switch (level.onNoTarget) {
    case "skip":
      transition.progress({ dueAt: now });
      return;
    case "hold": {
      const calendar =
        level.hours === undefined ? undefined : transition.escalation.policy.calendars[level.hours];
      const opensAt = calendar === undefined || isOpen(calendar, now) ? null : nextOpening(calendar, now);
      transition.progress({ held: true, dueAt: opensAt });
      keepLooking(transition, context);
      return;
    }
    case "fall_back": {
      const resolved = transition.escalation.progress.fellBack
        ? nobody
        : resolve(transition, { ...level, hours: undefined }, level.fallback, context);
      transition.progress({ fellBack: true });
      if (isEmpty(resolved)) transition.progress({ dueAt: now });
      else fire(transition, place, resolved, context);
      return;
    }
  }
}

function fire(transition: Transition, { level, index }: Place, resolved: Resolved, context: Context): void {
  const { now } = context;
  const { progress } = transition.escalation;
  transition.progress({
    level: index,
    held: false,
    reachedSomebody: true,
    dueAt: now + Math.round(level.waitSeconds * 1_000),
    told: [...new Set([...progress.told, ...resolved.workers])],
    toldChannel: progress.toldChannel || resolved.channels.length > 0,
  });
  if (resolved.workers.length > 0) keepLooking(transition, context);
  transition.event("escalation.level_fired", {
    details: { workers: [...resolved.workers], channels: [...resolved.channels], assign: level.assign },
  });
  const offered = level.assign === "offer";
  const workers = offered ? [] : resolved.workers;
  if (workers.length > 0 || resolved.channels.length > 0)
    transition.add({
      type: "notify",
      workers,
      channels: resolved.channels,
      urgency: level.urgency,
      offer: null,
      transferFrom: null,
    });
  if (offered && resolved.workers.length > 0) transition.add({ type: "seek_offer" });
}

/** From now on somebody looks, once in each grace time, whether those it depends on are still there. */
function keepLooking(transition: Transition, { now, staff }: Context): void {
  transition.set({ checkAt: transition.escalation.checkAt ?? now + staff.presenceGraceMs });
}

function beginCycle(
  transition: Transition,
  { fromLevel, repeats }: { readonly fromLevel: number; readonly repeats: number },
): void {
  const { cycle } = transition.escalation.progress;
  transition.progress({
    cycle: cycle + 1,
    repeats,
    level: fromLevel - 1,
    reachedSomebody: false,
    fellBack: false,
    told: [],
    toldChannel: false,
  });
}

function exhaust(transition: Transition, context: Context): void {
  const { policy, kind } = transition.escalation;
  const { onExhausted } = policy;
  transition.progress({ dueAt: null, held: false, exhausted: true });
  transition.event("escalation.exhausted", { details: { next: onExhausted.action } });
  const text = onExhausted.message ?? null;
  switch (onExhausted.action) {
    case "back_to_ai":
      end(
        transition,
        { status: "expired", outcome: "nobody came", next: "ai", announcement: onExhausted.action, text },
        context,
      );
      return;
    case "expire":
      end(
        transition,
        { status: "expired", outcome: "nobody came", next: "nobody", announcement: onExhausted.action, text },
        context,
      );
      return;
    case "take_contact":
      if (kind === "takeover") transition.add({ type: "say", announcement: onExhausted.action, text });
      return;
    case "hold_until_open": {
      if (kind === "takeover") transition.add({ type: "say", announcement: onExhausted.action, text });
      const calendar = policy.calendars[onExhausted.calendar];
      const opensAt = calendar === undefined ? null : nextOpening(calendar, context.now);
      transition.progress({ exhausted: opensAt === null });
      if (opensAt === null) return;
      beginCycle(transition, { fromLevel: 0, repeats: 0 });
      transition.progress({ dueAt: opensAt });
      return;
    }
  }
}

function resolve(
  { escalation }: Transition,
  { hours }: Pick<PolicyLevel, "hours">,
  targets: PolicyLevel["targets"],
  { staff, now }: Context,
): Resolved {
  const calendar = hours === undefined ? undefined : escalation.policy.calendars[hours];
  if (calendar !== undefined && !isOpen(calendar, now)) return nobody;
  return resolveTargets(escalation, targets, { staff, now });
}

const nobody: Resolved = { workers: [], channels: [] };

function isEmpty({ workers, channels }: Resolved): boolean {
  return workers.length === 0 && channels.length === 0;
}
