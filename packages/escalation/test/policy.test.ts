import { type EscalationPolicyInput, OrchestratorError, scheduleSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { defaultPolicy, lintPolicy, type PolicyDirectory, readPolicy } from "../src/index.js";

const now = Date.UTC(2026, 2, 2, 12);
const directory: PolicyDirectory = {
  workers: ["ada"],
  roles: ["lead"],
  queues: ["support", "default"],
  channels: ["slack"],
  schedules: {
    oncall: scheduleSchema.parse({ timeZone: "UTC", shifts: [{ workers: ["ada"], startsOn: "2026-01-01" }] }),
    gap: scheduleSchema.parse({
      timeZone: "UTC",
      shifts: [{ workers: ["ada"], startsOn: "2026-01-01" }],
      overrides: [{ workers: [], from: "2026-03-08T03:00", to: "2026-03-08T04:00" }],
    }),
  },
};
const level = { targets: [{ queue: "support" }], waitSeconds: 60 };
const lint = (input: Partial<EscalationPolicyInput>) =>
  lintPolicy(
    readPolicy({ levels: [level], onExhausted: { action: "expire" }, ...input }, "test"),
    directory,
    { now },
  );

describe("the linter", () => {
  it("finds nothing in a good policy", () => {
    expect(lint({})).toEqual([]);
    expect(lintPolicy(defaultPolicy(), directory, { now })).toEqual([]);
    expect(lint({ levels: [{ ...level, targets: [{ schedule: "oncall" }, { worker: "ada" }] }] })).toEqual(
      [],
    );
  });

  it.each<[string, Partial<EscalationPolicyInput>, (string | number)[]]>([
    [
      "unknown_target",
      { levels: [{ ...level, targets: [{ queue: "suport" }] }] },
      ["levels", 0, "targets", 0, "queue"],
    ],
    ["no_targets", { levels: [{ ...level, targets: [] }] }, ["levels", 0, "targets"]],
    [
      "offer_longer_than_wait",
      { levels: [{ ...level, assign: "offer", offerSeconds: 61 }] },
      ["levels", 0, "offerSeconds"],
    ],
    ["calendar_never_opens", { calendars: { shut: { timeZone: "UTC", week: {} } } }, ["calendars", "shut"]],
    ["ttl_too_short", { ttlSeconds: 119, repeat: { times: 1 } }, ["ttlSeconds"]],
    [
      "schedule_gap",
      { levels: [{ ...level, targets: [{ schedule: "gap" }] }] },
      ["levels", 0, "targets", 0, "schedule"],
    ],
  ])("finds %s, and nothing else", (code, input, path) => {
    expect(lint(input).map((finding) => [finding.code, finding.path])).toEqual([[code, path]]);
  });

  it("says what to do: the nearest name, the moment of the gap", () => {
    expect(lint({ levels: [{ ...level, targets: [{ queue: "suport" }] }] })[0]?.message).toContain(
      "did you mean support?",
    );
    expect(lint({ levels: [{ ...level, targets: [{ schedule: "gap" }] }] })[0]?.message).toContain(
      "2026-03-08T03:00:00.000Z",
    );
  });
});

it("readPolicy lists every mistake with its path, and the nearest calendar", () => {
  const read = () =>
    readPolicy(
      {
        levels: [{ ...level, hours: "ofice" }],
        repeat: { fromLevel: 3 },
        onExhausted: { action: "expire" },
        calendars: { office: { timeZone: "UTC", week: {} } },
      },
      "night",
    );
  expect(read).toThrow("escalation policy night");
  expect(read).toThrow(/levels\[0\]\.hours: .*repeat\.fromLevel: .*did you mean office\?/);
  try {
    read();
  } catch (error) {
    expect(OrchestratorError.isInstance(error, "invalid_configuration")).toBe(true);
  }
});
