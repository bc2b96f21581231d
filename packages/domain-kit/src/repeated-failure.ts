import { type Activity, type BlockerDetector, compileGlob, type Severity } from "@hybrid-orchestrator/core";
import { severityPast } from "./severity.js";

export interface RepeatedFailureOptions {
  /** Globs over activity types. */
  readonly failures: readonly string[];
  /** What ends a run of failures: globs over activity types. Default: none. */
  readonly successes?: readonly string[] | undefined;
  /** What is counted apart, e.g. by field or by check. Default: everything together. */
  readonly keyOf?: ((activity: Activity) => string) | undefined;
  /** So many in a row are no blocker yet. Default: 3 (the paper's). */
  readonly moreThan?: number | undefined;
  /** Just past the threshold; one step more at twice of it. Default: medium. */
  readonly severity?: Severity | undefined;
}

/** Finds that something failed more than so many times in a row, without a success of the same between. */
export function repeatedFailure({
  failures,
  successes = [],
  keyOf = () => "",
  moreThan = 3,
  severity = "medium",
}: RepeatedFailureOptions): BlockerDetector {
  const isFailure = anyGlob(failures);
  const isSuccess = anyGlob(successes);
  return ({ activities }) => {
    const runs = new Map<string, number>();
    for (const activity of activities) {
      if (isFailure(activity.type)) runs.set(keyOf(activity), (runs.get(keyOf(activity)) ?? 0) + 1);
      else if (isSuccess(activity.type)) runs.delete(keyOf(activity));
    }
    return [...runs]
      .filter(([, times]) => times > moreThan)
      .sort(([, a], [, b]) => b - a)
      .map(([key, times]) => ({
        kind: "repeated_failure",
        severity: severityPast(times / (moreThan + 1), severity),
        description: `${key === "" ? "It" : key} has failed ${times} times in a row.`,
      }));
  };
}

/** Whether a type matches one of these globs. */
export function anyGlob(globs: readonly string[]): (type: string) => boolean {
  const matchers = globs.map((glob) => compileGlob(glob));
  return (type) => matchers.some((matches) => matches(type));
}
