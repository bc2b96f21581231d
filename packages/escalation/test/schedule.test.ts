import { type ScheduleInput, scheduleSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { nextDutyChange, onDuty } from "../src/index.js";
import { dayMs, hourMs, minuteMs, someDays } from "./oracle.js";

const schedule = (input: Partial<ScheduleInput>) =>
  scheduleSchema.parse({
    timeZone: "Europe/Berlin",
    shifts: [{ workers: ["ada", "bob"], startsOn: "2026-03-02", handoverAt: "09:00" }],
    ...input,
  });
/** Berlin is an hour ahead of UTC before 29 March 2026, and two after. */
const winter = (day: number, hour: number, minute = 0) => Date.UTC(2026, 2, day, hour - 1, minute);
const summer = (day: number, hour: number, minute = 0) => Date.UTC(2026, 2, day, hour - 2, minute);

describe("who is on duty", () => {
  it("is nobody before the shift begins, then one after the other", () => {
    const weekly = schedule({});
    expect(onDuty(weekly, winter(2, 9) - 1)).toEqual([]);
    expect(onDuty(weekly, winter(2, 9))).toEqual(["ada"]);
    expect(onDuty(weekly, winter(9, 9) - 1)).toEqual(["ada"]);
    expect(onDuty(weekly, winter(9, 9))).toEqual(["bob"]);
    expect(nextDutyChange(weekly, winter(1, 0))).toBe(winter(2, 9));
    expect(nextDutyChange(weekly, winter(2, 9))).toBe(winter(9, 9));
  });

  it("changes at the same time of the clock after it is put forward", () => {
    const weekly = schedule({});
    expect(onDuty(weekly, summer(30, 9) - 1)).toEqual(["bob"]);
    expect(onDuty(weekly, summer(30, 9))).toEqual(["ada"]);
    expect(nextDutyChange(weekly, winter(23, 9))).toBe(summer(30, 9));
  });

  it("changes once where the clock shows the handover twice, and when it jumps over it", () => {
    const shifts = (startsOn: string) => [
      { workers: ["ada", "bob"], startsOn, handoverAt: "02:30", everyDays: 1 },
    ];
    const autumn = schedule({ shifts: shifts("2026-10-24") });
    const first = Date.UTC(2026, 9, 25, 0, 30);
    for (let at = first - hourMs; at < first + 3 * hourMs; at += minuteMs)
      expect(onDuty(autumn, at)).toEqual([at < first ? "ada" : "bob"]);
    expect(nextDutyChange(autumn, first - hourMs)).toBe(first);
    expect(nextDutyChange(autumn, first + hourMs / 4)).toBe(first + 25 * hourMs);

    const spring = schedule({ shifts: shifts("2026-03-28") });
    const jump = Date.UTC(2026, 2, 29, 1);
    expect(onDuty(spring, jump - 1)).toEqual(["ada"]);
    expect(onDuty(spring, jump)).toEqual(["bob"]);
    expect(nextDutyChange(spring, jump - hourMs)).toBe(jump);
  });

  it("is what the clock has reached, minute by minute, in every zone", () => {
    for (const { timeZone, minutes } of someDays) {
      const startsOn = minutes[0]?.date ?? "";
      const shifts = [{ workers: ["a", "b", "c"], startsOn, handoverAt: "02:10", everyDays: 1 }];
      const daily = schedule({ timeZone, shifts });
      const start = Date.parse(`${startsOn}T02:10Z`);
      let reached = Number.NEGATIVE_INFINITY;
      minutes.forEach(({ at, date, time }, index) => {
        reached = Math.max(reached, Date.parse(`${date}T${time}Z`));
        // The first day is cut: what its clock showed before is not known.
        if (index < 1_440 || index % 5 !== 0) return;
        const turn = Math.floor((reached - start) / dayMs);
        expect(onDuty(daily, at)).toEqual([["a", "b", "c"][turn % 3]]);
      });
    }
  }, 60_000);

  it("are all whose shifts are on, each once, and only in their hours", () => {
    const hours = { week: { monday: [{ from: "10:00", to: "12:00" }] } };
    const several = schedule({
      shifts: [
        { workers: ["ada"], startsOn: "2026-03-02", handoverAt: "00:00" },
        { workers: ["bob"], startsOn: "2026-03-02", handoverAt: "00:00", hours },
        { workers: ["ada"], startsOn: "2026-03-02", handoverAt: "00:00", hours },
      ],
    });
    expect(onDuty(several, winter(2, 10) - 1)).toEqual(["ada"]);
    expect(onDuty(several, winter(2, 10))).toEqual(["ada", "bob"]);
    expect(nextDutyChange(several, winter(2, 10))).toBe(winter(2, 12));
  });

  it("is whom an override names; the last counts, and an empty one means nobody", () => {
    const overridden = schedule({
      overrides: [
        { workers: ["eve"], from: "2026-03-03T00:00", to: "2026-03-05T00:00" },
        { workers: [], from: "2026-03-04T08:00", to: "2026-03-04T10:00" },
      ],
    });
    expect(onDuty(overridden, winter(3, 0) - 1)).toEqual(["ada"]);
    expect(onDuty(overridden, winter(3, 0))).toEqual(["eve"]);
    expect(onDuty(overridden, winter(4, 8))).toEqual([]);
    expect(onDuty(overridden, winter(4, 10))).toEqual(["eve"]);
    expect(onDuty(overridden, winter(5, 0))).toEqual(["ada"]);
    expect(nextDutyChange(overridden, winter(3, 0))).toBe(winter(4, 8));
  });

  it("never changes where one worker is always on duty", () => {
    const alone = schedule({ shifts: [{ workers: ["ada"], startsOn: "2026-03-02" }] });
    expect(nextDutyChange(alone, winter(3, 0))).toBeNull();
  });
});
