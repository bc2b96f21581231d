import { type EscalationPolicy, type Schedule, suggestName, type Target } from "@hybrid-orchestrator/core";
import { isOpen, nextChange } from "../time/calendar.js";
import { nextDutyChange, onDuty } from "../time/schedule.js";

export interface PolicyFinding {
  readonly severity: "error" | "warning";
  readonly code:
    | "unknown_target"
    | "no_targets"
    | "calendar_never_opens"
    | "offer_longer_than_wait"
    | "ttl_too_short"
    | "schedule_gap";
  /** Keys and indexes from the policy's root. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what to do. */
  readonly message: string;
}

/** What exists: whom a policy may name. */
export interface PolicyDirectory {
  readonly workers: readonly string[];
  readonly roles: readonly string[];
  readonly queues: readonly string[];
  readonly channels: readonly string[];
  readonly schedules: Readonly<Record<string, Schedule>>;
}

/** Mistakes in a policy that its schema cannot see. Looks at calendars and schedules from `now` on. */
export function lintPolicy(
  policy: EscalationPolicy,
  directory: PolicyDirectory,
  { now, gapDays = 28 }: { readonly now: number; readonly gapDays?: number },
): readonly PolicyFinding[] {
  return [
    ...lintLevels(policy, directory),
    ...lintCalendars(policy, now),
    ...lintTimeToLive(policy),
    ...lintSchedules(policy, directory, { now, until: now + gapDays * 86_400_000 }),
  ];
}

function lintLevels({ levels }: EscalationPolicy, directory: PolicyDirectory): PolicyFinding[] {
  return levels.flatMap((level, index) => {
    const path = ["levels", index];
    const findings = [
      ...lintTargets(level.targets, directory, [...path, "targets"]),
      ...lintTargets(level.fallback, directory, [...path, "fallback"]),
    ];
    if (level.targets.length === 0 && level.onNoTarget !== "fall_back")
      findings.push({
        severity: "error",
        code: "no_targets",
        path: [...path, "targets"],
        message: "tells nobody: name a target, or remove the level",
      });
    if (level.assign === "offer" && level.offerSeconds > level.waitSeconds)
      findings.push({
        severity: "warning",
        code: "offer_longer_than_wait",
        path: [...path, "offerSeconds"],
        message: `is ${level.offerSeconds} s, and the next level fires after ${level.waitSeconds} s: shorten the offer or wait longer`,
      });
    return findings;
  });
}

function lintTargets(
  targets: readonly Target[],
  directory: PolicyDirectory,
  path: readonly (string | number)[],
): PolicyFinding[] {
  return targets.flatMap((target, index): PolicyFinding[] => {
    const [kind, name, known] = namesFor(target, directory);
    if (known.includes(name)) return [];
    const message = `no ${kind} is called ${name}${suggestName(name, known)}`;
    return [{ severity: "error", code: "unknown_target", path: [...path, index, kind], message }];
  });
}

function namesFor(target: Target, directory: PolicyDirectory): readonly [string, string, readonly string[]] {
  if ("worker" in target) return ["worker", target.worker, directory.workers];
  if ("role" in target) return ["role", target.role, directory.roles];
  if ("queue" in target) return ["queue", target.queue, directory.queues];
  if ("channel" in target) return ["channel", target.channel, directory.channels];
  return ["schedule", target.schedule, Object.keys(directory.schedules)];
}

function lintCalendars({ calendars }: EscalationPolicy, now: number): PolicyFinding[] {
  return Object.entries(calendars).flatMap(([name, calendar]): PolicyFinding[] =>
    isOpen(calendar, now) || nextChange(calendar, now) !== null
      ? []
      : [
          {
            severity: "error",
            code: "calendar_never_opens",
            path: ["calendars", name],
            message: "has no hours in the next two years: give its week some, or remove it",
          },
        ],
  );
}

function lintTimeToLive({ levels, repeat, ttlSeconds }: EscalationPolicy): PolicyFinding[] {
  const waits = (from: number) => levels.slice(from).reduce((sum, level) => sum + level.waitSeconds, 0);
  const needed = waits(0) + repeat.times * waits(repeat.fromLevel);
  if (ttlSeconds >= needed) return [];
  return [
    {
      severity: "error",
      code: "ttl_too_short",
      path: ["ttlSeconds"],
      message: `is ${ttlSeconds} s, and all levels take ${needed} s: the last never fire; raise it or wait less`,
    },
  ];
}

function lintSchedules(
  { levels }: EscalationPolicy,
  { schedules }: PolicyDirectory,
  { now, until }: { readonly now: number; readonly until: number },
): PolicyFinding[] {
  return levels.flatMap(({ targets }, level) =>
    targets.flatMap((target, index): PolicyFinding[] => {
      const name = "schedule" in target ? target.schedule : undefined;
      const schedule = name !== undefined && Object.hasOwn(schedules, name) ? schedules[name] : undefined;
      const gapAt = schedule === undefined ? null : firstGap(schedule, now, until);
      if (gapAt === null) return [];
      const message = `has nobody on duty from ${new Date(gapAt).toISOString()}: add a shift or an override`;
      return [
        {
          severity: "warning",
          code: "schedule_gap",
          path: ["levels", level, "targets", index, "schedule"],
          message,
        },
      ];
    }),
  );
}

function firstGap(schedule: Schedule, now: number, until: number): number | null {
  for (let at: number | null = now; at !== null && at < until; at = nextDutyChange(schedule, at))
    if (onDuty(schedule, at).length === 0) return at;
  return null;
}
