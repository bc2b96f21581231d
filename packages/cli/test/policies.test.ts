import { expect, it } from "vitest";
import { cli, folderWith } from "./harness.js";

const files = {
  "night.yaml": `
levels:
  - { targets: [{ queue: support }], waitSeconds: 120 }
  - { targets: [{ schedule: on-call }], waitSeconds: 300 }
onExhausted: { action: back_to_ai }
slas: { accept: { seconds: 180 } }
`,
  "both.yaml": `
policies:
  calm: { levels: [{ targets: [{ queue: support }], waitSeconds: 60 }], onExhausted: { action: expire } }
  odd: { levels: [{ targets: [], waitSeconds: 60 }], onExhausted: { action: expire }, acknowledgeSeconds: null }
`,
  "team.yaml": `
workers:
  - { id: ann, name: Ann, queues: [support] }
schedules:
  on-call: { timeZone: Europe/Berlin, shifts: [{ workers: [ann], startsOn: 2026-01-05 }] }
`,
  "script.yaml":
    "[{ afterSeconds: 90, action: claim, worker: ann }, { afterSeconds: 100, action: resolve, worker: ann }]",
};
const sunday = ["--at", "2026-11-29T03:00", "--time-zone", "Europe/Berlin"];

it("lint tells every finding, and exits with 2 for errors alone", async () => {
  const folder = folderWith(files);
  const good = await cli(folder, ["policies", "lint", "night.yaml"]);
  expect([good.code, good.stdout]).toEqual([0, "night: nothing found\n"]);
  expect(good.stderr).toContain("--workers");
  const both = await cli(folder, ["policies", "lint", "both.yaml", "--workers", "team.yaml"]);
  expect(both.code).toBe(2);
  expect(both.stdout).toMatch(
    /^calm: nothing found\nodd: 2 found\n {2}error levels\[0\]\.targets: tells nobody.*\(no_targets\)\n {2}warning acknowledgeSeconds: .*\(claim_never_ends\)\n$/,
  );
  const asJson = await cli(folder, ["policies", "lint", "both.yaml", "--json"]);
  expect(asJson.json()).toMatchObject({
    ok: false,
    policies: [
      { name: "calm", findings: [] },
      { name: "odd", findings: [{ code: "no_targets", path: "levels[0].targets" }, {}] },
    ],
  });
});

it("lint checks names against the people of a file", async () => {
  const folder = folderWith({ ...files, "team.yaml": "workers: [{ id: ann, name: Ann, queues: [suport] }]" });
  const ran = await cli(folder, ["policies", "lint", "night.yaml", "--workers", "team.yaml"]);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toContain("no queue is called support; did you mean suport?");
  expect(ran.stdout).toContain("no schedule is called on-call");
});

it("simulate answers what happens on a Sunday at 03:00 with nobody on call", async () => {
  const ran = await cli(folderWith(files), ["policies", "simulate", "night.yaml", ...sunday]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^Policy night, opened 2026-11-29 03:00 Europe\/Berlin\n/);
  expect(ran.stdout).toContain("Over after +0:00 (Sun 2026-11-29 03:00): expired, nobody came.");
});

it("simulate lets the people of a file do what a script says", async () => {
  const ran = await cli(folderWith(files), [
    ...["policies", "simulate", "night.yaml", "--workers", "team.yaml", "--script", "script.yaml", "--json"],
    ...sunday,
  ]);
  expect(ran.json()).toMatchObject({
    startAt: Date.parse("2026-11-29T02:00Z"),
    steps: [{ afterMs: 0 }, { afterMs: 90_000 }, { afterMs: 100_000 }],
    end: { reason: "ended", status: "resolved" },
  });
});

it.each([
  [["lint", "none.yaml"], 3, "none.yaml cannot be read"],
  [["lint", "script.yaml"], 2, "expected object"],
  [["simulate", "both.yaml"], 2, "--policy: calm, odd"],
  [["simulate", "both.yaml", "--policy", "clam"], 2, "did you mean calm?"],
  [["simulate", "night.yaml", "--at", "soon"], 2, "2026-11-29T03:00"],
  [["simulate", "night.yaml", "--time-zone", "Berlin"], 2, "Europe/Berlin"],
  [["simulate", "night.yaml", "--script", "team.yaml"], 2, "script"],
  [["simulat", "night.yaml"], 2, "Did you mean simulate?"],
])("policies %j is told in words", async (args, code, words) => {
  const ran = await cli(folderWith(files), ["policies", ...args]);
  expect([ran.code, ran.stdout]).toEqual([code, ""]);
  expect(ran.stderr).toContain(words);
});
