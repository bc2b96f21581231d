import { type BlockerDetector, blockerSchema } from "@hybrid-orchestrator/core";
import { sampleActivity, sampleSession } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currentStage, dependency, repeatedFailure, stalled, userInactive } from "../src/index.js";

const session = sampleSession();
const start = session.createdAt;
const at = (seconds: number) => start + seconds * 1_000;

const found = (detect: BlockerDetector, input: Partial<Parameters<BlockerDetector>[0]>) =>
  detect({ session, activities: [], now: start, ...input }).map(
    ({ severity, description }) => `${severity}: ${description}`,
  );

type Entry = readonly [type: string, data?: object, seconds?: number];

function log(...entries: readonly Entry[]) {
  return entries.map(([type, data = {}, seconds = 0], index) =>
    sampleActivity({ seq: index + 1, type, data: data as never, effectiveAt: at(seconds) }),
  );
}

describe("a user who is inactive", () => {
  const heard = sampleSession({ lastActivityAt: { ...session.lastActivityAt, user: at(100) } });

  it.each([
    [399, []],
    [400, ["medium: The user has been silent for 5 min."]],
    [700, ["high: The user has been silent for 10 min."]],
  ])("after %i s is %j", (seconds, blockers) => {
    expect(found(userInactive(), { session: heard, now: at(seconds) })).toEqual(blockers);
  });

  it("counts from creation where nothing was ever heard, by the threshold that is given", () => {
    expect(found(userInactive({ seconds: 60, severity: "low" }), { now: at(60) })).toEqual([
      "low: The user has been silent for 1 min.",
    ]);
  });

  it("is none once the session is paused or closed", () => {
    for (const status of ["paused", "completed"] as const)
      expect(found(userInactive(), { session: { ...heard, status }, now: at(9_000) })).toEqual([]);
  });
});

describe("a session that is stalled", () => {
  const detect = stalled({ seconds: 60, byStage: { documents: 600, done: null } });
  const stages = log(
    ["step_reached", { stage: "start" }, 0],
    ["step_reached", { stage: "documents" }, 10],
    ["field_change", {}, 400],
    ["step_reached", { stage: "documents" }, 500],
  );

  it("is so by the threshold of its stage, counted from when it was reached", () => {
    expect(found(detect, { activities: stages, now: at(609) })).toEqual([]);
    expect(found(detect, { activities: stages, now: at(610) })).toEqual([
      "medium: It has been at the stage documents for 10 min, and 10 min is expected.",
    ]);
    expect(found(detect, { activities: stages.slice(0, 1), now: at(125) })).toEqual([
      "high: It has been at the stage start for 2 min 5 s, and 1 min is expected.",
    ]);
  });

  it("is not at a stage that may last for ever, nor without a threshold", () => {
    const done = log(["step_reached", { stage: "done" }, 0]);
    expect(found(detect, { activities: done, now: at(9e6) })).toEqual([]);
    expect(found(stalled({ seconds: null }), { now: at(9e6) })).toEqual([]);
  });

  it("is so too before any stage", () => {
    expect(found(detect, { now: at(60) })).toEqual([
      "medium: It has been before its first stage for 1 min, and 1 min is expected.",
    ]);
  });

  it("takes its stage from texts alone", () => {
    expect(currentStage(log(["a", { stage: 3 }], ["b", { stage: null }]))).toBeNull();
    expect(currentStage(log(["a", { state: "x" }, 5]), "state")).toEqual({ stage: "x", since: at(5) });
  });
});

describe("a failure that repeats", () => {
  const detect = repeatedFailure({
    failures: ["*_failed"],
    successes: ["*_passed"],
    keyOf: ({ data }) => String(data.check ?? ""),
  });
  const runs = (text: string, check = "unit"): Entry[] =>
    [...text].map((sign) => [
      sign === "x" ? "check_failed" : sign === "o" ? "check_passed" : "note",
      { check },
    ]);

  it.each([
    ["xxx", []],
    ["xxxx", ["medium: unit has failed 4 times in a row."]],
    ["xx-xx--", ["medium: unit has failed 4 times in a row."]],
    ["xxxoxxx", []],
    ["xxxxo", []],
    ["oxxxxxxxx", ["high: unit has failed 8 times in a row."]],
  ])("in the order %s is %j", (order, blockers) => {
    expect(found(detect, { activities: log(...runs(order)) })).toEqual(blockers);
  });

  it("is counted for each thing apart, the worst first", () => {
    const both = [...runs("xxxx"), ...runs("xxxxx", "lint")];
    expect(found(detect, { activities: log(...both) })).toEqual([
      "medium: lint has failed 5 times in a row.",
      "medium: unit has failed 4 times in a row.",
    ]);
  });
});

describe("a dependency", () => {
  const detect = dependency({
    opened: ["document_requested"],
    settled: ["document_accepted"],
    metadataKey: "blockedBy",
  });

  it("is what was opened and not settled, and what the metadata lists", () => {
    const activities = log(
      ["document_requested", { dependency: "passport" }],
      ["document_requested", { dependency: "payslip" }],
      ["document_requested"],
      ["document_accepted", { dependency: "passport" }],
    );
    expect(found(detect, { activities })).toEqual(["medium: It waits for payslip."]);
    const blocked = sampleSession({ metadata: { blockedBy: ["api#7", 3, ""] } });
    expect(found(detect, { activities, session: blocked })).toEqual(["medium: It waits for api#7, payslip."]);
    expect(found(detect, { session: sampleSession({ metadata: { blockedBy: "api#7" } }) })).toEqual([
      "medium: It waits for api#7.",
    ]);
    expect(found(detect, {})).toEqual([]);
  });
});

it("all answer with valid blockers, whatever the session holds, and the same each time", () => {
  const detectors = [
    userInactive(),
    stalled({ seconds: 60 }),
    repeatedFailure({ failures: ["*"], keyOf: ({ data }) => JSON.stringify(data.key) ?? "" }),
    dependency({ opened: ["*"], settled: ["b*"], metadataKey: "key" }),
  ];
  const data = fc.dictionary(fc.constantFrom("stage", "key", "dependency", "__proto__"), fc.jsonValue());
  const entry = fc.tuple(fc.constantFrom("a", "b", "error"), data, fc.nat(100_000));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 50 }), data, fc.nat(1e9), (entries, metadata, now) => {
      const input = {
        session: sampleSession({ metadata: metadata as never }),
        activities: log(...entries),
        now: start + now,
      };
      for (const detect of detectors) {
        const blockers = detect(input);
        for (const blocker of blockers) expect(blockerSchema.safeParse(blocker).success).toBe(true);
        expect(detect(input)).toEqual(blockers);
      }
    }),
  );
});
