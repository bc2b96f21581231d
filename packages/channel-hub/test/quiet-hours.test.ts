import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPolicy } from "../src/policy.js";
import { type QuietHours, quietUntil } from "../src/quiet-hours.js";
import { begin, channel, effectOf, hubOf, message, minutes, mustSend, recipient } from "./support.js";

const minuteMs = 60_000;
const hours = 60 * minutes;
const everyDay = [1, 2, 3, 4, 5, 6, 7];
const night: QuietHours = {
  start: "21:00",
  end: "08:00",
  audience: ["user"],
  channels: null,
  exceptChannels: [],
  days: everyDay,
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock in the zone shows, by Intl alone: day of the week, minute of the day. */
function shown(at: number, timeZone: string): { weekday: number; minute: number } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    weekday: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].indexOf(parts.weekday ?? "") + 1,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** Walks on by the minute until the clock shows no quiet time. */
function oracle(now: number, timeZone: string, { start, end, days }: QuietHours): number | null {
  const toMinute = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const [from, to] = [toMinute(start), toMinute(end)];
  const quiet = (at: number): boolean => {
    const { weekday, minute } = shown(at, timeZone);
    const dayBefore = ((weekday + 5) % 7) + 1;
    if (from < to) return days.includes(weekday) && from <= minute && minute < to;
    return (minute >= from && days.includes(weekday)) || (minute < to && days.includes(dayBefore));
  };
  if (!quiet(now)) return null;
  let at = Math.floor(now / minuteMs) * minuteMs;
  while (quiet(at)) at += minuteMs;
  return at;
}

const time = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map((n) => `${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`);

/** Moments around changes of the clock, and others. Lord Howe changes by half an hour, Kiritimati is 14 h ahead. */
const moment = fc.oneof(
  ...[
    ["Europe/Berlin", Date.UTC(2026, 2, 29, 1)],
    ["Europe/Berlin", Date.UTC(2026, 9, 25, 1)],
    ["America/New_York", Date.UTC(2026, 2, 8, 7)],
    ["America/New_York", Date.UTC(2026, 10, 1, 6)],
    ["America/Santiago", Date.UTC(2026, 3, 5, 3)],
    ["America/Santiago", Date.UTC(2026, 8, 6, 4)],
    ["Australia/Lord_Howe", Date.UTC(2026, 3, 4, 15)],
    ["Australia/Lord_Howe", Date.UTC(2026, 9, 3, 15, 30)],
    ["Pacific/Kiritimati", Date.UTC(2026, 6, 1)],
    ["Asia/Kathmandu", Date.UTC(2026, 0, 1)],
  ].map(([zone, around]) =>
    fc.record({
      zone: fc.constant(zone as string),
      now: fc
        .integer({ min: -30 * 3_600, max: 6 * 3_600 })
        .map((secondsAway) => (around as number) + secondsAway * 1_000 + 7),
    }),
  ),
);

describe("quiet hours", () => {
  it("are what a walk by the minute finds, over midnight, on some days, and where the clock is changed", () => {
    const days = fc.oneof(
      fc.constant(everyDay),
      fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    );
    fc.assert(
      fc.property(
        moment,
        time,
        fc.oneof(time, fc.constant("24:00")),
        days,
        ({ zone, now }, start, end, on) => {
          fc.pre(start !== end && !(start === "00:00" && end === "24:00" && on.length === 7));
          const quiet = { ...night, start, end, days: on };
          expect(quietUntil(now, zone, quiet)).toBe(oracle(now, zone, quiet));
        },
      ),
      { numRuns: process.env.SOAK === undefined ? 1_500 : 50_000 },
    );
  }, 600_000);

  it("are an hour shorter or longer in the night in which the clock is changed", () => {
    const berlin = (at: number) => (quietUntil(at, "Europe/Berlin", night) ?? 0) - at;
    expect(berlin(Date.UTC(2026, 2, 28, 20))).toBe(10 * hours);
    expect(berlin(Date.UTC(2026, 9, 24, 19))).toBe(12 * hours);
  });

  it("that end at a time which the clock skips end when it skips it; at one shown twice, first and last", () => {
    const late = { ...night, start: "01:00", end: "02:30" };
    expect(quietUntil(Date.UTC(2026, 2, 29, 0, 30), "Europe/Berlin", late)).toBe(Date.UTC(2026, 2, 29, 1));
    expect(quietUntil(Date.UTC(2026, 9, 25, 0, 10), "Europe/Berlin", late)).toBe(
      Date.UTC(2026, 9, 25, 0, 30),
    );
    expect(quietUntil(Date.UTC(2026, 9, 25, 1, 10), "Europe/Berlin", late)).toBe(
      Date.UTC(2026, 9, 25, 1, 30),
    );
  });
});

describe("quiet hours that never end", () => {
  it("are refused, and whole days are not", () => {
    const policyOf = (days: number[]) => () =>
      readPolicy({ quietHours: { start: "00:00", end: "24:00", days } });
    expect(policyOf(everyDay)).toThrow("leave no time");
    expect(policyOf([7, 1, 2, 3, 4, 5, 6, 7])).toThrow("leave no time");
    expect(() => readPolicy({ quietHours: { start: "00:00", end: "24:00" } })).toThrow("leave no time");
    expect(policyOf([6, 7])().quietHours).toMatchObject({ days: [6, 7] });
    const weekend = { ...night, start: "00:00", end: "24:00", days: [6, 7] };
    expect(quietUntil(Date.UTC(2026, 0, 3, 10), "UTC", weekend)).toBe(Date.UTC(2026, 0, 5));
  });
});

describe("a message in quiet hours", () => {
  const evening = Date.UTC(2026, 0, 5, 21, 30);
  const morning = Date.UTC(2026, 0, 6, 7);
  const inBerlin = { recipient: recipient({ timeZone: "Europe/Berlin" }) };
  const policy = { quietHours: { start: "21:00", end: "08:00" } };
  const hub = hubOf(["email", "slack"], { policy });

  it("expires if it is a prompt, and says why", () => {
    const effect = effectOf(hub.views(), inBerlin, { now: evening });
    expect(effect).toMatchObject({ dueAt: null, delivery: { status: "expired" } });
    expect(effect.delivery.reason).toContain("email is not used in quiet hours (21:00 to 08:00)");
  });

  it("is held if it is a follow-up, to the minute, and loses nothing of its time", () => {
    const queued = effectOf(hub.views(), { ...inBerlin, kind: "follow_up" }, { now: evening });
    const held = begin(queued, hub.views(), { now: evening });
    expect(held).toMatchObject({
      kind: "wait",
      effect: {
        dueAt: morning,
        delivery: { status: "pending", deadlineAt: morning + 240 * minutes },
      },
    });
    if (held.kind !== "wait") return;
    expect(begin(held.effect, hub.views(), { now: morning - 1 }).kind).toBe("deferred");
    expect(mustSend(held.effect, hub.views(), { now: morning }).channel).toBe("email");
  });

  it("goes if it is critical, for a worker, or on a channel that disturbs nobody", () => {
    const to = (views: ReturnType<typeof hub.views>, changes: object) =>
      effectOf(views, { ...inBerlin, ...changes }, { now: evening }).delivery;
    expect(to(hub.views(), { urgency: "critical" }).status).toBe("pending");
    expect(to(hub.views(), { audience: "worker" }).status).toBe("pending");
    const except = { quietHours: { ...policy.quietHours, exceptChannels: ["slack"] } };
    expect(to(hubOf(["email", "slack"], { policy: except }).views(), {})).toMatchObject({
      nextChannel: "slack",
      skips: [{ channel: "email", reason: "is not used in quiet hours (21:00 to 08:00)" }],
    });
    const only = { quietHours: { ...policy.quietHours, channels: ["email"] } };
    expect(to(hubOf(["email", "slack"], { policy: only }).views(), {}).nextChannel).toBe("slack");
  });

  it("goes by the default time zone where the recipient has none", () => {
    const { timeZone: _zone, ...nowhere } = recipient();
    const views = hubOf(["email"], { policy: { ...policy, defaultTimeZone: "America/New_York" } }).views();
    expect(effectOf(views, { recipient: nowhere }, { now: evening }).delivery.status).toBe("pending");
  });

  it("is tried again in the morning when a retry falls into the night", () => {
    const views = hubOf([channel("email")], { policy }).views();
    const before = Date.UTC(2026, 0, 5, 19, 59, 59);
    const queued = effectOf(views, { ...inBerlin, kind: "follow_up" }, { now: before });
    const late = { ...queued, dueAt: evening };
    expect(begin(late, views, { now: evening })).toMatchObject({ kind: "wait", effect: { dueAt: morning } });
  });

  it("is previewed with all that", () => {
    const options = { now: evening };
    const preview = hub.preview(message({ kind: "follow_up" }), inBerlin.recipient, options);
    expect(preview).toMatchObject({ steps: [], waits: { channel: "email", until: morning } });
    expect(preview.skips[0]?.reason).toContain("quiet hours");
    expect(hub.preview(message(), inBerlin.recipient, options).waits).toBeNull();
  });
});
