import type { DeliveryEffect } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { LimitWatch } from "./simulation/limit-watch.js";

const target = "dedup to u";

/** What the watch says of a message to `u` that begins at tick 10 and arrives at once. */
function verdictAfter(history: (watch: LimitWatch) => void): string[] {
  const watch = new LimitWatch({ workflow: "default", caps: {}, dayBeginsMs: 0 });
  history(watch);
  const attempt = { id: "a", channel: "dedup", endedAt: null, startedAt: 0, outcome: null, reason: null };
  const message = { recipient: { id: "u" }, automated: false, metadata: {} };
  const effect = { id: "d", kind: "delivery", delivery: { attempts: [attempt], message } };
  watch.see("s", [effect as unknown as DeliveryEffect], 10);
  return watch.arrives({ channel: "dedup", effectId: "d", key: "d:1:dedup", sessionId: "s" }, 10);
}

it("finds what leaves although it was stopped before, and was not let go on since that was asked for", () => {
  const lift = (watch: LimitWatch, from: number, until: number) => watch.lifting(target, from)(until);
  const alarm = ["d:1:dedup left although dedup to u was stopped"];
  expect(verdictAfter(() => undefined)).toEqual([]);
  expect(verdictAfter((watch) => watch.stopped(target, 1, 2))).toEqual(alarm);
  expect(verdictAfter((watch) => watch.stopped(target, 9, 10))).toEqual([]);
  const liftedBefore = (watch: LimitWatch) => {
    lift(watch, 1, 2);
    watch.stopped(target, 3, 4);
  };
  expect(verdictAfter(liftedBefore)).toEqual(alarm);
  const liftedAfter = (watch: LimitWatch) => {
    watch.stopped(target, 1, 2);
    lift(watch, 3, 4);
  };
  expect(verdictAfter(liftedAfter)).toEqual([]);
  // Asked for before it was let go on, answered after: nobody can tell which of the two came last.
  const liftedMeanwhile = (watch: LimitWatch) => {
    lift(watch, 3, 4);
    watch.stopped(target, 2, 5);
  };
  expect(verdictAfter(liftedMeanwhile)).toEqual([]);
});
