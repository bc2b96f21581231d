import {
  actors,
  type ConditionInput,
  type FilterFunction,
  type JsonObject,
  sessionStatuses,
  type TriggerInput,
} from "@hybrid-orchestrator/core";
import fc from "fast-check";
import type { Input, Upset } from "./world.js";

/** Random rules and random histories over so few names and so short times that they meet all the time. */

const seconds = fc.integer({ min: 1, max: 15 }).map((ms) => ms / 1_000);
const within = fc.integer({ min: 2, max: 25 }).map((ms) => ms / 1_000);
const times = fc.integer({ min: 1, max: 4 });
const field = fc.constantFrom("*", "a", "b", "a*", "?b");
const fieldId = fc.constantFrom("a", "b", "ab");
const types = ["field_change", "error", "form_error", "page", "classification"] as const;
const type = fc.constantFrom(...types);
const typeGlob = fc.constantFrom<string>(...types, "*", "*_*", "p*", "session.*", "field_change");
const status = fc.constantFrom(...sessionStatuses);
const step = fc.record(
  { activity: typeGlob, field, data: fc.constantFrom<JsonObject>({ stage: "one" }, { value: 1 }) },
  { requiredKeys: ["activity"] },
);

/** Conditions by name, with functions that need nothing but what they are given. */
const customConditions = {
  oddLog: ({ activities }: { activities: readonly { seq: number }[] }) =>
    (activities.at(-1)?.seq ?? 0) % 2 === 1,
  byTime: ({ now }: { now: number }) => now % 3 === 0,
  throwing: ({ now }: { now: number }) => {
    if (now % 2 === 0) throw new Error("even");
    return true;
  },
};

const filters: readonly FilterFunction[] = [
  (session) => session.lastActivityAt.ai !== null,
  (session) => session.metadata.vip === true,
  (session) => {
    if (session.metadata.vip !== true) throw new Error("no vip");
    return true;
  },
];

const leaf: fc.Arbitrary<ConditionInput> = fc.oneof(
  fc.record({
    type: fc.constant("no_activity" as const),
    seconds,
    actors: fc.subarray([...actors], { minLength: 1 }),
  }),
  fc.record({ type: fc.constant("no_progress" as const), seconds, marker: fc.constantFrom("stage", "step") }),
  fc.record({ type: fc.constant("field_changed" as const), field }),
  fc.record({ type: fc.constant("field_error" as const), field, times, withinSeconds: within }),
  fc.record(
    {
      type: fc.constant("repeated_error" as const),
      activity: fc.constantFrom("page", "*error"),
      times,
      withinSeconds: within,
    },
    { requiredKeys: ["type", "times", "withinSeconds"] },
  ),
  fc.record(
    {
      type: fc.constant("status_changed" as const),
      to: status,
      from: fc.subarray([...sessionStatuses], { minLength: 1 }),
    },
    { requiredKeys: ["type", "to"] },
  ),
  fc.record({ type: fc.constant("reached_stage" as const), stage: fc.constantFrom("one", "two") }),
  fc.record({
    type: fc.constant("score_below" as const),
    metric: fc.constant("score"),
    threshold: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({ type: fc.constant("classified" as const), label: fc.constantFrom("x", "y") }),
  fc.record({
    type: fc.constant("time_in_status" as const),
    status: fc.constantFrom("active" as const, "abandoned" as const),
    seconds,
  }),
  fc.record({
    type: fc.constant("metadata" as const),
    path: fc.constantFrom("vip", "deep.flag"),
    is: fc.boolean(),
  }),
  fc.record(
    {
      type: fc.constant("sequence" as const),
      steps: fc
        .array(
          fc
            .tuple(step, fc.boolean(), fc.boolean())
            .map(([pattern, optional, adjacent]) => ({ ...pattern, optional, adjacent })),
          { minLength: 2, maxLength: 4 },
        )
        .filter((steps) => steps.some(({ optional }) => !optional)),
      withinSeconds: within,
      maxGapSeconds: seconds,
    },
    { requiredKeys: ["type", "steps", "withinSeconds"] },
  ),
  fc.record({ type: fc.constant("absence_after" as const), step, without: step, seconds }),
  fc.record({ type: fc.constant("oscillation" as const), field }),
  fc.record({ type: fc.constant("rate" as const), activity: typeGlob, times, withinSeconds: within }),
  fc.record({
    type: fc.constant("trend" as const),
    metric: fc.constant("score"),
    direction: fc.constantFrom("rising" as const, "falling" as const),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record(
    {
      type: fc.constant("custom" as const),
      evaluate: fc.constantFrom(...Object.values(customConditions)),
      everySeconds: seconds,
    },
    { requiredKeys: ["type", "evaluate"] },
  ),
) as fc.Arbitrary<ConditionInput>;

const condition: fc.Arbitrary<ConditionInput> = fc.letrec<{ node: ConditionInput }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constantFrom("all" as const, "any" as const),
        conditions: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("not" as const), condition: tie("node") }) },
  ),
})).node;

/** Mostly absent, since most of these keep a rule from firing. */
function seldom<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

const limits = {
  maxFires: fc.integer({ min: 1, max: 8 }),
  cooldownSeconds: fc.integer({ min: 1, max: 12 }).map((ms) => ms / 1_000),
  priority: fc.integer({ min: 1, max: 2 }),
  status: seldom(fc.subarray([...sessionStatuses]).map((statuses) => [...statuses, "active" as const])),
  filter: seldom(
    fc.oneof(
      fc.constantFrom(...filters),
      fc.record({ metadata: fc.constantFrom<JsonObject>({ vip: true }, { "deep.flag": true }) }),
      fc.constant({ workflow: "default" }),
    ),
  ),
  mode: seldom(fc.constantFrom("shadow" as const, { holdout: 0 }, { holdout: 1 })),
  action: seldom(
    fc.constantFrom<TriggerInput["action"]>(
      { type: "set_status", status: "paused" },
      { type: "set_status", status: "paused" },
      { type: "set_status", status: "abandoned" },
    ),
  ),
};

function rulesOf(conditions: fc.Arbitrary<ConditionInput>): fc.Arbitrary<TriggerInput[]> {
  return fc
    .array(fc.record({ condition: conditions, ...limits }), { minLength: 1, maxLength: 6, size: "max" })
    .map((rules) =>
      rules.map(({ action = { type: "ui_action", action: "show" }, ...rule }, index) => {
        const given = Object.entries(rule).filter(([, value]) => value !== undefined);
        return { ...Object.fromEntries(given), action, name: `rule ${index}` } as TriggerInput;
      }),
    );
}

export const rules = rulesOf(condition);
export const plainRules = rulesOf(leaf.filter(({ type }) => type !== "custom"));

const after = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 60 }) },
);
const late = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) },
);
const value = fc.constantFrom(1, 2, 1, 2, null, { x: 1 }, "1");
const data = fc.record(
  {
    fieldId: fc.oneof({ weight: 12, arbitrary: fieldId }, fc.constantFrom(null, "", 7)),
    field_id: fieldId,
    value,
    stage: fc.constantFrom("one", "two", null, 3),
    step: fc.constantFrom(1, 2, null),
    score: fc.constantFrom(1, 2, 3, "2"),
    label: fc.constantFrom("x", "y"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

const input: fc.Arbitrary<Input> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant("activity" as const),
      after,
      type: fc.oneof(
        { weight: 2, arbitrary: fc.constant("field_change" as const) },
        { weight: 3, arbitrary: type },
      ),
      actor: fc.constantFrom(...actors),
      data,
      late,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("status" as const),
      after,
      to: status.filter((to) => to !== "completed" && to !== "expired"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("status" as const), after, to: fc.constant("active" as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("metadata" as const),
      after,
      patch: fc.constantFrom<JsonObject>(
        { vip: true },
        { vip: false },
        { vip: null },
        { deep: { flag: true } },
        { deep: 1 },
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("tick" as const), after }) },
);
const upset = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Upset>("none") },
  { weight: 3, arbitrary: fc.constantFrom<Upset>("roundTrip", "checkpoint", "rebuild") },
);

export const history = fc.array(fc.tuple(input, upset), { minLength: 1, maxLength: 60, size: "max" });
export const cap = seldom(fc.integer({ min: 1, max: 8 })).map((most) => most ?? null);
