import type { LeafCondition } from "@hybrid-orchestrator/core";
import { absenceAfter } from "./absence-after.js";
import { custom } from "./custom.js";
import type { Leaf } from "./leaf.js";
import { metadata } from "./metadata.js";
import { classified, fieldChanged, reachedStage, scoreBelow, statusChanged } from "./momentary.js";
import { oscillation } from "./oscillation.js";
import { sequence } from "./sequence.js";
import { noActivity, noProgress, timeInStatus } from "./silence.js";
import { trend } from "./trend.js";
import { fieldError, rate, repeatedError } from "./windows.js";

/** `index`: its place among the conditions of its trigger. */
export function compileLeaf(condition: LeafCondition, index: number): Leaf {
  switch (condition.type) {
    case "no_activity":
      return noActivity(condition);
    case "no_progress":
      return noProgress(condition);
    case "field_changed":
      return fieldChanged(condition);
    case "field_error":
      return fieldError(condition);
    case "repeated_error":
      return repeatedError(condition);
    case "status_changed":
      return statusChanged(condition);
    case "reached_stage":
      return reachedStage(condition);
    case "score_below":
      return scoreBelow(condition);
    case "classified":
      return classified(condition);
    case "time_in_status":
      return timeInStatus(condition);
    case "metadata":
      return metadata(condition);
    case "sequence":
      return sequence(condition);
    case "absence_after":
      return absenceAfter(condition);
    case "oscillation":
      return oscillation(condition);
    case "rate":
      return rate(condition);
    case "trend":
      return trend(condition);
    case "custom":
      return custom({ ...condition, index });
  }
}
