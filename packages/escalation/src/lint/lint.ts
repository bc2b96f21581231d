import type { EscalationPolicy } from "@hybrid-orchestrator/core";
import { lintEnd } from "./end.js";
import type { PolicyDirectory, PolicyFinding } from "./finding.js";
import { lintReach } from "./reach.js";
import { lintSchedules } from "./schedules.js";
import { lintSlas } from "./slas.js";
import { createSubject } from "./subject.js";
import { lintTargets } from "./targets.js";
import { lintTexts } from "./texts.js";

/**
 * Mistakes in a policy that its schema cannot see, each with what to do. Looks at calendars a year, and at schedules
 * `gapDays` (default: 28) from `now` on. Without an error, an escalation that nobody reacts to goes through every level
 * that is not called unreachable, in the hours of each, and ends.
 */
export function lintPolicy(
  policy: EscalationPolicy,
  directory: PolicyDirectory,
  { now, gapDays = 28 }: { readonly now: number; readonly gapDays?: number },
): readonly PolicyFinding[] {
  const subject = createSubject(policy, directory, now);
  return [
    ...lintTargets(subject),
    ...lintReach(subject),
    ...lintEnd(subject),
    ...lintSlas(subject),
    ...lintTexts(policy),
    ...lintSchedules(subject, now + gapDays * 86_400_000),
  ];
}
