import { hasEnded, presences } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { advance, nextDueAt, type Simulation, type Staff, simulatePolicy } from "../src/index.js";
import { Desk } from "../src/simulate/desk.js";
import { calendars, schedules, somePolicy, workers } from "./policies.js";
import { makeStaff, makeWorker, open, seconds } from "./team.js";

const runs = process.env.SOAK ? 2_000 : 48;
const monday = Date.parse("2026-03-23T00:00+01:00");

const someStaff = fc
  .tuple(
    ...workers.map(({ id, name, queues, roles }) =>
      fc
        .record({
          presence: fc.constantFrom(...presences, "online" as const, "online" as const),
          hours: fc.constantFrom(undefined, calendars.day, calendars.midday),
          connectedUntil: fc.option(fc.integer({ min: 0, max: 86_400 }), { freq: 3 }),
        })
        .map(({ presence, hours, connectedUntil }) =>
          makeWorker(
            { id, name, queues, roles, ...(hours !== undefined && { hours }) },
            { presence, connectedUntil: connectedUntil === null ? null : monday + connectedUntil * seconds },
          ),
        ),
    ),
  )
  .map((records) => makeStaff(records, { schedules, presenceGraceMs: 900 * seconds }));

type Line = readonly [at: number, events: string, told: string, said: string];

/** Every single look, none left out. */
function driveNaively(policy: Parameters<typeof open>[0]["policy"], staff: Staff, startAt: number): Line[] {
  const opening = open({ policy, id: "simulated" }, { now: startAt, staff });
  const desk = new Desk(opening.escalation, { staff, agent: "assistant" });
  const lines: Line[] = [];
  const note = (at: number) => {
    const { events, told, userHears } = desk.happened();
    if (events.length + told.length + userHears.length > 0)
      lines.push(lineOf({ at, events, told, userHears }));
  };
  desk.apply(opening, startAt);
  note(startAt);
  for (let due = nextDueAt(desk.escalation); due !== null; due = nextDueAt(desk.escalation)) {
    const now = Math.min(due, desk.nextPlaceAt() ?? due);
    desk.settleDue(now);
    if (due <= now) desk.apply(advance(desk.escalation, desk.context(now)), now);
    note(now);
  }
  expect(hasEnded(desk.escalation.status)).toBe(true);
  return lines;
}

function lineOf({
  at,
  events,
  told,
  userHears,
}: Pick<Simulation["steps"][number], "at" | "events" | "told" | "userHears">): Line {
  return [
    at,
    events.map(({ name, data }) => `${name} ${data.cycle}.${data.level} ${data.worker}`).join(),
    told.map(({ to, kind, until }) => `${kind} ${JSON.stringify(to)} ${until}`).join(),
    userHears.map(({ announcement }) => announcement).join(),
  ];
}

it("a simulation leaves out only looks that see nothing new", () => {
  fc.assert(
    fc.property(somePolicy, someStaff, fc.integer({ min: 0, max: 7 * 86_400 }), (policy, staff, offset) => {
      const startAt = monday + offset * seconds;
      const { steps, end } = simulatePolicy(policy, { staff, startAt });
      expect(steps.map(lineOf)).toEqual(driveNaively(policy, staff, startAt));
      expect(end.reason).toBe("ended");
    }),
    { numRuns: runs },
  );
});

it("a simulation changes nothing that it is given", () => {
  fc.assert(
    fc.property(somePolicy, someStaff, (policy, staff) => {
      const before = JSON.stringify([policy, [...staff.workers], staff.schedules]);
      const once = simulatePolicy(policy, { staff, startAt: monday });
      expect(JSON.stringify([policy, [...staff.workers], staff.schedules])).toBe(before);
      expect(simulatePolicy(policy, { staff, startAt: monday })).toEqual(once);
    }),
    { numRuns: runs / 6 },
  );
});
