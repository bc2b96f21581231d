import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { change, codeOf, harness, track } from "./harness.js";

const silence: TriggerInput = {
  name: "silence",
  condition: { type: "no_activity", seconds: 120 },
  action: { type: "send", to: "worker", message: "{name} is quiet" },
};
const struggle: TriggerInput = {
  name: "struggle",
  condition: { type: "field_error", field: "ssn*", times: 3, withinSeconds: 60 },
  action: { type: "send", message: "Need help?" },
};

async function firings(orchestrator: Awaited<ReturnType<typeof harness>>["orchestrator"], session: string) {
  return (await orchestrator.listFirings({ session, limit: 100, order: "asc" })).items;
}

describe("firing", () => {
  it("happens in the commit of the activity that makes it, not at the next check", async () => {
    const { orchestrator } = await harness({ triggers: [struggle] }, { start: false });
    const { id } = await orchestrator.createSession();
    for (let n = 0; n < 3; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    expect(await firings(orchestrator, id)).toMatchObject([
      {
        trigger: "struggle",
        ordinal: 1,
        seq: 3,
        mode: "live",
        arm: "treatment",
        blocker: { kind: "repeated_failure" },
      },
    ]);
    expect((await orchestrator.listDeliveries({ session: id, limit: 10 })).items).toMatchObject([
      { status: "pending", message: { trigger: "struggle" } },
    ]);
  });

  it("of a silence is written down for its own moment, however late it is noticed", async () => {
    const { orchestrator, clock } = await harness({ triggers: [silence] }, { start: false });
    const { id, createdAt } = await orchestrator.createSession();
    clock.set(createdAt + 10 * 60_000);
    const fired = await orchestrator.checkTriggers();
    expect(fired).toMatchObject([
      { trigger: "silence", firedAt: createdAt + 120_000, decidedAt: createdAt + 10 * 60_000 },
    ]);
    expect(await orchestrator.checkTriggers()).toEqual([]);
    expect(await firings(orchestrator, id)).toEqual(fired);
  });

  it("is decided before a late activity is taken in, so the log alone determines it", async () => {
    const { orchestrator, clock } = await harness({ triggers: [silence] }, { start: false });
    const { id, createdAt } = await orchestrator.createSession();
    clock.set(createdAt + 200_000);
    await orchestrator.recordActivity(id, { type: "x" });
    expect(await firings(orchestrator, id)).toMatchObject([{ firedAt: createdAt + 120_000, seq: 0 }]);
  });

  it("of a batch from the past happens at the moments of the batch", async () => {
    const { orchestrator, clock } = await harness({ triggers: [silence] }, { start: false });
    const { id, createdAt } = await orchestrator.createSession();
    clock.set(createdAt + 300_000);
    await orchestrator.recordActivity(
      id,
      [60, 120, 180].map((second) => ({ type: "x", occurredAt: createdAt + second * 1_000 })),
    );
    expect(await firings(orchestrator, id)).toMatchObject([{ firedAt: createdAt + 300_000, seq: 3 }]);
  });

  it("sends a late repetition once: earlier ones of the same decision are superseded", async () => {
    const { orchestrator, clock, sent } = await harness(
      { triggers: [{ ...silence, maxFires: 5, cooldownSeconds: 60 }] },
      { start: false },
    );
    const { id, createdAt } = await orchestrator.createSession({ recipient: { id: "u", name: "Ada" } });
    clock.set(createdAt + 3_600_000);
    expect(await orchestrator.checkTriggers()).toHaveLength(5);
    expect(sent).toEqual([]);
    const { items } = await orchestrator.listDeliveries({ session: id, limit: 10, order: "asc" });
    expect(items.map(({ status }) => status)).toEqual([
      "superseded",
      "superseded",
      "superseded",
      "superseded",
      "pending",
    ]);
    await orchestrator.start();
    await clock.advance(1_000);
    expect(sent.map(({ content }) => content)).toEqual(["Ada is quiet"]);
  });

  it("happens while the loops run, at each moment that is due", async () => {
    const { orchestrator, clock, sent } = await harness({
      triggers: [{ ...silence, maxFires: 3, cooldownSeconds: 60 }],
    });
    const { id, createdAt } = await orchestrator.createSession();
    await clock.advance(3_600_000);
    expect(
      (await firings(orchestrator, id)).map(({ firedAt, decidedAt }) => [
        firedAt - createdAt,
        decidedAt - createdAt,
      ]),
    ).toEqual([
      [120_000, 120_000],
      [180_000, 180_000],
      [240_000, 240_000],
    ]);
    expect(sent).toHaveLength(3);
  });

  it("of a status trigger comes with the change, for terminal ones too, and its message leaves", async () => {
    const { orchestrator, clock, sent } = await harness({
      triggers: [
        {
          name: "thanks",
          condition: { type: "status_changed", to: "completed" },
          action: { type: "send", message: "Thank you" },
        },
      ],
    });
    const { id } = await orchestrator.createSession();
    expect(await orchestrator.checkTriggers()).toEqual([]);
    await orchestrator.complete(id);
    await clock.advance(1_000);
    expect(await firings(orchestrator, id)).toMatchObject([{ trigger: "thanks", status: "completed" }]);
    expect(sent.map(({ content }) => content)).toEqual(["Thank you"]);
  });

  it("can change the status, and what waits for that fires too", async () => {
    const { orchestrator } = await harness({
      triggers: [
        {
          name: "give_up",
          condition: { type: "repeated_error", times: 3, withinSeconds: 60 },
          action: { type: "set_status", status: "abandoned" },
        },
        {
          name: "follow_up",
          condition: { type: "status_changed", to: "abandoned" },
          action: { type: "send", message: "Come back" },
        },
      ],
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, [{ type: "error" }, { type: "error" }, { type: "error" }]);
    expect((await orchestrator.getSession(id)).status).toBe("abandoned");
    expect((await firings(orchestrator, id)).map(({ trigger }) => trigger)).toEqual(["give_up", "follow_up"]);
  });

  it("does nothing in shadow, and in the control arm of a holdout, but is recorded", async () => {
    const { orchestrator, clock, sent } = await harness({
      triggers: [
        { ...struggle, name: "shadow", mode: "shadow" },
        { ...struggle, name: "held", mode: { holdout: 1 } },
      ],
    });
    const { id } = await orchestrator.createSession();
    for (let n = 0; n < 3; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    await clock.advance(1_000);
    expect(await firings(orchestrator, id)).toMatchObject([
      { trigger: "held", mode: "holdout", arm: "control" },
      { trigger: "shadow", mode: "shadow", arm: "control" },
    ]);
    expect(sent).toEqual([]);
  });

  it("stops at the cap for all triggers of a session", async () => {
    const { orchestrator } = await harness({
      maxFiresPerSession: 2,
      triggers: ["a", "b", "c"].map((name) => ({
        name,
        condition: { type: "field_changed" as const },
        action: { type: "ui_action" as const, action: name },
      })),
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, change("x"));
    expect((await firings(orchestrator, id)).map(({ trigger }) => trigger)).toEqual(["a", "b"]);
  });

  it("waits while the session is paused", async () => {
    const { orchestrator, clock } = await harness({ triggers: [silence, struggle] });
    const { id } = await orchestrator.createSession();
    await orchestrator.pause(id);
    for (let n = 0; n < 3; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    await clock.advance(600_000);
    expect(await firings(orchestrator, id)).toEqual([]);
  });
});

describe("rules that fail", () => {
  it("harm no other rule and no session", async () => {
    const errors: string[] = [];
    const { orchestrator } = await harness({
      triggers: [
        {
          name: "broken",
          condition: {
            type: "custom",
            evaluate: () => {
              throw new Error("no such luck");
            },
          },
          action: { type: "ui_action", action: "x" },
        },
        {
          ...struggle,
          name: "bad_filter",
          filter: () => {
            throw new Error("filtered out");
          },
        },
        struggle,
      ],
    });
    orchestrator.on("trigger.error", ({ data }) => {
      errors.push(`${data.trigger}: ${data.error}`);
    });
    const { id } = await orchestrator.createSession();
    for (let n = 0; n < 3; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    expect((await firings(orchestrator, id)).map(({ trigger }) => trigger)).toEqual(["struggle"]);
    expect(errors).toContain("broken: Its condition failed: no such luck");
    expect(errors).toContain("bad_filter: Its filter failed: filtered out");
  });

  it("may answer later; a promise that takes too long is no match", async () => {
    const errors: string[] = [];
    const { orchestrator, clock } = await harness({
      conditionTimeoutMs: 1_000,
      triggers: [
        {
          name: "later",
          condition: { type: "custom", evaluate: async () => true },
          action: { type: "ui_action", action: "x" },
        },
        {
          name: "never",
          condition: { type: "custom", evaluate: () => new Promise<boolean>(() => undefined) },
          action: { type: "ui_action", action: "x" },
        },
      ],
    });
    orchestrator.on("trigger.error", ({ data }) => {
      errors.push(data.trigger);
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    await clock.advance(2_000);
    expect((await firings(orchestrator, id)).map(({ trigger }) => trigger)).toEqual(["later"]);
    expect(errors).toContain("never");
  });
});

describe("addTrigger and removeTrigger", () => {
  it("take effect for sessions that exist, from now on", async () => {
    const { orchestrator, clock } = await harness();
    const { id, createdAt } = await orchestrator.createSession();
    // A burst that is over when the rule comes does not fire it.
    for (let n = 0; n < 5; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    await clock.advance(61_000);
    orchestrator.addTrigger(silence);
    orchestrator.addTrigger(struggle);
    await clock.advance(58_000);
    expect(await firings(orchestrator, id)).toEqual([]);
    await clock.advance(2_000);
    expect(await firings(orchestrator, id)).toMatchObject([
      { trigger: "silence", firedAt: createdAt + 120_000 },
    ]);
    expect(orchestrator.removeTrigger("silence")).toBe(true);
    expect(orchestrator.removeTrigger("silence")).toBe(false);
    expect(orchestrator.triggers.map(({ name }) => name)).toEqual(["struggle"]);
  });

  it("refuse a second trigger of one name, and mistakes when it is added", async () => {
    const { orchestrator } = await harness({ triggers: [silence] });
    expect(() => orchestrator.addTrigger(silence)).toThrow(/silence exists already/);
    expect(() =>
      orchestrator.addTrigger({
        ...silence,
        name: "x",
        condition: { type: "no_activity", seconds: "120" as never },
      }),
    ).toThrow(/seconds/);
    expect(() =>
      orchestrator.addTrigger({ ...silence, name: "x", action: { type: "send", message: "Hello {name" } }),
    ).toThrow(/cannot be rendered/);
    expect(() =>
      orchestrator.addTrigger({
        ...silence,
        name: "x",
        action: { type: "send", message: "Go on: {resumeLink}" },
      }),
    ).toThrow(/resumeUrl/);
    expect(() =>
      orchestrator.addTrigger({
        ...silence,
        name: "x",
        condition: { type: "custom", evaluate: "unheard_of" },
      }),
    ).toThrow(/unheard_of/);
    expect(orchestrator.triggers).toHaveLength(1);
  });
});

describe("explain", () => {
  it("says why, with the numbers, and what became of the message", async () => {
    const { orchestrator, clock } = await harness({ triggers: [struggle] });
    const { id } = await orchestrator.createSession();
    for (let n = 0; n < 2; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
    const before = await orchestrator.explain(id, "struggle");
    expect(before).toMatchObject({ trigger: "struggle", fires: 0, holds: false });
    expect(before.text).toMatch(/2/);
    await orchestrator.recordActivity(id, change("ssn", "2"));
    await clock.advance(1_000);
    const after = await orchestrator.explain(id, "struggle");
    expect(after.fires).toBe(1);
    expect(after.deliveries).toMatchObject([{ delivery: { status: "sent" } }]);
    expect(after.text).toContain("on test");
    expect(await codeOf(orchestrator.explain(id, "nothing"))).toBe("unknown_name");
  });
});

describe("limits of a trigger", () => {
  it("hold across restarts and for several nodes on one database", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hybrid-"));
    try {
      const path = join(folder, "sessions.db");
      const clock = virtualClock();
      const open = () =>
        track(createOrchestrator({ storage: sqliteStorage({ path }), clock, triggers: [silence, struggle] }));
      const first = open();
      const { id } = await first.createSession();
      await clock.advance(121_000);
      await first.checkTriggers();
      await first.stop();
      const nodes = [open(), open(), open()];
      await Promise.all(nodes.map((node) => node.checkTriggers()));
      for (let n = 0; n < 9; n += 1) await nodes[n % 3]?.recordActivity(id, change("ssn", String(n)));
      await Promise.all(nodes.map((node) => node.checkTriggers()));
      const all = (await (nodes[0] as (typeof nodes)[0]).listFirings({ session: id, limit: 100 })).items;
      expect(all.map(({ trigger, ordinal }) => `${trigger} ${ordinal}`).sort()).toEqual([
        "silence 1",
        "struggle 1",
      ]);
      for (const node of nodes) await node.stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("an asynchronous condition inside not", () => {
  it("fires when the answer is no", async () => {
    const { orchestrator, clock } = await harness({
      triggers: [
        {
          name: "unless",
          condition: { type: "not", condition: { type: "custom", evaluate: async () => false } },
          action: { type: "ui_action", action: "x" },
        },
      ],
    });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    await clock.advance(1_000);
    expect((await firings(orchestrator, id)).map(({ trigger }) => trigger)).toEqual(["unless"]);
  });
});
