import type { EscalationPolicyInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  formatSimulation,
  readPolicy,
  readStaff,
  type SimulateOptions,
  type Simulation,
  simulatePolicy,
} from "../src/index.js";

const hours = [{ from: "09:00", to: "17:00" }];
const office = {
  timeZone: "Europe/Berlin",
  week: { monday: hours, tuesday: hours, wednesday: hours, thursday: hours, friday: hours },
};
const nightly: EscalationPolicyInput = {
  levels: [
    { targets: [{ queue: "support" }], waitSeconds: 120 },
    { targets: [{ schedule: "on-call" }], waitSeconds: 300, assign: "offer" },
  ],
  calendars: { office },
  onExhausted: { action: "hold_until_open", calendar: "office" },
  slas: { accept: { seconds: 180 } },
  ttlSeconds: 36 * 3_600,
};
const sunday = Date.parse("2026-11-29T03:00+01:00");
const monday = Date.parse("2026-11-30T09:00+01:00");
const berlin = { timeZone: "Europe/Berlin" };
const team = {
  workers: [
    { id: "ann", name: "Ann", queues: ["support"], hours: office },
    { id: "bob", name: "Bob", queues: ["support"], hours: office },
  ],
  schedules: {
    "on-call": { timeZone: "Europe/Berlin", shifts: [{ workers: ["ann", "bob"], startsOn: "2026-01-05" }] },
  },
};

function simulate(
  policy: EscalationPolicyInput,
  options: Partial<SimulateOptions> & { readonly staffed?: unknown } = {},
): Simulation {
  const { staffed = team, ...rest } = options;
  return simulatePolicy(readPolicy(policy, "night"), {
    staff: readStaff(staffed),
    startAt: monday,
    policyName: "night",
    ...rest,
  });
}

const lines = ({ steps }: Simulation) =>
  steps.map(({ afterMs, events }) => [
    afterMs / 1_000,
    ...events.map(({ name }) => name.replace("escalation.", "")),
  ]);

describe("a simulation", () => {
  it("tells what happens on a Sunday at 03:00 with nobody on call, minute by minute", async () => {
    const simulation = simulate(nightly, { startAt: sunday });
    const table = formatSimulation(simulation, berlin);
    await expect(`${table}\n`).toMatchFileSnapshot("tables/sunday-night.txt");
    expect(simulation.end).toMatchObject({ reason: "ended", status: "expired", afterMs: 36 * 3_600_000 });
  });

  it("goes over the change to summer time, which skips the hour in which it would have gone on", async () => {
    const night = { timeZone: "Europe/Berlin", week: { sunday: [{ from: "02:30", to: "04:00" }] } };
    const simulation = simulate(
      {
        levels: [{ targets: [{ queue: "support" }], waitSeconds: 1_800, hours: "night", onNoTarget: "hold" }],
        calendars: { night },
        onExhausted: { action: "back_to_ai" },
      },
      {
        startAt: Date.parse("2026-03-29T01:50+01:00"),
        staffed: { workers: [{ id: "ann", name: "Ann", queues: ["support"] }] },
      },
    );
    const table = formatSimulation(simulation, berlin);
    await expect(`${table}\n`).toMatchFileSnapshot("tables/summer-time.txt");
    // Ten minutes after 01:50 the clock shows 03:00, which is within the hours.
    expect(lines(simulation)).toEqual([
      [0, "opened", "no_target"],
      [600, "level_fired"],
      [2_400, "exhausted", "expired"],
    ]);
  });

  it("shows what people do, what is refused, who is told, and whose the session is", async () => {
    const simulation = simulate(nightly, {
      script: [
        { afterSeconds: 60, action: "presence", worker: "bob", presence: "offline" },
        { afterSeconds: 90, action: "presence", worker: "bob", presence: "online" },
        { afterSeconds: 130, action: "decline", worker: "ann", reason: "in a call" },
        { afterSeconds: 140, action: "claim", worker: "bob" },
        { afterSeconds: 150, action: "claim", worker: "ann" },
        { afterSeconds: 160, action: "reply", worker: "bob" },
        { afterSeconds: 170, action: "snooze", worker: "bob" },
        { afterSeconds: 200, action: "user_writes", text: "Here it is." },
        { afterSeconds: 210, action: "transfer", worker: "bob", to: { worker: "ann" } },
        { afterSeconds: 220, action: "claim", worker: "ann" },
        { afterSeconds: 300, action: "hand_back", worker: "ann", note: "The number is known." },
        { afterSeconds: 310, action: "claim", worker: "bob" },
      ],
    });
    await expect(`${formatSimulation(simulation, { ...berlin, locale: "de" })}\n`).toMatchFileSnapshot(
      "tables/with-people.txt",
    );
    expect(
      simulation.steps.map(({ owner }) => owner.kind).filter((kind, at, all) => kind !== all[at - 1]),
    ).toEqual(["nobody", "human", "ai"]);
    expect(simulation.steps.filter(({ refused }) => refused !== null).map(({ afterMs }) => afterMs)).toEqual([
      150_000, 310_000,
    ]);
  });

  it("loses a holder who says nothing, or who is gone, and goes on with the policy", () => {
    const claimed = { afterSeconds: 10, action: "claim", worker: "ann" } as const;
    const policy = { ...nightly, acknowledgeSeconds: 60, slas: {} };
    expect(lines(simulate(policy, { script: [claimed], until: monday + 200_000 }))).toEqual([
      [0, "opened", "level_fired"],
      [10, "claimed"],
      [70, "released"],
      // What was left of the first level's wait.
      [180, "level_fired", "offered"],
    ]);
    const gone = { afterSeconds: 20, action: "presence", worker: "ann", presence: "offline" } as const;
    expect(lines(simulate(policy, { script: [claimed, gone], until: monday + 20_000 })).at(-1)).toEqual([
      20,
      "released",
    ]);
  });

  it("stops where nothing more happens by itself, and says why", () => {
    const { end } = simulate(
      { ...nightly, slas: {} },
      {
        staffed: { workers: [{ id: "ann", name: "Ann", queues: ["support"] }] },
        script: [
          { afterSeconds: 10, action: "claim", worker: "ann" },
          { afterSeconds: 20, action: "reply", worker: "ann" },
        ],
      },
    );
    expect(end).toMatchObject({ reason: "held", afterMs: 20_000, outcome: "Ann holds it" });
  });

  it("holds a level until somebody comes, and takes a year of waiting in its stride", () => {
    const policy: EscalationPolicyInput = {
      levels: [{ targets: [{ queue: "support" }], waitSeconds: 60, onNoTarget: "hold" }],
      onExhausted: { action: "back_to_ai" },
      ttlSeconds: 365 * 86_400,
    };
    const staffed = { workers: [{ id: "ann", name: "Ann", queues: ["support"], presence: "away" }] };
    expect(lines(simulate(policy, { staffed }))).toEqual([
      [0, "opened", "no_target"],
      [365 * 86_400, "expired"],
    ]);
    const comes = { afterSeconds: 3_600, action: "presence", worker: "ann", presence: "online" } as const;
    const { steps, end } = simulate(policy, { staffed, script: [comes] });
    expect(steps.flatMap(({ at, told }) => told.map(({ to }) => [at - monday, to]))).toEqual([
      [3_600_000, { worker: "ann" }],
    ]);
    expect(end.status).toBe("expired");
    const early = simulate(policy, { staffed, until: monday + 1_000 }).end;
    expect(early).toMatchObject({ reason: "until", outcome: "level 1 waits for somebody" });
  });

  it("keeps to a worker's places", () => {
    const full = { ...team, workers: [{ ...team.workers[0], capacity: { total: 0 } }, team.workers[1]] };
    const simulation = simulate(nightly, {
      staffed: full,
      script: [{ afterSeconds: 5, action: "claim", worker: "ann" }],
    });
    expect(simulation.steps[1]?.refused).toMatch(/0 of 0 places/);
    expect(
      simulation.steps.flatMap(({ told }) => told).filter(({ kind }) => kind === "offer")[0]?.to,
    ).toEqual({
      worker: "bob",
    });
  });

  it("without an AI a session stays nobody's, and the user hears of nothing that is not so", () => {
    const { steps, end } = simulate(nightly, { startAt: sunday, agent: null });
    expect(steps[0]?.userHears.map(({ announcement }) => announcement)).toEqual(["hold_until_open"]);
    expect(end.owner).toEqual({ kind: "nobody" });
  });

  it("answers a question, and asks the AI to go on", () => {
    const { steps } = simulate(nightly, {
      escalation: { kind: "question", reason: "Which tariff?" },
      script: [
        { afterSeconds: 10, action: "claim", worker: "ann" },
        { afterSeconds: 20, action: "reply", worker: "ann", text: "B" },
      ],
    });
    expect(steps.at(-1)).toMatchObject({ agentAsked: true, status: "resolved", owner: { kind: "ai" } });
    expect(steps.flatMap(({ userHears }) => userHears)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ["two workers of one id", () => readStaff({ workers: [team.workers[0], team.workers[0]] })],
    [
      "an unknown action",
      () => simulate(nightly, { script: [{ afterSeconds: 1, action: "sing" } as never] }),
    ],
    ["an end before the start", () => simulate(nightly, { until: monday - 1 })],
    ["no time zone", () => formatSimulation(simulate(nightly), { timeZone: "Berlin" })],
    ["a table that is too narrow", () => formatSimulation(simulate(nightly), { ...berlin, width: 40 })],
  ])("refuses %s", (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: "OrchestratorError" }));
  });

  it("fits a screen, however long words and names are", () => {
    const name = "Ann-Katrin von und zu Hohenstein-Oberkirchberg".repeat(3);
    const staffed = { ...team, workers: [{ ...team.workers[0], name }, team.workers[1]] };
    const policy = { ...nightly, announcements: { waiting: "x".repeat(300) } };
    for (const width of [80, 100]) {
      const script = [{ afterSeconds: 5, action: "claim", worker: "ann" }] as const;
      const table = formatSimulation(simulate(policy, { staffed, script: [...script] }), {
        ...berlin,
        width,
      });
      expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(table.replaceAll(/\s/g, "")).toContain("x".repeat(10));
    }
  });
});
