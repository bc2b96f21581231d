import {
  type PolicyLevel,
  type Schedule,
  sameJson,
  suggestName,
  type Target,
} from "@hybrid-orchestrator/core";
import { nextDutyChange, onDuty } from "../time/schedule.js";
import type { PolicyDirectory, PolicyFinding } from "./finding.js";
import type { Subject } from "./subject.js";

/** Levels that name nobody, or somebody whom nobody knows. */
export function lintTargets(subject: Subject): PolicyFinding[] {
  const { policy, directory } = subject;
  const named = policy.levels.flatMap((level, index) => [
    ...level.targets.map((target, at) => ({ target, path: ["levels", index, "targets", at] })),
    ...level.fallback.map((target, at) => ({ target, path: ["levels", index, "fallback", at] })),
  ]);
  return [
    ...named.flatMap(({ target, path }) => unknownTarget(target, directory, path)),
    ...unknownWorkers(named, directory),
    ...policy.levels.flatMap((level, index) => lintLevel(level, ["levels", index])),
  ];
}

function lintLevel(level: PolicyLevel, path: readonly (string | number)[]): PolicyFinding[] {
  const { targets, fallback, onNoTarget, assign, offerSeconds, waitSeconds } = level;
  const findings: PolicyFinding[] = [];
  if (targets.length === 0 && onNoTarget !== "fall_back")
    findings.push({
      severity: "error",
      code: "no_targets",
      path: [...path, "targets"],
      message: "tells nobody: name a target, or remove the level",
    });
  const repeats = fallback.every((one) => targets.some((target) => sameJson(one, target)));
  if (onNoTarget === "fall_back" && repeats)
    findings.push({
      severity: "warning",
      code: "fallback_repeats_targets",
      path: [...path, "fallback"],
      message:
        level.hours === undefined
          ? "names only those who were not there as targets: name somebody else, or let onNoTarget be skip"
          : `names only the level's own targets, so that its hours (${level.hours}) change nothing: name somebody else, or remove the hours`,
    });
  if (assign === "offer" && offerSeconds > waitSeconds)
    findings.push({
      severity: "warning",
      code: "offer_longer_than_wait",
      path: [...path, "offerSeconds"],
      message: `is ${offerSeconds} s, and the next level fires after ${waitSeconds} s: shorten the offer or wait longer`,
    });
  return findings;
}

function unknownTarget(
  target: Target,
  directory: PolicyDirectory,
  path: readonly (string | number)[],
): PolicyFinding[] {
  const [kind, name, known] = namesFor(target, directory);
  if (known.includes(name)) return [];
  const message = `no ${kind} is called ${name}${suggestName(name, known)}`;
  return [{ severity: "error", code: "unknown_target", path: [...path, kind], message }];
}

/** Whoever is on duty and not registered is nobody. Each schedule once. */
function unknownWorkers(
  named: readonly { readonly target: Target; readonly path: readonly (string | number)[] }[],
  { schedules, workers }: PolicyDirectory,
): PolicyFinding[] {
  const seen = new Set<string>();
  return named.flatMap(({ target, path }): PolicyFinding[] => {
    const schedule = scheduleOf(target, schedules);
    if (schedule === undefined || !("schedule" in target) || seen.has(target.schedule)) return [];
    seen.add(target.schedule);
    const unknown = [...new Set(crew(schedule))].filter((worker) => !workers.includes(worker));
    if (unknown.length === 0) return [];
    const hints = unknown.map((worker) => `${worker}${suggestName(worker, workers)}`).join(", ");
    const message = `puts on duty whom nobody knows: ${hints} Register them, or correct the schedule`;
    return [{ severity: "warning", code: "unknown_worker", path: [...path, "schedule"], message }];
  });
}

function namesFor(target: Target, directory: PolicyDirectory): readonly [string, string, readonly string[]] {
  if ("worker" in target) return ["worker", target.worker, directory.workers];
  if ("role" in target) return ["role", target.role, directory.roles];
  if ("queue" in target) return ["queue", target.queue, directory.queues];
  if ("channel" in target) return ["channel", target.channel, directory.channels];
  return ["schedule", target.schedule, Object.keys(directory.schedules)];
}

/** Whether targets are ever somebody: a channel is there at any time; people come and go. */
export type Presence = "always" | "sometimes" | "never";

/** `never`: nobody of that name exists, or is ever on duty. */
export function presenceOf(targets: readonly Target[], directory: PolicyDirectory, now: number): Presence {
  const live = targets.filter((target) => {
    const [, name, known] = namesFor(target, directory);
    const schedule = scheduleOf(target, directory.schedules);
    return known.includes(name) && (schedule === undefined || isEverOnDuty(schedule, directory, now));
  });
  if (live.some((target) => "channel" in target)) return "always";
  return live.length === 0 ? "never" : "sometimes";
}

export function scheduleOf(target: Target, schedules: PolicyDirectory["schedules"]): Schedule | undefined {
  return "schedule" in target && Object.hasOwn(schedules, target.schedule)
    ? schedules[target.schedule]
    : undefined;
}

function isEverOnDuty(schedule: Schedule, { workers }: PolicyDirectory, now: number): boolean {
  if (!crew(schedule).some((worker) => workers.includes(worker))) return false;
  return onDuty(schedule, now).length > 0 || nextDutyChange(schedule, now) !== null;
}

function crew({ shifts, overrides }: Schedule): string[] {
  return [...shifts, ...overrides].flatMap(({ workers }) => workers);
}
