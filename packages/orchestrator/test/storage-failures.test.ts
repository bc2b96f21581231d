import type { OrchestratorEvent, OutboundMessage, Storage } from "@hybrid-orchestrator/core";
import { createOrchestrator, type OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type FaultyStorageOptions, faultyStorage, virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { change, channelPlugin, codeOf, recordingChannel, track } from "./harness.js";

const minute = 60_000;

function faulty(
  fault: FaultyStorageOptions["fault"],
  options: Partial<OrchestratorOptions> = {},
  storage: Storage = sqliteStorage({ path: ":memory:" }),
) {
  const clock = virtualClock();
  const orchestrator = track(
    createOrchestrator({ storage: faultyStorage(storage, { fault }), clock, ...options }),
  );
  return { clock, orchestrator };
}

describe("a sink", () => {
  it("is not begun before its beginning is stored, so that it misses nothing", async () => {
    const events: OrchestratorEvent[] = [];
    let refused = false;
    const { clock, orchestrator } = faulty(
      ({ method }) => {
        if (refused || method !== "commit") return null;
        refused = true;
        return "refuse";
      },
      {
        plugins: [
          {
            specVersion: 1,
            name: "warehouse",
            setup: (host) => host.sink("all", (batch) => void events.push(...batch)),
          },
        ],
      },
    );
    expect(await codeOf(orchestrator.start())).toBe("storage_failed");
    await orchestrator.start();
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, change("a"));
    clock.setTimeout(() => undefined, 1);
    await clock.advance(1);
    expect(events.map(({ type }) => type)).toEqual(["session.created", "activity.recorded"]);
  });
});

describe("a storage that fails for a while", () => {
  it("stops no loop: what was due meanwhile is done when it works again", async () => {
    let failing = false;
    const sent: OutboundMessage[] = [];
    const failures: string[] = [];
    const { clock, orchestrator } = faulty(() => (failing ? "before" : null), {
      plugins: [channelPlugin(recordingChannel("test", sent))],
      triggers: [
        {
          name: "quiet",
          condition: { type: "no_activity", seconds: 30 },
          action: { type: "send", message: "Still there?" },
        },
      ],
    });
    await orchestrator.start();
    orchestrator.on("storage.failed", ({ data }) => void failures.push(data.error));
    const { id } = await orchestrator.createSession();
    failing = true;
    await clock.advance(2 * minute);
    expect(sent).toEqual([]);
    expect(failures.length).toBeGreaterThan(10);
    failing = false;
    await clock.advance(2_000);
    expect(sent).toHaveLength(1);
    const { items } = await orchestrator.listFirings({ session: id, limit: 10 });
    expect(items).toHaveLength(1);
  });

  it("holds nothing up for longer when the clock is set back afterwards", async () => {
    let failing = false;
    const sent: OutboundMessage[] = [];
    const { clock, orchestrator } = faulty(
      ({ method }) => (failing && method === "commit" ? "before" : null),
      {
        plugins: [channelPlugin(recordingChannel("test", sent))],
      },
    );
    await orchestrator.start();
    const { id } = await orchestrator.createSession();
    await orchestrator.send(id, { content: "Hello" });
    failing = true;
    await clock.advance(10 * minute);
    clock.set(clock.now() - 5 * minute);
    failing = false;
    await clock.advance(10_000);
    expect(sent).toHaveLength(1);
  });

  it("keeps a session that cannot be decided from holding up time or others", async () => {
    const stuck = { id: "" };
    const inner = sqliteStorage({ path: ":memory:" });
    const refusing: Storage = {
      ...inner,
      commit: async (changes) => {
        const results = await inner.commit(changes.filter(({ id }) => id !== stuck.id));
        const all = [...results];
        return changes.map(({ id }) => {
          if (id === stuck.id) return { ok: false, reason: "error", error: new Error("no room") } as const;
          return all.shift() ?? { ok: false, reason: "conflict" };
        });
      },
    };
    const { clock, orchestrator } = faulty(
      () => null,
      {
        triggers: [
          {
            name: "quiet",
            condition: { type: "no_activity", seconds: 30 },
            action: { type: "ui_action", action: "ask" },
          },
        ],
      },
      refusing,
    );
    await orchestrator.start();
    const first = await orchestrator.createSession();
    const second = await orchestrator.createSession();
    stuck.id = first.id;
    await clock.advance(2 * minute);
    const fired = async () =>
      (await orchestrator.listFirings({ limit: 10, order: "asc" })).items.map(({ sessionId }) => sessionId);
    expect(await fired()).toEqual([second.id]);
    stuck.id = "";
    await clock.advance(10_000);
    expect(await fired()).toEqual([second.id, first.id]);
  });
});
