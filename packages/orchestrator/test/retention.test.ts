import { describe, expect, it } from "vitest";
import { Retention } from "../src/loops/retention.js";
import type { Runtime } from "../src/runtime.js";
import { codeOf, harness } from "./harness.js";

const hour = 3_600_000;
const day = 24 * hour;

describe("retention", () => {
  it("purges closed sessions when their time is over, in as many batches as it takes, and no others", async () => {
    const { orchestrator, clock } = await harness({ retentionSeconds: 7_200, sessionTtlSeconds: null });
    const open = await orchestrator.createSession();
    const closed = await Promise.all(Array.from({ length: 250 }, () => orchestrator.createSession()));
    for (const { id } of closed) await orchestrator.complete(id);
    const abandoned = await orchestrator.createSession();
    await orchestrator.abandon(abandoned.id);
    // Something wakes the loop: retention alone need not be punctual.
    const wake = async () => {
      await orchestrator.send(open.id, { content: "Hello" });
      await clock.advance(1);
    };
    const counts = async () => (await orchestrator.stats()).storage.sessions;
    await clock.advance(1.5 * hour);
    const late = await orchestrator.createSession();
    await orchestrator.complete(late.id);
    await wake();
    expect(await counts()).toMatchObject({ active: 1, completed: 251, abandoned: 1 });
    await clock.advance(1.5 * hour);
    await wake();
    expect(await counts()).toMatchObject({ active: 1, completed: 1, abandoned: 0 });
    expect(await codeOf(orchestrator.getSession(closed[0]?.id ?? ""))).toBe("session_not_found");
  });

  it("keeps everything by default, but expired keys", async () => {
    const { orchestrator, clock } = await harness({ sessionTtlSeconds: null });
    const { id } = await orchestrator.createSession();
    const record = () => orchestrator.recordActivity(id, { type: "x" }, { idempotencyKey: "k" });
    expect((await record()).seq).toBe(1);
    await clock.advance(6 * day);
    expect((await record()).seq).toBe(1);
    await clock.advance(2 * day);
    await orchestrator.send(id, { content: "Hello" });
    await clock.advance(1);
    expect((await record()).seq).toBe(2);
    await orchestrator.complete(id);
    await clock.advance(400 * day);
    expect((await orchestrator.getSession(id)).status).toBe("completed");
  });

  it("is not put off by a clock that is set back", async () => {
    let now = 10 * day;
    const purgedAt: number[] = [];
    const retention = new Retention({
      settings: { clock: { now: () => now }, retentionSeconds: 60 },
      storage: {
        purge: async (request: { now: number }) => ({ sessions: purgedAt.push(request.now) * 0, keys: 0 }),
      },
    } as unknown as Runtime);
    const lookAt = async (moment: number) => {
      now = moment;
      await retention.turn();
    };
    for (const moment of [10 * day, 10 * day + hour - 1, 9 * day, 9 * day + 1, 9 * day + hour])
      await lookAt(moment);
    expect(purgedAt).toEqual([10 * day, 9 * day, 9 * day + hour]);
  });

  it("purges on demand", async () => {
    const { orchestrator, clock } = await harness({}, { start: false });
    const { id } = await orchestrator.createSession();
    await orchestrator.complete(id);
    await clock.advance(1);
    const closedBefore = clock.now();
    expect(await orchestrator.purge({ closedBefore, workflow: "other" })).toEqual({ sessions: 0, keys: 0 });
    expect(await orchestrator.purge({ closedBefore })).toEqual({ sessions: 1, keys: 0 });
  });
});
