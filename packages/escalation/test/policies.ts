import {
  type CalendarInput,
  type EscalationPolicy,
  type EscalationPolicyInput,
  escalationPolicySchema,
  scheduleSchema,
} from "@hybrid-orchestrator/core";
import fc from "fast-check";
import type { PolicyDirectory, Staff } from "../src/index.js";
import { makeStaff, makeWorker } from "./team.js";

const everyDay = (from: string, to: string): CalendarInput["week"] =>
  Object.fromEntries(
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [
      day,
      [{ from, to }],
    ]),
  );
const zone = { timeZone: "Europe/Berlin" };
export const calendars = {
  day: { ...zone, week: everyDay("08:00", "17:00") },
  evening: { ...zone, week: everyDay("17:00", "22:00") },
  midday: { ...zone, week: everyDay("11:00", "15:00") },
  weekend: {
    ...zone,
    week: { saturday: [{ from: "00:00", to: "24:00" }], sunday: [{ from: "00:00", to: "24:00" }] },
  },
  shut: { ...zone, week: {} },
} as const satisfies Record<string, CalendarInput>;

export const schedules = {
  "on-call": scheduleSchema.parse({ ...zone, shifts: [{ workers: ["ann", "bob"], startsOn: "2026-01-05" }] }),
  nights: scheduleSchema.parse({
    ...zone,
    shifts: [{ workers: ["cyd"], startsOn: "2026-01-05", hours: { week: everyDay("20:00", "24:00") } }],
  }),
};

export const workers = [
  makeWorker({ id: "ann", name: "Ann", queues: ["support"] }),
  makeWorker({ id: "bob", name: "Bob", queues: ["support"], roles: ["lead"] }),
  makeWorker({ id: "cyd", name: "Cyd", queues: ["night"] }),
];

export const directory: PolicyDirectory = {
  workers: workers.map(({ id }) => id),
  roles: ["lead"],
  queues: ["support", "night"],
  channels: ["desk"],
  schedules,
};

/** Everybody is there, all the time. */
export const everybody: Staff = makeStaff(workers, { schedules });

const target = fc.constantFrom(
  { worker: "ann" },
  { role: "lead" },
  { queue: "support" },
  { queue: "night" },
  { schedule: "on-call" },
  { channel: "desk" },
);

const level = fc.record(
  {
    targets: fc.array(target, { minLength: 1, maxLength: 2 }),
    waitSeconds: fc.constantFrom(30, 60, 300, 1_800),
    hours: fc.constantFrom("day", "evening", "midday", "weekend", "shut"),
    onNoTarget: fc.constantFrom("skip" as const, "hold" as const, "fall_back" as const),
    fallback: fc.array(target, { minLength: 1, maxLength: 2 }),
    assign: fc.constantFrom("notify" as const, "offer" as const),
    parallelOffers: fc.constantFrom(1, 2),
    offerSeconds: fc.constantFrom(20, 45),
  },
  { requiredKeys: ["targets", "waitSeconds", "fallback"] },
);

/** Policies as people might write them, some with mistakes. */
export const somePolicy: fc.Arbitrary<EscalationPolicy> = fc
  .record({
    levels: fc.array(level, { minLength: 1, maxLength: 4 }),
    times: fc.constantFrom(0, 0, 1, 3),
    from: fc.nat(3),
    onExhausted: fc.constantFrom<EscalationPolicyInput["onExhausted"]>(
      { action: "back_to_ai" },
      { action: "expire" },
      { action: "take_contact" },
      { action: "hold_until_open", calendar: "day" },
      { action: "hold_until_open", calendar: "weekend" },
    ),
    ttlSeconds: fc.constantFrom(7_200, 86_400, 3 * 86_400),
    accept: fc.constantFrom(60, 600, 3_600),
  })
  .map(({ levels, times, from, onExhausted, ttlSeconds, accept }) =>
    escalationPolicySchema.parse({
      levels,
      repeat: { times, fromLevel: from % levels.length },
      onExhausted,
      ttlSeconds,
      calendars,
      slas: { accept: { seconds: accept } },
    }),
  );
