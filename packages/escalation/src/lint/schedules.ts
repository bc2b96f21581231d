import type { Calendar, Schedule, Target } from "@hybrid-orchestrator/core";
import { isOpen, nextChange } from "../time/calendar.js";
import { nextDutyChange, onDuty } from "../time/schedule.js";
import type { PolicyFinding } from "./finding.js";
import type { Moments } from "./spans.js";
import type { Subject } from "./subject.js";
import { scheduleOf } from "./targets.js";

/** As many as are written out. */
const toldGaps = 5;
/** As many changes of duty as are looked at. */
const maxChanges = 5_000;

interface Duty {
  readonly schedules: readonly Schedule[];
  readonly hours: Calendar | undefined;
}

/** Times at which nobody is on duty of those whom a level asks by their schedules, within its hours. */
export function lintSchedules(subject: Subject, until: number): PolicyFinding[] {
  const { policy, directory, now } = subject;
  const seen = new Set<string>();
  const lint = (targets: readonly Target[], path: readonly (string | number)[], hours?: string) => {
    const names = targets.flatMap((target) => ("schedule" in target ? [target.schedule] : [])).sort();
    const schedules = targets.flatMap((target) => scheduleOf(target, directory.schedules) ?? []);
    const key = JSON.stringify([names, hours]);
    // Where nobody is ever on duty, that is said already.
    if (schedules.length === 0 || seen.has(key) || subject.presence(targets) === "never") return [];
    seen.add(key);
    const calendar = hours === undefined ? undefined : policy.calendars[hours];
    const gaps = gapsOf({ schedules, hours: calendar }, now, until);
    const first = targets.findIndex((target) => scheduleOf(target, directory.schedules) !== undefined);
    return gaps.length === 0 ? [] : [finding(gaps, [...path, first, "schedule"], until)];
  };
  return policy.levels.flatMap((level, index) => [
    ...lint(level.targets, ["levels", index, "targets"], level.hours),
    ...lint(level.fallback, ["levels", index, "fallback"]),
  ]);
}

function finding(gaps: Moments, path: PolicyFinding["path"], until: number): PolicyFinding {
  const told = gaps
    .slice(0, toldGaps)
    .map(({ from, to }) => (to >= until ? `from ${iso(from)} on` : `from ${iso(from)} to ${iso(to)}`));
  const more = gaps.length - told.length;
  return {
    severity: "warning",
    code: "schedule_gap",
    path,
    message: `has nobody on duty ${told.join(", ")}${more > 0 ? ` and ${more} times more` : ""}: add a shift or an override`,
  };
}

function gapsOf(duty: Duty, now: number, until: number): Moments {
  const gaps: { from: number; to: number }[] = [];
  let at = now;
  for (let change = 0; change < maxChanges && at < until; change += 1) {
    const to = Math.min(nextMoment(duty, at) ?? until, until);
    const last = gaps.at(-1);
    if (!isCovered(duty, at)) {
      if (last?.to === at) last.to = to;
      else gaps.push({ from: at, to });
    }
    at = to;
  }
  return gaps;
}

function isCovered({ schedules, hours }: Duty, at: number): boolean {
  if (hours !== undefined && !isOpen(hours, at)) return true;
  return schedules.some((schedule) => onDuty(schedule, at).length > 0);
}

function nextMoment({ schedules, hours }: Duty, at: number): number | null {
  const moments = schedules.map((schedule) => nextDutyChange(schedule, at));
  if (hours !== undefined) moments.push(nextChange(hours, at));
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
