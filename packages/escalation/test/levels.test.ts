import type { Escalation } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { advance, type Consequence, nextDueAt, offer, type Staff, whomToOffer } from "../src/index.js";
import { eventsOf, makePolicy, makeStaff, makeWorker, open, seconds, toldOf } from "./team.js";

const ann = makeWorker({ id: "ann", name: "Ann", queues: ["support"] });
const bob = makeWorker({ id: "bob", name: "Bob", queues: ["support"] });
const cyd = makeWorker({ id: "cyd", name: "Cyd", queues: ["night"] });

interface Line {
  readonly at: number;
  readonly events: readonly string[];
  readonly told: readonly string[];
}

/** Lets time pass until nothing is due, and offers as the orchestrator would. */
function run(
  escalation: Escalation,
  first: readonly Consequence[],
  staff: Staff,
): { lines: Line[]; end: Escalation } {
  const lines: Line[] = [];
  let current = escalation;
  let consequences = first;
  let at = current.openedAt;
  for (let turn = 0; turn < 200; turn += 1) {
    const seeking = consequences.some(({ type }) => type === "seek_offer");
    const [worker] = seeking ? whomToOffer(current, { now: at, staff }) : [];
    if (worker !== undefined) {
      const offered = offer(current, { id: `offer${turn}`, worker }, { now: at, staff });
      current = offered.escalation;
      consequences = [...consequences, ...offered.consequences];
    }
    const events = eventsOf(consequences);
    if (events.length > 0) lines.push({ at: at / seconds, events, told: toldOf(consequences) });
    const due = nextDueAt(current);
    if (due === null) return { lines, end: current };
    expect(due, "time goes on").toBeGreaterThan(at === current.openedAt && turn === 0 ? at - 1 : at);
    at = due;
    ({ escalation: current, consequences } = advance(current, { now: at, staff }));
  }
  throw new Error("It did not end.");
}

describe("levels", () => {
  it("wait from their own start: three targets of 10 s, a worker each, reservation 5 s", () => {
    const levels = ["ann", "bob", "cyd"].map((worker) => ({
      targets: [{ worker }],
      waitSeconds: 10,
      assign: "offer" as const,
      offerSeconds: 5,
    }));
    const staff = makeStaff([ann, bob, cyd]);
    const { escalation, consequences } = open({ policy: makePolicy({ levels }) }, { now: 0, staff });
    const { lines, end } = run(escalation, consequences, staff);
    expect(lines).toEqual([
      { at: 0, events: ["opened", "level_fired", "offered"], told: ["ann"] },
      { at: 5, events: ["offer_expired"], told: [] },
      { at: 10, events: ["level_fired", "offered"], told: ["bob"] },
      { at: 15, events: ["offer_expired"], told: [] },
      { at: 20, events: ["level_fired", "offered"], told: ["cyd"] },
      { at: 25, events: ["offer_expired"], told: [] },
      { at: 30, events: ["exhausted", "expired"], told: [] },
    ]);
    expect(end.status).toBe("expired");
  });

  it("are repeated from the level that is named, and so often", () => {
    const policy = makePolicy({
      levels: [
        { targets: [{ queue: "support" }], waitSeconds: 10 },
        { targets: [{ queue: "night" }], waitSeconds: 10 },
      ],
      repeat: { times: 2, fromLevel: 1 },
    });
    const staff = makeStaff([ann, cyd]);
    const { escalation, consequences } = open({ policy }, { now: 0, staff });
    const { lines } = run(escalation, consequences, staff);
    expect(lines.map(({ at, told }) => [at, ...told])).toEqual([
      [0, "ann"],
      [10, "cyd"],
      [20, "cyd"],
      [30, "cyd"],
      [40],
    ]);
  });

  it("that find nobody are skipped at once, and the user hears something", () => {
    const policy = makePolicy({ repeat: { times: 5 } });
    const { escalation, consequences } = open({ policy }, { now: 0, staff: makeStaff([]) });
    expect(escalation.status).toBe("expired");
    expect(eventsOf(consequences)).toEqual(["opened", "no_target", "exhausted", "expired"]);
    expect(consequences.findLast(({ type }) => type === "owner")).toMatchObject({
      owner: "ai",
      announcement: "back_to_ai",
    });
  });

  it("fall back, or hold until somebody is there", () => {
    const policy = makePolicy({
      levels: [
        {
          targets: [{ queue: "support" }],
          waitSeconds: 10,
          onNoTarget: "fall_back",
          fallback: [{ worker: "cyd" }],
        },
        { targets: [{ worker: "bob" }], waitSeconds: 10, onNoTarget: "hold" },
      ],
    });
    const alone = makeStaff([cyd]);
    const opened = open({ policy }, { now: 0, staff: alone });
    expect(toldOf(opened.consequences)).toEqual(["cyd"]);
    const held = advance(opened.escalation, { now: 10 * seconds, staff: alone });
    expect(held.escalation.progress).toMatchObject({ held: true, dueAt: null, level: 1 });
    const later = advance(held.escalation, {
      now: nextDueAt(held.escalation) as number,
      staff: makeStaff([bob, cyd]),
    });
    expect(toldOf(later.consequences)).toEqual(["bob"]);
  });

  it("lose their people within twice the grace time of a presence, and go on", () => {
    const policy = makePolicy({
      levels: [
        { targets: [{ worker: "ann" }], waitSeconds: 3_600 },
        { targets: [{ worker: "bob" }], waitSeconds: 3_600 },
      ],
    });
    // Seen for the last time just now: the connection counts as lost 30 s later.
    const lost = { ...ann, connectedUntil: 30 * seconds };
    const staff = makeStaff([lost, bob]);
    let { escalation, consequences } = open({ policy }, { now: 0, staff });
    let at = 0;
    while (!toldOf(consequences).includes("bob")) {
      at = nextDueAt(escalation) as number;
      ({ escalation, consequences } = advance(escalation, { now: at, staff }));
    }
    expect(at).toBeLessThanOrEqual(60 * seconds);
    expect(eventsOf(consequences)).toEqual(["no_target", "level_fired"]);
  });

  it("begin anew when the calendar opens", () => {
    const policy = makePolicy({
      calendars: {
        office: { timeZone: "Europe/Berlin", week: { monday: [{ from: "09:00", to: "17:00" }] } },
      },
      levels: [{ targets: [{ worker: "ann" }], waitSeconds: 60, hours: "office" }],
      onExhausted: { action: "hold_until_open", calendar: "office" },
      repeat: { times: 1 },
      ttlSeconds: 7 * 86_400,
    });
    const sunday = Date.parse("2026-03-29T03:00:00+02:00");
    const staff = makeStaff([ann]);
    const opened = open({ policy }, { now: sunday, staff });
    expect(opened.consequences).toContainEqual({ type: "say", announcement: "hold_until_open", text: null });
    const monday = Date.parse("2026-03-30T09:00:00+02:00");
    expect(nextDueAt(opened.escalation)).toBe(monday);
    const begun = advance(opened.escalation, { now: monday, staff });
    expect(toldOf(begun.consequences)).toEqual(["ann"]);
    // The day begins with all its repetitions.
    const { progress } = begun.escalation;
    expect(toldOf(advance(begun.escalation, { now: progress.dueAt as number, staff }).consequences)).toEqual([
      "ann",
    ]);
  });
});

describe("a service level", () => {
  it("of one working hour that begins on Friday at 16:30 is due on Monday at 9:30", () => {
    const hours = [{ from: "09:00", to: "17:00" }];
    const policy = makePolicy({
      calendars: {
        office: {
          timeZone: "Europe/Berlin",
          week: { monday: hours, tuesday: hours, wednesday: hours, thursday: hours, friday: hours },
        },
      },
      slas: { accept: { seconds: 3_600, calendar: "office" } },
      levels: [{ targets: [{ worker: "ann" }], waitSeconds: 30 * 86_400 }],
      ttlSeconds: 30 * 86_400,
    });
    const friday = Date.parse("2026-03-27T16:30:00+01:00");
    const staff = makeStaff([ann], { presenceGraceMs: 30 * 86_400_000 });
    const { escalation } = open({ policy }, { now: friday, staff });
    const due = nextDueAt(escalation) as number;
    expect(due).toBe(Date.parse("2026-03-30T09:30:00+02:00"));
    const breached = advance(escalation, { now: due, staff });
    expect(eventsOf(breached.consequences)).toEqual(["sla_breached"]);
    expect(eventsOf(advance(breached.escalation, { now: due + 1, staff }).consequences)).toEqual([]);
  });
});
