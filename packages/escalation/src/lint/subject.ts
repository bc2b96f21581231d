import type { EscalationPolicy, Target } from "@hybrid-orchestrator/core";
import { openSpans, type Span } from "../time/calendar.js";
import type { PolicyDirectory } from "./finding.js";
import { intersection, type Moments } from "./spans.js";
import { type Presence, presenceOf } from "./targets.js";

/** What a rule of the linter looks at. What takes long to find out is found out once. */
export interface Subject {
  readonly policy: EscalationPolicy;
  readonly directory: PolicyDirectory;
  readonly now: number;
  /** When a calendar of the policy is open, within two years from now. */
  open(calendar: string, within: Span): Moments;
  presence(targets: readonly Target[]): Presence;
}

const dayMs = 86_400_000;
/** As far ahead as calendars are looked at. */
export const yearMs = 366 * dayMs;

export function createSubject(policy: EscalationPolicy, directory: PolicyDirectory, now: number): Subject {
  const open = new Map<string, Moments>();
  const presence = new Map<readonly Target[], Presence>();
  return {
    policy,
    directory,
    now,
    open(name, within) {
      const calendar = Object.hasOwn(policy.calendars, name) ? policy.calendars[name] : undefined;
      const known =
        open.get(name) ?? (calendar === undefined ? [] : [...openSpans(calendar, now, now + 2 * yearMs)]);
      open.set(name, known);
      return intersection(known, [within]);
    },
    presence(targets) {
      const known = presence.get(targets) ?? presenceOf(targets, directory, now);
      presence.set(targets, known);
      return known;
    },
  };
}
