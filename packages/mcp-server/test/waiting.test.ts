import { virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { shownBy } from "../src/views.js";
import { follow } from "../src/waiting/follow.js";
import { call, connect, failure, harness, orchestratorWithAnn } from "./harness.js";
import type { Escalated, Awaited as Waited } from "./shapes.js";

async function opened(kind: "takeover" | "question" = "takeover") {
  const clock = virtualClock();
  const orchestrator = await orchestratorWithAnn({ clock });
  const { id } = await orchestrator.createSession();
  const escalation = await orchestrator.escalations.open(id, { kind, reason: "stuck", question: "?" });
  const told: number[] = [];
  const wait = (options: { after?: string | null; waitMs?: number; signal?: AbortSignal } = {}) =>
    follow({
      orchestrator,
      escalation,
      after: null,
      waitMs: 30_000,
      pollMs: 1_000,
      signal: new AbortController().signal,
      shown: shownBy(false),
      waiting: async (_, elapsedMs) => void told.push(elapsedMs),
      ...options,
    });
  return { clock, orchestrator, escalation, id, told, wait };
}

describe("a wait", () => {
  it("ends when its time is up, and looks for other processes' commits meanwhile", async () => {
    const { clock, told, wait } = await opened();
    const waiting = wait({ waitMs: 2_500 });
    await expect.poll(() => told.length).toBe(1);
    for (const ms of [1_000, 1_000, 500]) {
      const before = told.length;
      await clock.advance(ms);
      if (ms === 1_000) await expect.poll(() => told.length).toBe(before + 1);
    }
    expect(await waiting).toMatchObject({ happened: [] });
    expect(told).toEqual([0, 1_000, 2_000]);
  });

  it("misses nothing between two calls, tells nothing twice, and leaves colleagues' notes out", async () => {
    const { orchestrator, escalation, id, wait } = await opened();
    const by = { worker: "ann" };
    await orchestrator.recordActivity(id, { type: "message", actor: "user", data: { text: "hello?" } });
    await orchestrator.escalations.claim(escalation.id, by);
    await orchestrator.escalations.note(escalation.id, { ...by, text: "difficult person" });
    const first = await wait();
    expect(first.happened.map(({ what }) => what)).toEqual(["claimed"]);
    await orchestrator.escalations.reply(escalation.id, { ...by, text: "Hi" });
    await orchestrator.escalations.release(escalation.id, by);
    await orchestrator.escalations.claim(escalation.id, by);
    const second = await wait({ after: first.cursor });
    expect(second.happened.map(({ what, by: who, text }) => [what, who, text])).toEqual([
      ["said", "ann", "Hi"],
      ["released", "ann", "given back"],
      ["claimed", "ann", null],
    ]);
    await orchestrator.escalations.resolve(escalation.id, { ...by, outcome: "solved" });
    const third = await wait({ after: second.cursor });
    expect(third.happened.map(({ what, text }) => [what, text])).toEqual([["resolved", "solved"]]);
    const all = await wait();
    expect(all.happened).toEqual([...first.happened, ...second.happened, ...third.happened]);
    expect(JSON.stringify(all.happened)).not.toContain("difficult");
    expect((await wait({ after: third.cursor })).happened).toEqual([]);
  });

  it("reads a long history to its end", async () => {
    const { orchestrator, escalation, id, wait } = await opened();
    for (let batch = 0; batch < 2; batch += 1)
      await orchestrator.recordActivity(
        id,
        Array.from({ length: 600 }, () => ({ type: "x" })),
      );
    await orchestrator.escalations.cancel(escalation.id, { reason: "no more" });
    expect((await wait()).happened).toMatchObject([{ what: "cancelled", text: "no more" }]);
  });

  it("tells when nobody came", async () => {
    const { clock, wait } = await opened();
    await clock.advance(301_000);
    expect((await wait()).happened.map(({ what }) => what)).toContain("nobody_came");
  });

  it("is given up at once, and leaves no listener behind", async () => {
    const { told, wait, clock } = await opened();
    const timers = clock.pendingTimers;
    const controller = new AbortController();
    const waiting = wait({ signal: controller.signal });
    await expect.poll(() => told.length).toBe(1);
    controller.abort();
    expect(await waiting).toMatchObject({ happened: [] });
    expect(clock.pendingTimers).toBe(timers);
  });

  it("knows nothing of another escalation of the session", async () => {
    const { orchestrator, id, wait } = await opened("question");
    const other = await orchestrator.escalations.open(id, { reason: "other" });
    await orchestrator.escalations.claim(other.id, { worker: "ann" });
    await orchestrator.escalations.reply(other.id, { worker: "ann", text: "about something else" });
    expect(await wait({ waitMs: 0 })).toMatchObject({ happened: [] });
  });
});

describe("await_human", () => {
  it("tells how the wait goes to a client that asks, and stops when it is cancelled", async () => {
    const { url } = await harness({ mcp: { maxWaits: 1 } });
    const client = await connect(url);
    await call(client, "start_session", { externalId: "a" });
    const { escalation } = await call<Escalated>(client, "escalate", { session: "a", reason: "stuck" });
    const told: unknown[] = [];
    const controller = new AbortController();
    const waiting = client.callTool(
      { name: "await_human", arguments: { escalation: escalation.id, waitSeconds: 50 } },
      { signal: controller.signal, onprogress: (progress) => void told.push(progress) },
    );
    const failed = waiting.catch((error: unknown) => error);
    await expect.poll(() => told.length).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ total: 50, message: "nobody has it yet, level 1" });
    // One wait is what the client may have here.
    expect(await failure(client, "await_human", { escalation: escalation.id })).toMatch(/^unavailable: /);
    controller.abort();
    expect(await failed).toBeInstanceOf(Error);
    await expect
      .poll(() =>
        call<Waited>(client, "await_human", { escalation: escalation.id, waitSeconds: 0 }).catch(() => null),
      )
      .toMatchObject({ outcome: "waiting", done: false, happened: [] });
  });

  it("waits no longer than the server lets it", async () => {
    const { url } = await harness({ mcp: { maxWaitSeconds: 1 } });
    const client = await connect(url, { era: "legacy" });
    await call(client, "start_session", { externalId: "a" });
    const { escalation } = await call<Escalated>(client, "escalate", { session: "a", reason: "stuck" });
    expect(
      await call<Waited>(client, "await_human", { escalation: escalation.id, waitSeconds: 3_000 }),
    ).toMatchObject({ outcome: "waiting" });
  });

  it("refuses a cursor that is none, and says what to do", async () => {
    const { url } = await harness();
    const client = await connect(url);
    await call(client, "start_session", { externalId: "a" });
    const { escalation } = await call<Escalated>(client, "escalate", { session: "a", reason: "stuck" });
    expect(await failure(client, "await_human", { escalation: escalation.id, cursor: "x" })).toMatch(
      /^invalid_cursor: .*Leave the cursor out/,
    );
  });

  it("is no use where nobody is waited for, and tells nothing of the set-up", async () => {
    const { url, lines } = await harness({ orchestrator: { escalation: undefined as never } });
    const client = await connect(url);
    await call(client, "start_session", { externalId: "a" });
    expect(await failure(client, "escalate", { session: "a", reason: "stuck" })).toMatch(
      /^invalid_configuration: This server is not set up for that/,
    );
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", message: "An MCP tool failed." }));
  });
});
