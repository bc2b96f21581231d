import { type Issue, OrchestratorError, type TriggerInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { parseTrigger, parseTriggers } from "../src/index.js";
import { rule } from "./play.js";

/** The mistakes in a definition: path, then message. */
function mistakes(parse: () => unknown): [string, string][] {
  try {
    parse();
  } catch (error) {
    if (!OrchestratorError.isInstance(error, "invalid_trigger")) throw error;
    return error.issues.map(({ path, message }: Issue) => [path.join("."), message]);
  }
  return [];
}
const inOne = (input: unknown) => mistakes(() => parseTrigger(input));
const inFile = (source: unknown, format?: "yaml" | "json") =>
  mistakes(() => parseTriggers(source, format && { format }));

describe("parseTrigger", () => {
  it("completes defaults", () => {
    expect(parseTrigger(rule({ type: "field_error" }))).toMatchObject({
      condition: { field: "*", times: 3, withinSeconds: 60 },
      maxFires: 1,
      cooldownSeconds: 60,
      priority: 100,
      mode: "live",
      severity: "medium",
    });
  });

  it("reports every mistake with its path", () => {
    const input = {
      name: "",
      condition: {
        type: "all",
        conditions: [
          { type: "no_activity", seconds: "2 min" },
          { type: "rate", activity: "x", times: 0, withinSeconds: 5, withinSecond: 5 },
        ],
      },
      action: { type: "send", urgency: "hihg" },
      maxFire: 3,
      cooldownSeconds: -1,
    };
    expect(inOne(input)).toEqual([
      ["name", "the length must be at least 1"],
      [
        "condition.conditions.0.seconds",
        'must be a number, not the text "2 min"; write durations in seconds, without quotes',
      ],
      ["condition.conditions.1.times", "is 0 and must be at least 1"],
      ["condition.conditions.1.withinSecond", "is not known here; did you mean withinSeconds?"],
      ["action.urgency", '"hihg" is not one of low, normal, high, critical'],
      ["cooldownSeconds", "is -1 and must be at least 0"],
      ["maxFire", "is not known here; did you mean maxFires?"],
    ]);
  });

  it("suggests types", () => {
    expect(inOne(rule({ type: "no_activty" } as never))).toEqual([
      ["condition.type", '"no_activty" is no known type; did you mean no_activity?'],
    ]);
    expect(inOne({ ...rule({ type: "field_changed" }), action: { type: "sent" } })).toEqual([
      ["action.type", '"sent" is no known type; did you mean send?'],
    ]);
    expect(
      inOne({
        ...rule({ type: "field_changed" }),
        action: [{ type: "send" }, { type: "send", chanel: "sms" }],
      }),
    ).toEqual([["action.1.chanel", "is not known here; did you mean channel?"]]);
  });

  it("says what is missing", () => {
    expect(inOne({})).toEqual([
      ["name", "is missing"],
      ["condition", "is missing"],
      ["action", "is missing"],
    ]);
    expect(inOne(rule({ type: "no_activity" } as never))).toEqual([["condition.seconds", "is missing"]]);
    expect(inOne("text")).toEqual([["", 'must be an object, not "text"']]);
  });

  it.each<[string, Partial<TriggerInput> & { condition: TriggerInput["condition"] }, string]>([
    [
      "time in the status paused",
      { condition: { type: "time_in_status", status: "paused", seconds: 5 } },
      "condition.status",
    ],
    [
      "a sequence of optional steps",
      {
        condition: {
          type: "sequence",
          steps: [
            { activity: "a", optional: true },
            { activity: "b", optional: true },
          ],
          withinSeconds: 5,
        },
      },
      "condition.steps",
    ],
    ["firing in paused sessions", { condition: { type: "field_changed" }, status: ["paused"] }, "status"],
    [
      "no cooldown for a state",
      { condition: { type: "no_activity", seconds: 5 }, maxFires: 2, cooldownSeconds: 0 },
      "cooldownSeconds",
    ],
    [
      "no cooldown for a not",
      { condition: { type: "not", condition: { type: "field_changed" } }, maxFires: 2, cooldownSeconds: 0 },
      "cooldownSeconds",
    ],
    [
      "no cooldown for a timed custom",
      { condition: { type: "custom", evaluate: "x", everySeconds: 5 }, maxFires: 2, cooldownSeconds: 0 },
      "cooldownSeconds",
    ],
  ])("refuses %s", (_, input, path) => {
    expect(inOne(rule(input.condition, input)).map(([where]) => where)).toEqual([path]);
  });

  it("allows no cooldown where firing ends the condition", () => {
    const condition = {
      type: "all",
      conditions: [{ type: "field_changed" }, { type: "metadata", path: "vip", is: true }],
    } as const;
    expect(inOne(rule(condition, { maxFires: 5, cooldownSeconds: 0 }))).toEqual([]);
  });

  it("refuses a condition that is nested without end", () => {
    const cyclic: Record<string, unknown> = { type: "not" };
    cyclic.condition = cyclic;
    expect(inOne(rule(cyclic as never))).toEqual([["condition", "is nested more than 16 levels deep"]]);
  });
});

describe("parseTriggers", () => {
  const ours = {
    name: "idle",
    condition: { type: "no_activity", seconds: 120 },
    action: { type: "send", message: "Still there?" },
  };

  it("takes a list, an object, YAML and JSON", () => {
    const expected = [parseTrigger(ours)];
    expect(parseTriggers([ours])).toEqual({ triggers: expected, maxFiresPerSession: null });
    expect(parseTriggers({ triggers: [ours] }).triggers).toEqual(expected);
    expect(parseTriggers(JSON.stringify([ours], null, "\t"), { format: "json" }).triggers).toEqual(expected);
    expect(
      parseTriggers(
        "- { name: idle, condition: { type: no_activity, seconds: 120 }, action: { type: send, message: Still there? } }",
      ).triggers,
    ).toEqual(expected);
  });

  it("takes defaults and the cap", () => {
    const { triggers, maxFiresPerSession } = parseTriggers({
      defaults: { maxFires: 3, status: "PAUSED", maxFiresPerSession: 7 },
      triggers: [
        { ...ours, status: ["active"] },
        { ...ours, name: "b", status: ["active"], maxFires: 1 },
      ],
    });
    expect(maxFiresPerSession).toBe(7);
    expect(triggers.map(({ maxFires, status }) => [maxFires, status])).toEqual([
      [3, ["active"]],
      [1, ["active"]],
    ]);
  });

  it("understands the nested form of the reference implementation", () => {
    const { triggers } = parseTriggers([
      {
        name: "a",
        condition: { type: "NO_ACTIVITY", params: {} },
        action: { type: "VOICE_PROMPT", params: { message: "Hello", urgency: "HIGH" } },
        max_fires_per_session: 2,
        cooldown_seconds: 5,
      },
      {
        name: "b",
        condition: { type: "field_error", params: { field_pattern: "ssn*", times: 4, within_seconds: 30 } },
        action: { type: "dashboard_alert" },
      },
      {
        name: "c",
        condition: { type: "field_changed", params: { field_pattern: "x" } },
        action: { type: "webhook", params: {} },
      },
      {
        name: "d",
        condition: { type: "status_changed", params: { status: "COMPLETED" } },
        action: { type: "email" },
      },
    ]);
    expect(triggers[0]).toMatchObject({
      condition: { type: "no_activity", seconds: 120 },
      action: { type: "send", to: "user", channel: "voice", message: "Hello", urgency: "high" },
      maxFires: 2,
      cooldownSeconds: 5,
    });
    expect(triggers[1]).toMatchObject({
      condition: { field: "ssn*", times: 4, withinSeconds: 30 },
      action: { type: "send", to: "worker", channel: "dashboard" },
      maxFires: 1,
      cooldownSeconds: 60,
    });
    expect(triggers[2]).toMatchObject({
      condition: { field: "x" },
      action: { type: "send", channel: "webhook" },
    });
    expect(triggers[3]).toMatchObject({ condition: { to: "completed" }, action: { channel: "email" } });
  });

  it("understands the flat form of the paper", () => {
    const { triggers, maxFiresPerSession } = parseTriggers({
      defaults: { poll_interval: 30, max_triggers_per_session: 10 },
      triggers: [
        {
          name: "gentle_nudge",
          condition_type: "no_activity",
          duration_seconds: 90,
          action_type: "voice_prompt",
          channel: "voice",
          message: "Still there?",
          max_triggers: 2,
          priority: "low",
        },
        {
          name: "escalate_to_human",
          condition_type: "no_progress",
          duration_seconds: 300,
          action_type: "dashboard_alert",
          channel: "dashboard",
          message: "Session {id} is stuck.",
          priority: "high",
        },
        {
          name: "form_field_stuck",
          condition_type: "same_field_changed",
          times: 3,
          within_seconds: 60,
          action_type: "highlight_and_guide",
          channel: "voice",
        },
        {
          name: "sentiment_drop",
          condition_type: "sentiment_below",
          threshold: 0.3,
          action_type: "escalate",
          channel: "dashboard",
          message: "Unhappy",
        },
        {
          name: "topic",
          condition_type: "classification",
          label: "out_of_scope",
          action_type: "transfer_to_human",
          channel: "voice",
          status_required: "ACTIVE",
        },
        {
          name: "tests_failing",
          condition_type: "repeated_error",
          error_count: 3,
          action_type: "nudge",
          channel: "slack",
        },
      ],
    });
    expect(maxFiresPerSession).toBe(10);
    expect(triggers[0]).toMatchObject({
      condition: { seconds: 90 },
      action: { type: "send", channel: "voice", urgency: "low" },
      maxFires: 2,
      priority: 150,
      severity: "low",
    });
    expect(triggers[1]).toMatchObject({
      condition: { type: "no_progress", seconds: 300, marker: "screen" },
      action: { to: "worker", channel: "dashboard", urgency: "high" },
      priority: 50,
      severity: "high",
    });
    expect(triggers[2]).toMatchObject({
      condition: { type: "field_error", times: 3, withinSeconds: 60 },
      action: { type: "send", to: "user", channel: "voice" },
    });
    expect(triggers[3]).toMatchObject({
      condition: { type: "score_below", metric: "sentiment", threshold: 0.3 },
      action: [
        { type: "escalate", reason: "Unhappy" },
        { type: "send", to: "worker", channel: "dashboard", message: "Unhappy" },
      ],
    });
    expect(triggers[4]).toMatchObject({
      condition: { type: "classified", label: "out_of_scope" },
      action: { type: "escalate" },
      status: ["active"],
    });
    expect(triggers[5]).toMatchObject({
      condition: { type: "repeated_error", times: 3, withinSeconds: 3_600 },
      action: { channel: "slack" },
    });
  });

  it("leaves the parameters of custom conditions and actions alone", () => {
    const custom = {
      name: "c",
      condition: { type: "custom", evaluate: "busy", params: { duration_seconds: 5 } },
      action: { type: "custom", run: "call", params: { channel: "x" } },
    };
    expect(parseTriggers([custom]).triggers[0]).toMatchObject(custom);
  });

  it("reports all mistakes of a file at once, where they were written", () => {
    expect(
      inFile({
        defaults: { cooldownSeconds: "60", maxfires: 2 },
        triggers: [
          {
            name: "a",
            condition: { type: "no_activity", params: { duration_seconds: "120", seconds: 5 } },
            action: { type: "sms" },
          },
          { name: "a", condition_type: "reached_stage", stagee: "x", action_type: "sms" },
          {
            name: "c",
            condition: { type: "any", conditions: [{ type: "field_error", params: { field_patern: "x" } }] },
            action: { type: "send" },
            cooldownSeconds: 5,
          },
        ],
        trigers: [],
      }),
    ).toEqual([
      ["trigers", "is not known here; did you mean triggers?"],
      ["defaults.maxfires", "is not known here; did you mean maxFires?"],
      ["triggers.0.condition.params.seconds", "says the same as duration_seconds; give one of them"],
      [
        "triggers.0.condition.params.duration_seconds",
        'must be a number, not the text "120"; write durations in seconds, without quotes',
      ],
      [
        "defaults.cooldownSeconds",
        'must be a number, not the text "60"; write durations in seconds, without quotes',
      ],
      ["triggers.1.name", "a is the name of trigger 0 already"],
      ["triggers.1.stage", "is missing"],
      ["triggers.1.stagee", "is not known here; did you mean stage?"],
      [
        "triggers.2.condition.conditions.0.params.field_patern",
        "is not known here; did you mean field_pattern?",
      ],
    ]);
  });

  it("refuses what is no list, and text that cannot be read", () => {
    expect(inFile({ name: "a" })).toEqual([
      ["", "A file must be a list of triggers, or an object with a list under triggers"],
    ]);
    expect(inFile("- name: [")[0]?.[1]).toMatch(/^The text cannot be read: .* at line 1/);
    expect(inFile("- name: a\n  name: b\n")[0]?.[1]).toMatch(/Map keys must be unique at line 2/);
    expect(inFile('[{"name": "a", "name": "b"}]', "json")[0]?.[1]).toMatch(/Map keys must be unique/);
    expect(inFile("- name: a", "json")[0]?.[1]).toMatch(/^The text is not JSON/);
    expect(inFile([null, 5])).toEqual([
      ["0", "must be an object, not null"],
      ["1", "must be an object, not 5"],
    ]);
  });

  it("is not taken in by a YAML bomb or by __proto__", () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\ntriggers: [*c, *c, *c, *c]`;
    expect(inFile(bomb)[0]?.[1]).toMatch(/alias/);
    expect(
      inFile(
        '[{"__proto__": {"name": "x"}, "name": "a", "condition": {"type": "field_changed"}, "action": {"type": "send"}}]',
        "json",
      ).map(([path]) => path),
    ).toEqual(["0.__proto__"]);
  });
});
