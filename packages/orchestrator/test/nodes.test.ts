import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OutboundMessage, SendResult, TriggerInput } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { change, channelPlugin, recordingChannel, track } from "./harness.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hybrid-nodes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function node(options: Partial<OrchestratorOptions> = {}): Orchestrator {
  const storage = sqliteStorage({ path: join(folder, "sessions.db"), durability: "normal" });
  return track(createOrchestrator({ storage, ...options }));
}

const each: TriggerInput = {
  name: "each",
  condition: { type: "field_changed" },
  action: { type: "ui_action", action: "noted" },
  maxFires: 1_000_000,
  cooldownSeconds: 0,
};

describe("several nodes on one database", () => {
  it("record into the same sessions at once: no gap, no doubled firing, every answer true", async () => {
    const nodes = [node({ triggers: [each] }), node({ triggers: [each] }), node({ triggers: [each] })];
    const [first] = nodes as [Orchestrator];
    const sessions = await Promise.all(Array.from({ length: 3 }, () => first.createSession()));
    const recorded = await Promise.all(
      nodes.flatMap((one) =>
        sessions.flatMap(({ id }) =>
          Array.from({ length: 40 }, async (_, n) => ({
            session: id,
            activity: await one.recordActivity(id, change("a", String(n))),
          })),
        ),
      ),
    );
    for (const { id } of sessions) {
      const log = (await first.listActivities(id, { limit: 500, order: "asc" })).items;
      const firings = (await first.listFirings({ session: id, limit: 500, order: "asc" })).items;
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
      expect(new Set(firings.map(({ ordinal }) => ordinal)).size).toBe(firings.length);
      // A repetition of the value before is no change, so not every activity fires; each fires once at most.
      expect(new Set(firings.map(({ seq }) => seq)).size).toBe(firings.length);
      for (const { session, activity } of recorded)
        if (session === id) expect(log[activity.seq - 1]).toEqual(activity);
    }
  });

  it("notice within a moment what another node has made due", async () => {
    const sent: OutboundMessage[] = [];
    const sender = node({ plugins: [channelPlugin(recordingChannel("test", sent))] });
    const writer = node({ plugins: [channelPlugin(recordingChannel("test", []))] });
    await sender.start();
    const { id } = await writer.createSession();
    const delivered = new Promise<number>((resolve) => sender.on("delivery.sent", () => resolve(Date.now())));
    const queuedAt = Date.now();
    await writer.send(id, { content: "Hello" });
    expect((await delivered) - queuedAt).toBeLessThan(1_000);
    expect(sent).toHaveLength(1);
  });

  it("leave sessions to the nodes that have their rules, and take them over when those are gone", async () => {
    const clock = virtualClock();
    const silence = (name: string): TriggerInput => ({
      name,
      condition: { type: "no_activity", seconds: 60 },
      action: { type: "ui_action", action: name },
    });
    const old = node({ clock, triggers: [silence("old")] });
    await old.start();
    const { id } = await old.createSession();
    const next = node({ clock, triggers: [silence("new")] });
    await next.start();
    await clock.advance(6_000);
    for (const one of [old, next]) await one.checkTriggers();
    await clock.advance(54_000);
    const names = async () =>
      (await next.listFirings({ session: id, limit: 10, order: "asc" })).items.map(({ trigger }) => trigger);
    expect(await names()).toEqual(["old"]);
    await old.stop();
    await clock.advance(120_000);
    expect(await names()).toEqual(["old", "new"]);
  });
});

describe("a process that dies while it sends", () => {
  async function dieWhileSending(idempotent: boolean) {
    const clock = virtualClock();
    const keys: string[] = [];
    const sends = (answer: () => SendResult | Promise<SendResult>) => {
      const channel = recordingChannel("test", [], answer, { idempotent });
      const { send } = channel;
      return channelPlugin({
        ...channel,
        send(message, options) {
          keys.push(options.idempotencyKey);
          return send(message, options);
        },
      });
    };
    const dying = node({ clock, plugins: [sends(() => new Promise(() => undefined))] });
    await dying.start();
    const { id } = await dying.createSession({ ttlSeconds: null });
    const { deliveryId } = await dying.send(id, { content: "Hello" });
    await clock.advance(1);
    // It never answers again: another process looks at the same database much later, on a clock of its own.
    const later = virtualClock(clock.now() + 120_000);
    const heir = node({ clock: later, plugins: [sends(() => ({ outcome: "sent" }))] });
    await heir.start();
    await later.advance(3_600_000);
    const delivery = await heir.getDelivery(deliveryId);
    const stopping = dying.stop();
    await clock.advance(60_000);
    await stopping;
    return { keys, delivery, after: await heir.getDelivery(deliveryId) };
  }

  it("on a channel that deduplicates: it is sent again under the same key", async () => {
    const { keys, delivery } = await dieWhileSending(true);
    expect(delivery.status).toBe("sent");
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it("on any other: nobody gets it twice, and it is visible as a dead letter", async () => {
    const { keys, delivery, after } = await dieWhileSending(false);
    expect(keys).toHaveLength(1);
    expect(delivery).toMatchObject({ status: "failed", attempts: [{ outcome: "ambiguous" }] });
    expect(after.status).toBe("failed");
  });
});

describe("stopping while a message is being sent", () => {
  it("interrupts it in bounded time, and does not count it as sent", async () => {
    const clock = virtualClock();
    let aborted = false;
    const hanging = recordingChannel("test", []);
    const plugin = channelPlugin({
      ...hanging,
      send: (_message, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(new Error("aborted"));
          });
        }),
    });
    const stopped = node({ clock, plugins: [plugin], stopTimeoutMs: 2_000 });
    await stopped.start();
    const { id } = await stopped.createSession();
    const { deliveryId } = await stopped.send(id, { content: "Hello" });
    await clock.advance(1);
    const stopping = stopped.stop();
    await clock.advance(2_000);
    await stopping;
    expect(aborted).toBe(true);
    const reader = node({ clock });
    expect(await reader.getDelivery(deliveryId)).toMatchObject({
      status: "waiting",
      attempts: [{ outcome: "ambiguous" }],
    });
  });
});
