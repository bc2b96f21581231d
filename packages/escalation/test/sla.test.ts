import { type EscalationPolicyInput, escalationPolicySchema } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { dueSlas, meetSla, nextSlaDue, pauseSla, resumeSla, startSlas } from "../src/index.js";
import { hourMs, minuteMs } from "./oracle.js";

const nineToFive = [{ from: "09:00", to: "17:00" }];
const policy = (slas: EscalationPolicyInput["slas"]) =>
  escalationPolicySchema.parse({
    levels: [{ targets: [{ queue: "support" }], waitSeconds: 60 }],
    onExhausted: { action: "expire" },
    slas,
    calendars: {
      office: { timeZone: "UTC", week: { friday: nineToFive, monday: nineToFive } },
      closed: { timeZone: "UTC", week: {} },
    },
  });
const friday = (hour: number, minute = 0) => Date.UTC(2026, 10, 27, hour, minute);
const monday = (hour: number, minute = 0) => Date.UTC(2026, 10, 30, hour, minute);

it("opened on Friday at 16:30, one working hour is due on Monday at 9:30; without a calendar after an hour", () => {
  const slas = startSlas(
    policy({ resolve: { seconds: 3_600, calendar: "office" }, accept: { seconds: 3_600 } }),
    friday(16, 30),
  );
  expect(slas.map(({ target, dueAt }) => [target, dueAt])).toEqual([
    ["accept", friday(17, 30)],
    ["resolve", monday(9, 30)],
  ]);
  expect(nextSlaDue(slas)).toBe(friday(17, 30));
});

it("a breach is told once, with the moment at which it was due", () => {
  const slas = startSlas(policy({ accept: { seconds: 60 }, resolve: { seconds: 120 } }), 0);
  expect(dueSlas(slas, minuteMs - 1).breached).toEqual([]);
  const late = dueSlas(slas, 90_000);
  expect(late.breached.map(({ target, breachedAt }) => [target, breachedAt])).toEqual([["accept", minuteMs]]);
  expect(dueSlas(late.states, 90_000).breached).toEqual([]);
  expect(nextSlaDue(late.states)).toBe(120_000);
});

it("what is done in time is never a breach; at the due moment or later it is one, once", () => {
  const [sla] = startSlas(policy({ accept: { seconds: 60 } }), 0);
  if (sla === undefined) throw new Error("There is an SLA.");
  expect(dueSlas([meetSla(sla, minuteMs - 1)], hourMs).breached).toEqual([]);
  expect(nextSlaDue([meetSla(sla, minuteMs - 1)])).toBeNull();
  const late = dueSlas([meetSla(sla, minuteMs)], hourMs);
  expect(late.breached).toMatchObject([{ metAt: minuteMs, breachedAt: minuteMs }]);
  expect(dueSlas(late.states, hourMs).breached).toEqual([]);
  expect(meetSla(meetSla(sla, 1), 2).metAt).toBe(1);
});

it("a pause keeps what is left, in the calendar's time", () => {
  const paused = policy({ resolve: { seconds: 3_600, calendar: "office", pauseWhileWaiting: true } });
  const [sla] = startSlas(paused, friday(16, 30));
  if (sla === undefined) throw new Error("There is an SLA.");
  const waiting = pauseSla(paused, sla, friday(16, 45));
  expect(waiting).toMatchObject({ dueAt: null, remainingMs: 45 * minuteMs });
  expect(pauseSla(paused, waiting, friday(16, 50))).toBe(waiting);
  expect(nextSlaDue([waiting])).toBeNull();
  expect(resumeSla(paused, waiting, monday(12))).toMatchObject({ dueAt: monday(12, 45), remainingMs: null });
  expect(resumeSla(paused, waiting, friday(16, 45))).toEqual(sla);
});

it("is not paused unless the policy says so, nor when its time is over", () => {
  const running = policy({ accept: { seconds: 60 } });
  const [sla] = startSlas(running, 0);
  if (sla === undefined) throw new Error("There is an SLA.");
  expect(pauseSla(running, sla, 1)).toBe(sla);
  const pausing = policy({ accept: { seconds: 60, pauseWhileWaiting: true } });
  expect(pauseSla(pausing, sla, minuteMs)).toBe(sla);
  expect(resumeSla(pausing, sla, 1)).toBe(sla);
});

it("is never due in a calendar that never opens", () => {
  const slas = startSlas(policy({ accept: { seconds: 60, calendar: "closed" } }), 0);
  expect(slas).toMatchObject([{ dueAt: null, remainingMs: minuteMs }]);
  expect(nextSlaDue(slas)).toBeNull();
});
