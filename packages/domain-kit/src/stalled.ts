import type { Activity, BlockerDetector, Severity } from "@hybrid-orchestrator/core";
import { formatDuration } from "./duration.js";
import { severityPast } from "./severity.js";

export interface StalledOptions {
  /** How long any stage may last; null: for ever. */
  readonly seconds: number | null;
  /** How long certain stages may; null: for ever. */
  readonly byStage?: Readonly<Record<string, number | null>> | undefined;
  /** Which member of an activity's data names the stage. Default: `stage`. */
  readonly marker?: string | undefined;
  /** At the threshold; one step more at twice of it. Default: medium. */
  readonly severity?: Severity | undefined;
}

/**
 * Finds that an active session has been at one stage for too long. A stage is what the newest activity with `data.stage`
 * says; a session without any is at none since its creation, for which `seconds` counts.
 */
export function stalled({
  seconds,
  byStage = {},
  marker = "stage",
  severity = "medium",
}: StalledOptions): BlockerDetector {
  return ({ session, activities, now }) => {
    if (session.status !== "active") return [];
    const { stage, since } = currentStage(activities, marker) ?? { stage: null, since: session.createdAt };
    const limit = stage !== null && Object.hasOwn(byStage, stage) ? (byStage[stage] ?? null) : seconds;
    const lastedMs = now - since;
    if (limit === null || lastedMs < limit * 1_000) return [];
    const where = stage === null ? "before its first stage" : `at the stage ${stage}`;
    return [
      {
        kind: "stalled",
        severity: severityPast(lastedMs / (limit * 1_000), severity),
        description: `It has been ${where} for ${formatDuration(lastedMs)}, and ${formatDuration(limit * 1_000)} is expected.`,
      },
    ];
  };
}

export interface Stage {
  readonly stage: string;
  readonly since: number;
}

/** The stage that was named last, and since when, as far back as the activities reach. */
export function currentStage(activities: readonly Activity[], marker = "stage"): Stage | null {
  return activities.reduce<Stage | null>((current, { data, effectiveAt }) => {
    const stage = Object.hasOwn(data, marker) ? data[marker] : undefined;
    return typeof stage === "string" && stage !== current?.stage ? { stage, since: effectiveAt } : current;
  }, null);
}
