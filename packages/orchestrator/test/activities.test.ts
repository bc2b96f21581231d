import { describe, expect, it } from "vitest";
import { codeOf, harness } from "./harness.js";

describe("recordActivity", () => {
  it("numbers activities without a gap, in order of arrival, also for many callers at once", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    const recorded = await Promise.all(
      Array.from({ length: 300 }, (_, n) => orchestrator.recordActivity(id, { type: "x", data: { n } })),
    );
    expect(recorded.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    const { items } = await orchestrator.listActivities(id, { limit: 500, order: "asc" });
    expect(items.map(({ data }) => data.n)).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  it("keeps activities of one moment in their order", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(
      id,
      ["a", "b", "c"].map((type) => ({ type })),
    );
    const { items } = await orchestrator.listActivities(id, { limit: 10, order: "desc" });
    expect(items.map(({ type }) => type)).toEqual(["c", "b", "a"]);
  });

  it("records a batch wholly or not at all, and names the place of the mistake", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    const batch = [{ type: "a" }, { type: "b", data: { bad: Number.NaN } }];
    await expect(orchestrator.recordActivity(id, batch)).rejects.toMatchObject({
      code: "invalid_json",
      message: expect.stringContaining("index 1"),
    });
    expect((await orchestrator.getSession(id)).version).toBe(1);
  });

  it.each([
    ["not JSON", { type: "x", data: { f: () => 1 } }, "invalid_json"],
    ["a data value that is no object", { type: "x", data: [1] }, "invalid_json"],
    ["oversized data", { type: "x", data: { text: "x".repeat(70_000) } }, "data_too_large"],
    ["no type", { type: "" }, "invalid_argument"],
    ["an unknown actor", { type: "x", actor: "robot" }, "invalid_argument"],
    ["one of the log's own types", { type: "session.status_changed" }, "invalid_argument"],
  ])("refuses %s and writes nothing", async (_name, activity, code) => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    expect(await codeOf(orchestrator.recordActivity(id, activity as never))).toBe(code);
    expect((await orchestrator.listActivities(id, { limit: 10 })).items).toEqual([]);
  });

  it("refuses an activity from the future, which would silence the rules", async () => {
    const { orchestrator, clock } = await harness();
    const { id } = await orchestrator.createSession();
    expect(await codeOf(orchestrator.recordActivity(id, { type: "x", occurredAt: clock.now() + 1 }))).toBe(
      "activity_in_future",
    );
  });

  it("takes what the caller says about the time, and keeps it apart from the time of receipt", async () => {
    const { orchestrator, clock } = await harness();
    const { id } = await orchestrator.createSession();
    const start = clock.now();
    await clock.advance(60_000);
    const [early, late] = await orchestrator.recordActivity(id, [
      { type: "a", occurredAt: start + 10_000 },
      { type: "b", occurredAt: start + 20_000 },
    ]);
    expect(early).toMatchObject({
      occurredAt: start + 10_000,
      effectiveAt: start + 10_000,
      createdAt: start + 60_000,
    });
    expect(late).toMatchObject({ occurredAt: start + 20_000, effectiveAt: start + 20_000 });
    expect((await orchestrator.getSession(id)).lastActivityAt.user).toBe(start + 20_000);
  });

  it("keeps what it was given, whatever the caller does with the object afterwards", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    const data = { fieldId: "a" };
    const recording = orchestrator.recordActivity(id, { type: "field_change", data });
    data.fieldId = "b";
    expect((await recording).data).toEqual({ fieldId: "a" });
  });

  it("records once for one idempotency key, at once and later", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    const once = () =>
      orchestrator.recordActivity(id, [{ type: "a" }, { type: "b" }], { idempotencyKey: "k1" });
    const [first, second] = await Promise.all([once(), once()]);
    await orchestrator.recordActivity(id, { type: "c" });
    const third = await once();
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect((await orchestrator.getSession(id, { activities: 10 })).activities).toHaveLength(3);
  });

  it("refuses names and keys that not every database can keep", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    const refused = [
      orchestrator.recordActivity(id, { type: "a\0b" }),
      orchestrator.recordActivity(id, { type: "a" }, { idempotencyKey: "\ud800" }),
    ];
    for (const call of refused) expect(await codeOf(call)).toBe("invalid_argument");
    expect((await orchestrator.listActivities(id, { limit: 10 })).items).toEqual([]);
  });

  it("records all that many sessions send at once", async () => {
    const { orchestrator } = await harness();
    const sessions = await Promise.all(Array.from({ length: 100 }, () => orchestrator.createSession()));
    await Promise.all(
      sessions.flatMap(({ id }) =>
        Array.from({ length: 10 }, () => orchestrator.recordActivity(id, { type: "x" })),
      ),
    );
    expect((await orchestrator.stats()).storage.activities).toBe(1_000);
    for (const { id } of sessions)
      expect(
        (await orchestrator.listActivities(id, { limit: 20 })).items
          .map(({ seq }) => seq)
          .sort((a, b) => a - b),
      ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("still works when the cache holds next to nothing", async () => {
    const { orchestrator } = await harness({ maxCacheBytes: 1 });
    const sessions = await Promise.all(Array.from({ length: 5 }, () => orchestrator.createSession()));
    for (let round = 0; round < 10; round += 1)
      await Promise.all(sessions.map(({ id }) => orchestrator.recordActivity(id, { type: "x" })));
    expect((await orchestrator.stats()).cache.sessions).toBeLessThanOrEqual(1);
    expect((await orchestrator.stats()).storage.activities).toBe(50);
  });
});

describe("UI actions", () => {
  it("arrive in order, are acknowledged, and the sender can ask", async () => {
    const { orchestrator } = await harness();
    const { id, token } = await orchestrator.createSession();
    const first = await orchestrator.queueUiAction(id, { type: "highlight_field", data: { fieldId: "ssn" } });
    const second = await orchestrator.queueUiAction(id, { type: "open_page", data: { page: 2 } });
    expect((await orchestrator.getUiAction(id, first.id)).status).toBe("queued");
    const taken = await orchestrator.takeUiActions(token);
    expect(taken.map((action) => action.id)).toEqual([first.id, second.id]);
    expect(await orchestrator.takeUiActions(token)).toEqual([]);
    expect((await orchestrator.getUiAction(id, first.id)).status).toBe("delivered");
    await orchestrator.acknowledgeUiAction(token, first.id);
    await orchestrator.acknowledgeUiAction(token, first.id);
    expect((await orchestrator.getUiAction(id, first.id)).status).toBe("acknowledged");
    expect(await codeOf(orchestrator.acknowledgeUiAction(token, "nothing"))).toBe("not_found");
  });

  it("are handed out again when the client did not acknowledge them in time", async () => {
    const { orchestrator, clock } = await harness();
    const { id } = await orchestrator.createSession();
    const action = await orchestrator.queueUiAction(id, { type: "open_page" });
    await orchestrator.takeUiActions(id);
    await clock.advance(30_001);
    expect((await orchestrator.takeUiActions(id)).map((taken) => taken.id)).toEqual([action.id]);
  });
});
