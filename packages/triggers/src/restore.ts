import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { CompiledRules, TrackerSource, Trackers } from "./rule-set.js";
import { SessionTrackers } from "./session-trackers.js";

/** Trackers as they were after the last entry: from a checkpoint, or from the whole log. */
export function restoreTrackers(rules: CompiledRules, source: TrackerSource): Trackers {
  const { session, counters, checkpoint, activities } = source;
  const trackers = new SessionTrackers(rules, counters);
  if (checkpoint === null) {
    replay(trackers, source);
    return trackers;
  }
  if (checkpoint.rulesHash !== rules.hash) {
    throw new OrchestratorError(
      "internal",
      `The checkpoint of session ${session.id} was made under other rules. Load the whole log instead.`,
    );
  }
  trackers.load(checkpoint.state);
  for (const activity of activities) trackers.apply(activity);
  trackers.markEvaluated();
  return trackers;
}

/** Everything anew; a firing that was recorded uses up again what it rested on. */
function replay(trackers: SessionTrackers, { session, activities, firings }: TrackerSource): void {
  // Before the first entry there was nothing to use up.
  const after = firings.filter(({ seq }) => seq > 0);
  after.sort((a, b) => a.seq - b.seq || a.firedAt - b.firedAt || a.ordinal - b.ordinal);
  let next = 0;
  for (const activity of activities) {
    trackers.apply(activity);
    for (let firing = after[next]; firing?.seq === activity.seq; firing = after[++next]) {
      trackers.replayFiring(firing, session, activity);
    }
  }
}
