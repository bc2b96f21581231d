import { slaTargets } from "@hybrid-orchestrator/core";
import { longestClosure } from "./end.js";
import { duration, type PolicyFinding } from "./finding.js";
import type { Subject } from "./subject.js";

/** Promises that cannot be kept, or that are never looked at. */
export function lintSlas(subject: Subject): PolicyFinding[] {
  return [...lintNextLevel(subject), ...lintClosed(subject), ...lintOrder(subject), ...lintNeverDue(subject)];
}

function lintNextLevel(subject: Subject): PolicyFinding[] {
  const { levels, slas } = subject.policy;
  if (slas.accept === undefined) return [];
  const live = levels.flatMap((level, index) =>
    subject.presence(level.targets) === "never" ? [] : [{ index, waitSeconds: level.waitSeconds }],
  );
  const [first, second] = live;
  if (first === undefined || second === undefined || slas.accept.seconds > first.waitSeconds) return [];
  return [
    {
      severity: "warning",
      code: "sla_before_next_level",
      path: ["slas", "accept", "seconds"],
      message: `is ${duration(slas.accept.seconds)}, and levels[${second.index}] is told ${duration(first.waitSeconds)} after levels[${first.index}]: it is breached before. Let levels[${first.index}] wait less, or promise more`,
    },
  ];
}

/** The time runs at night, too, when every level waits for its hours. */
function lintClosed(subject: Subject): PolicyFinding[] {
  const { levels, slas, onExhausted } = subject.policy;
  const { accept } = slas;
  if (accept === undefined || accept.calendar !== undefined) return [];
  const hours = levels.flatMap((level) => level.hours ?? []);
  const atAnyTime = levels.some(
    (level) => level.hours === undefined || subject.presence(level.fallback) !== "never",
  );
  const staysOpen =
    levels.some(({ onNoTarget }) => onNoTarget === "hold") ||
    onExhausted.action === "hold_until_open" ||
    onExhausted.action === "take_contact";
  const closure = atAnyTime || !staysOpen ? null : longestClosure(subject, hours);
  if (closure === null || (closure.to - closure.from) / 1_000 < accept.seconds) return [];
  return [
    {
      severity: "warning",
      code: "sla_while_closed",
      path: ["slas", "accept"],
      message: `promises somebody within ${duration(accept.seconds)} at any time, and no level tells anybody for ${duration((closure.to - closure.from) / 1_000)} when its hours are over: give it the calendar ${hours[0]}`,
    },
  ];
}

function lintOrder({ policy: { slas } }: Subject): PolicyFinding[] {
  const promised = slaTargets.flatMap((target) => {
    const sla = slas[target];
    return sla === undefined ? [] : [{ target, ...sla }];
  });
  return promised.flatMap((later, index): PolicyFinding[] => {
    const earlier = promised
      .slice(0, index)
      .find(({ seconds, calendar }) => calendar === later.calendar && seconds > later.seconds);
    if (earlier === undefined) return [];
    return [
      {
        severity: "warning",
        code: "sla_order",
        path: ["slas", later.target, "seconds"],
        message: `is ${duration(later.seconds)}, and ${earlier.target}, which comes first, may take ${duration(earlier.seconds)}: promise at least as much`,
      },
    ];
  });
}

function lintNeverDue({ policy: { slas, ttlSeconds } }: Subject): PolicyFinding[] {
  const { accept } = slas;
  if (accept === undefined || accept.seconds < ttlSeconds) return [];
  return [
    {
      severity: "warning",
      code: "sla_never_due",
      path: ["slas", "accept", "seconds"],
      message: `is ${duration(accept.seconds)}, and what nobody accepts ends after ${duration(ttlSeconds)} (ttlSeconds): nobody learns of a breach. Promise less, or let it live longer`,
    },
  ];
}
