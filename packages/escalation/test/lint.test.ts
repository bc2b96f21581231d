import { type CalendarInput, type EscalationPolicyInput, scheduleSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  defaultPolicy,
  findingCodes,
  lintPolicy,
  type PolicyDirectory,
  type PolicyFinding,
  readPolicy,
} from "../src/index.js";

const now = Date.UTC(2026, 2, 2, 12);
const shift = { workers: ["ada"], startsOn: "2026-01-01" };
const week = (from: string, to: string): CalendarInput["week"] =>
  Object.fromEntries(
    ["monday", "tuesday", "wednesday", "thursday", "friday"].map((day) => [day, [{ from, to }]]),
  );
const everyDay = (...hours: { readonly from: string; readonly to: string }[]) => ({
  week: Object.fromEntries(
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [day, hours]),
  ),
});
const schedule = (input: object) => scheduleSchema.parse({ timeZone: "UTC", shifts: [shift], ...input });
const directory: PolicyDirectory = {
  workers: ["ada"],
  roles: ["lead"],
  queues: ["support", "default"],
  channels: ["slack"],
  schedules: {
    oncall: schedule({}),
    gap: schedule({
      overrides: [
        { workers: [], from: "2026-03-08T03:00", to: "2026-03-08T04:00" },
        { workers: [], from: "2026-03-08T04:00", to: "2026-03-08T05:00" },
        { workers: [], from: "2026-03-10T03:00", to: "2026-03-10T04:00" },
      ],
    }),
    days: schedule({ shifts: [{ ...shift, hours: everyDay({ from: "08:00", to: "20:00" }) }] }),
    nights: schedule({
      shifts: [{ ...shift, hours: everyDay({ from: "00:00", to: "08:00" }, { from: "20:00", to: "24:00" }) }],
    }),
    never: schedule({ shifts: [{ ...shift, hours: { week: {} } }] }),
    strangers: schedule({ shifts: [{ ...shift, workers: ["ada", "adda"] }] }),
  },
};

const level = { targets: [{ queue: "support" }], waitSeconds: 60 };
const calendars = {
  office: { timeZone: "UTC", week: week("09:00", "17:00") },
  evening: { timeZone: "UTC", week: week("19:00", "22:00") },
  late: { timeZone: "UTC", week: week("17:00", "22:00") },
  always: { timeZone: "UTC", ...everyDay({ from: "00:00", to: "24:00" }) },
  often: {
    timeZone: "UTC",
    ...everyDay(
      ...Array.from({ length: 12 }, (_, hour) => {
        const two = String(hour * 2).padStart(2, "0");
        return { from: `${two}:00`, to: `${two}:30` };
      }),
    ),
  },
} satisfies Record<string, CalendarInput>;
const week7 = 7 * 86_400;

type Input = Partial<EscalationPolicyInput>;

function lint(input: Input): readonly PolicyFinding[] {
  const policy = readPolicy(
    { levels: [level], onExhausted: { action: "expire" }, calendars, ...input },
    "test",
  );
  return lintPolicy(policy, directory, { now });
}

const found = (input: Input) => lint(input).map(({ code, path }) => [code, path.join(".")]);

/** A mistake, where it is found, and the policy next to it that has none. */
const planted: Readonly<
  Record<PolicyFinding["code"], readonly [mistake: Input, path: string, correct: Input][]>
> = {
  unknown_target: [
    [
      { levels: [{ ...level, targets: [{ queue: "suport" }] }] },
      "levels.0.targets.0.queue",
      { levels: [{ ...level, targets: [{ queue: "support" }] }] },
    ],
    [
      { levels: [{ ...level, onNoTarget: "fall_back", fallback: [{ worker: "bob" }] }] },
      "levels.0.fallback.0.worker",
      { levels: [{ ...level, onNoTarget: "fall_back", fallback: [{ worker: "ada" }] }] },
    ],
  ],
  unknown_worker: [
    [
      {
        levels: [
          { ...level, targets: [{ schedule: "strangers" }] },
          { ...level, targets: [{ schedule: "strangers" }] },
        ],
      },
      "levels.0.targets.0.schedule",
      { levels: [{ ...level, targets: [{ schedule: "oncall" }] }] },
    ],
  ],
  no_targets: [[{ levels: [{ ...level, targets: [] }] }, "levels.0.targets", { levels: [level] }]],
  fallback_repeats_targets: [
    [
      { levels: [{ ...level, onNoTarget: "fall_back", fallback: [{ queue: "support" }] }] },
      "levels.0.fallback",
      {
        levels: [
          { ...level, onNoTarget: "fall_back", fallback: [{ queue: "support" }, { channel: "slack" }] },
        ],
      },
    ],
    [
      { levels: [{ ...level, hours: "office", onNoTarget: "fall_back", fallback: [{ queue: "support" }] }] },
      "levels.0.fallback",
      { levels: [{ ...level, hours: "office", onNoTarget: "fall_back", fallback: [{ worker: "ada" }] }] },
    ],
  ],
  offer_longer_than_wait: [
    [
      { levels: [{ ...level, assign: "offer", offerSeconds: 61 }] },
      "levels.0.offerSeconds",
      { levels: [{ ...level, assign: "offer", offerSeconds: 60 }] },
    ],
  ],
  held_forever: [
    [
      { levels: [level, { ...level, targets: [{ schedule: "never" }], onNoTarget: "hold" }] },
      "levels.1.onNoTarget",
      { levels: [level, { ...level, targets: [{ schedule: "oncall" }], onNoTarget: "hold" }] },
    ],
  ],
  unreachable_level: [
    [
      { levels: [level, { ...level, targets: [{ schedule: "never" }] }] },
      "levels.1",
      { levels: [level, { ...level, targets: [{ schedule: "oncall" }] }] },
    ],
    // What holds for the office hours is never followed by what is only there in the evening, …
    [
      {
        levels: [
          { ...level, hours: "office", onNoTarget: "hold" },
          { ...level, hours: "evening" },
        ],
        ttlSeconds: week7,
      },
      "levels.1",
      // … unless the evening begins where the office closes, or the first level is skipped.
      {
        levels: [
          { ...level, hours: "office", onNoTarget: "hold" },
          { ...level, hours: "late" },
        ],
        ttlSeconds: week7,
      },
    ],
    [
      {
        levels: [
          { ...level, hours: "office", onNoTarget: "hold" },
          { ...level, hours: "evening" },
        ],
        ttlSeconds: week7,
        repeat: { times: 2, fromLevel: 1 },
      },
      "levels.1",
      {
        levels: [
          { ...level, hours: "office" },
          { ...level, hours: "evening" },
        ],
      },
    ],
  ],
  repeat_without_effect: [
    [
      { levels: [level, level], repeat: { fromLevel: 1 } },
      "repeat.fromLevel",
      { levels: [level, level], repeat: { fromLevel: 1, times: 1 } },
    ],
  ],
  many_rounds: [
    [{ repeat: { times: 21 } }, "repeat.times", { repeat: { times: 20 } }],
    [
      { onExhausted: { action: "hold_until_open", calendar: "often" }, ttlSeconds: 2 * 86_400 },
      "onExhausted.calendar",
      { onExhausted: { action: "hold_until_open", calendar: "often" }, ttlSeconds: 86_400 },
    ],
  ],
  calendar_never_opens: [
    [
      { calendars: { shut: { timeZone: "UTC", week: {} } } },
      "calendars.shut",
      {
        calendars: {
          shut: { timeZone: "UTC", week: {}, exceptions: { "2026-12-24": [{ from: "09:00", to: "10:00" }] } },
        },
      },
    ],
  ],
  no_next_opening: [
    [
      { onExhausted: { action: "hold_until_open", calendar: "always" } },
      "onExhausted.calendar",
      { onExhausted: { action: "hold_until_open", calendar: "office" }, ttlSeconds: week7 },
    ],
  ],
  closed_longer_than_ttl: [
    [
      { onExhausted: { action: "hold_until_open", calendar: "office" }, ttlSeconds: 64 * 3_600 - 1 },
      "ttlSeconds",
      { onExhausted: { action: "hold_until_open", calendar: "office" }, ttlSeconds: 64 * 3_600 },
    ],
    [
      { levels: [{ ...level, hours: "office", onNoTarget: "hold" }] },
      "ttlSeconds",
      { levels: [{ ...level, hours: "office", onNoTarget: "skip" }] },
    ],
  ],
  ttl_too_short: [
    [{ ttlSeconds: 119, repeat: { times: 1 } }, "ttlSeconds", { ttlSeconds: 120, repeat: { times: 1 } }],
  ],
  long_silence: [
    [
      { onExhausted: { action: "take_contact" }, ttlSeconds: week7 + 61 },
      "ttlSeconds",
      { onExhausted: { action: "take_contact" }, ttlSeconds: week7 + 60 },
    ],
    [
      { onExhausted: { action: "take_contact" }, ttlSeconds: 30 * 86_400 },
      "ttlSeconds",
      { onExhausted: { action: "take_contact" }, ttlSeconds: 30 * 86_400, meanwhile: "assist" },
    ],
  ],
  claim_never_ends: [
    [
      { acknowledgeSeconds: null },
      "acknowledgeSeconds",
      { acknowledgeSeconds: null, slas: { respond: { seconds: 60 } } },
    ],
  ],
  sla_before_next_level: [
    [
      { levels: [level, level], slas: { accept: { seconds: 60 } } },
      "slas.accept.seconds",
      { levels: [level, level], slas: { accept: { seconds: 61 } } },
    ],
  ],
  sla_while_closed: [
    [
      {
        levels: [{ ...level, hours: "office", onNoTarget: "hold" }],
        ttlSeconds: week7,
        slas: { accept: { seconds: 300 } },
      },
      "slas.accept",
      {
        levels: [{ ...level, hours: "office", onNoTarget: "hold" }],
        ttlSeconds: week7,
        slas: { accept: { seconds: 300, calendar: "office" } },
      },
    ],
    [
      {
        levels: [{ ...level, hours: "office" }],
        onExhausted: { action: "take_contact" },
        slas: { accept: { seconds: 300 } },
      },
      "slas.accept",
      // Then it ends at once, with nothing promised.
      { levels: [{ ...level, hours: "office" }], slas: { accept: { seconds: 300 } } },
    ],
  ],
  sla_order: [
    [
      { slas: { accept: { seconds: 300 }, respond: { seconds: 200 } } },
      "slas.respond.seconds",
      { slas: { accept: { seconds: 300 }, respond: { seconds: 300 } } },
    ],
  ],
  sla_never_due: [
    [
      { slas: { accept: { seconds: 3_600 } }, ttlSeconds: 3_600 },
      "slas.accept.seconds",
      { slas: { accept: { seconds: 3_599 } }, ttlSeconds: 3_600 },
    ],
  ],
  announcement_without_worker: [
    [
      { announcements: { human: "Somebody is here." } },
      "announcements.human",
      { announcements: { human: "{worker} is here." } },
    ],
    [
      { announcements: { human: { default: "{worker} is here.", de: "Jemand ist da." } } },
      "announcements.human.de",
      { announcements: { human: { default: "{worker} is here.", de: "{worker} ist da." } } },
    ],
  ],
  unknown_placeholder: [
    [
      { announcements: { lost: "{name} had to leave." } },
      "announcements.lost",
      { announcements: { lost: "{worker} had to leave." } },
    ],
    [
      { onExhausted: { action: "expire", message: "{worker} is not here." } },
      "onExhausted.message",
      { onExhausted: { action: "expire", message: "Nobody is here. {Sorry, we tried.}" } },
    ],
  ],
  missing_locale: [
    [
      { announcements: { waiting: { default: "Wait.", de: "Warten." }, ai: "Back." } },
      "announcements.ai",
      {
        announcements: {
          waiting: { default: "Wait.", de: "Warten." },
          ai: { default: "Back.", de: "Zurück." },
        },
      },
    ],
  ],
  schedule_gap: [
    [
      {
        levels: [
          { ...level, targets: [{ schedule: "gap" }] },
          { ...level, targets: [{ schedule: "gap" }] },
        ],
      },
      "levels.0.targets.0.schedule",
      { levels: [{ ...level, targets: [{ schedule: "oncall" }] }] },
    ],
    [
      { levels: [{ ...level, targets: [{ schedule: "days" }] }] },
      "levels.0.targets.0.schedule",
      { levels: [{ ...level, targets: [{ schedule: "days" }, { schedule: "nights" }] }] },
    ],
    [
      { levels: [{ ...level, targets: [{ schedule: "nights" }], hours: "office" }, level] },
      "levels.0.targets.0.schedule",
      { levels: [{ ...level, targets: [{ schedule: "days" }], hours: "office" }, level] },
    ],
  ],
};

describe("the linter", () => {
  it("finds nothing in a good policy", () => {
    expect(lint({})).toEqual([]);
    expect(lintPolicy(defaultPolicy(), directory, { now })).toEqual([]);
    expect(lint({ levels: [{ ...level, targets: [{ schedule: "oncall" }, { worker: "ada" }] }] })).toEqual(
      [],
    );
  });

  it("has a planted mistake for each code", () => {
    expect(Object.keys(planted).sort()).toEqual([...findingCodes].sort());
  });

  const cases = Object.entries(planted).flatMap(([code, list]) =>
    list.map(([mistake, path, correct]) => ({ code, path, mistake, correct })),
  );
  it.each(cases)("finds $code at $path, and nothing else", ({ code, path, mistake }) => {
    expect(found(mistake)).toEqual([[code, path]]);
  });
  it.each(cases)("finds nothing where $code at $path is set right", ({ correct }) => {
    expect(found(correct)).toEqual([]);
  });

  it("tells all that follows from one mistake", () => {
    const levels = [
      level,
      { ...level, hours: "shut", onNoTarget: "hold" as const },
      level,
      { ...level, targets: [{ channel: "slack" }] },
    ];
    expect(found({ levels, calendars: { shut: { timeZone: "UTC", week: {} } } })).toEqual([
      ["held_forever", "levels.1.onNoTarget"],
      ["unreachable_level", "levels.2"],
      ["unreachable_level", "levels.3"],
      ["calendar_never_opens", "calendars.shut"],
    ]);
  });

  it("says what to do: the nearest name, the moments of gaps, how long", () => {
    const message = (input: Input) =>
      lint(input)
        .map((finding) => finding.message)
        .join("\n");
    expect(message({ levels: [{ ...level, targets: [{ queue: "suport" }] }] })).toContain(
      "did you mean support?",
    );
    // Two overrides that adjoin are one gap.
    expect(message({ levels: [{ ...level, targets: [{ schedule: "gap" }] }] })).toBe(
      "has nobody on duty from 2026-03-08T03:00:00.000Z to 2026-03-08T05:00:00.000Z, from 2026-03-10T03:00:00.000Z to 2026-03-10T04:00:00.000Z: add a shift or an override",
    );
    expect(message({ levels: [{ ...level, targets: [{ schedule: "days" }] }] })).toMatch(
      /and 2[34] times more: add/,
    );
    expect(message({ onExhausted: { action: "hold_until_open", calendar: "office" } })).toMatch(
      /is 24 h, and what waits for office waits up to 64 h \(2026-03-06T17:00:00.000Z to 2026-03-09T09:00/,
    );
  });
});
