import type { PolicyLevel } from "@hybrid-orchestrator/core";
import type { Span } from "../time/calendar.js";
import type { PolicyFinding } from "./finding.js";
import { gaps, intersection, type Moments, openingsAfter, shifted, stretched, union } from "./spans.js";
import { type Subject, yearMs } from "./subject.js";

/** More rounds than this bring no new moments worth looking at. */
const maxPasses = 4;

/**
 * Levels that never fire as long as nobody reacts, whenever the escalation opens and whoever is there. Follows the set of
 * all moments at which each level can be entered, for a year.
 */
export function lintReach(subject: Subject): PolicyFinding[] {
  const { levels } = subject.policy;
  const findings: PolicyFinding[] = [];
  const stuckAt = levels.findIndex((level) => isStuck(level, subject));
  const reached = stuckAt < 0 ? levels : levels.slice(0, stuckAt + 1);
  if (stuckAt >= 0)
    findings.push({
      severity: "error",
      code: "held_forever",
      path: ["levels", stuckAt, "onNoTarget"],
      message:
        "holds for a target that can never be there: name one that exists, give its hours some, or skip",
    });
  const fires = firesAt(reached, subject);
  levels.forEach((level, index) => {
    const path = ["levels", index];
    if (stuckAt >= 0 && index > stuckAt) {
      const message = `never fires: levels[${stuckAt}] holds forever`;
      findings.push({ severity: "error", code: "unreachable_level", path, message });
    } else if (index !== stuckAt && fires[index] === false) {
      const why = whyNever(level, subject);
      if (why !== null) findings.push({ code: "unreachable_level", path, ...why });
    }
  });
  return findings;
}

/** Null: the reason is a finding of its own already, a name that does not exist or no target at all. */
function whyNever(
  { targets, hours }: PolicyLevel,
  subject: Subject,
): Pick<PolicyFinding, "severity" | "message"> | null {
  const { directory, now } = subject;
  if (hours !== undefined && subject.open(hours, { from: now, to: now + yearMs }).length === 0)
    return {
      severity: "error",
      message: `never fires: its hours (${hours}) never open. Give them some, or remove them`,
    };
  if (subject.presence(targets) !== "never")
    return {
      severity: "warning",
      message: `never fires while nobody reacts: whenever it is reached, its hours (${hours}) are over. Widen them, or let the levels before it wait less or skip`,
    };
  const known = targets.filter(
    (target) => "schedule" in target && Object.hasOwn(directory.schedules, target.schedule),
  );
  if (known.length === 0) return null;
  return {
    severity: "error",
    message: "never fires: nobody is ever on duty. Add a shift with somebody who is known",
  };
}

function isStuck(level: PolicyLevel, subject: Subject): boolean {
  const { now } = subject;
  if (level.onNoTarget !== "hold") return false;
  if (subject.presence(level.targets) === "never") return true;
  return level.hours !== undefined && subject.open(level.hours, { from: now, to: now + yearMs }).length === 0;
}

/** Of each level, whether there is a moment at which it fires. */
function firesAt(levels: readonly PolicyLevel[], subject: Subject): boolean[] {
  const { now, policy } = subject;
  const { repeat } = policy;
  const whole = { from: now, to: now + yearMs };
  const fires = levels.map(() => false);
  let entered: Moments = [whole];
  let from = 0;
  for (let pass = 0; pass <= Math.min(repeat.times, maxPasses); pass += 1) {
    for (let index = from; index < levels.length; index += 1) {
      const passed = passThrough(levels[index] as PolicyLevel, { entered, whole, subject });
      if (passed.fires) fires[index] = true;
      entered = passed.left;
    }
    from = repeat.fromLevel;
  }
  return fires;
}

/** When a level is left for the next one, given when it is entered. People may be there, go, or come at any time. */
function passThrough(
  level: PolicyLevel,
  { entered, whole, subject }: { readonly entered: Moments; readonly whole: Span; readonly subject: Subject },
): { readonly fires: boolean; readonly left: Moments } {
  const { hours, onNoTarget } = level;
  const waitMs = level.waitSeconds * 1_000;
  const open = hours === undefined ? [whole] : subject.open(hours, whole);
  const presence = subject.presence(level.targets);
  const fallback = onNoTarget === "fall_back" ? subject.presence(level.fallback) : "never";
  const closed = intersection(entered, gaps(open, whole));
  const fired = presence === "never" ? [] : firing({ entered, open, closed, level, presence });
  // Whoever is told can go, and then the next level does not wait.
  const after = (moments: Moments, who: typeof presence) =>
    who === "always" ? shifted(moments, waitMs) : stretched(moments, waitMs);
  const missed = presence === "always" ? closed : entered;
  const fellBack = fallback === "never" ? [] : missed;
  const passed = onNoTarget === "hold" || fallback === "always" ? [] : missed;
  const left = union(after(fired, presence), after(fellBack, fallback), passed);
  return { fires: fired.length + fellBack.length > 0, left: intersection(left, [whole]) };
}

function firing({
  entered,
  open,
  closed,
  level,
  presence,
}: {
  readonly entered: Moments;
  readonly open: Moments;
  readonly closed: Moments;
  readonly level: PolicyLevel;
  readonly presence: "always" | "sometimes";
}): Moments {
  const atOnce = intersection(entered, open);
  const [first] = entered;
  if (level.onNoTarget !== "hold" || first === undefined) return atOnce;
  // Held for people, it fires whenever they come.
  if (presence === "sometimes")
    return intersection(open, [{ from: first.from, to: Number.POSITIVE_INFINITY }]);
  return union(atOnce, openingsAfter(closed, open));
}
