import { isToken } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { codeOf, harness } from "./harness.js";

const hour = 3_600_000;

describe("createSession", () => {
  it("returns the session with an access token that logging does not show", async () => {
    const { orchestrator, clock } = await harness();
    const session = await orchestrator.createSession({
      externalId: "call_abc",
      metadata: { form: "application" },
    });
    expect(isToken(session.token)).toBe(true);
    expect(JSON.stringify({ ...session })).not.toContain(session.token);
    expect(session).toMatchObject({
      externalId: "call_abc",
      workflow: "default",
      status: "active",
      metadata: { form: "application" },
      owner: { kind: "nobody" },
      ownershipEpoch: 0,
      version: 1,
      createdAt: clock.now(),
      expiresAt: clock.now() + 24 * hour,
    });
  });

  it("is found by id, token and external id, and the token is stored nowhere", async () => {
    const { orchestrator } = await harness();
    const { id, token } = await orchestrator.createSession({ externalId: "call_abc" });
    for (const ref of [id, token, "call_abc", { id }, { token }, { externalId: "call_abc" }]) {
      expect((await orchestrator.getSession(ref)).id).toBe(id);
    }
    expect(JSON.stringify(await orchestrator.readEvents())).not.toContain(token);
  });

  it("keeps the whole recipient", async () => {
    const { orchestrator } = await harness();
    const recipient = {
      id: "u1",
      name: "Ada",
      phone: "+491701234567",
      email: "ada@example.com",
      slackId: "U7",
      preferredChannel: "sms",
      available: false,
      locale: "de",
      timeZone: "Europe/Berlin",
      addresses: { pager: "12" },
      metadata: { vip: true },
    };
    const { id } = await orchestrator.createSession({ recipient });
    expect((await orchestrator.getSession(id)).recipient).toEqual(recipient);
  });

  it("refuses a known external id, or returns that session with a new token", async () => {
    const { orchestrator } = await harness();
    const first = await orchestrator.createSession({ externalId: "x" });
    expect(await codeOf(orchestrator.createSession({ externalId: "x" }))).toBe("session_exists");
    const again = await orchestrator.createSession({ externalId: "x", ifExists: "return" });
    expect(again.id).toBe(first.id);
    expect(again.token).not.toBe(first.token);
    for (const { token } of [first, again]) expect((await orchestrator.getSession(token)).id).toBe(first.id);
  });

  it("gives one session to many callers at once with one external id", async () => {
    const { orchestrator } = await harness();
    const sessions = await Promise.all(
      Array.from({ length: 20 }, () => orchestrator.createSession({ externalId: "x", ifExists: "return" })),
    );
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1);
  });

  it("lets many sessions have no external id", async () => {
    const { orchestrator } = await harness();
    const [a, b] = await Promise.all([orchestrator.createSession(), orchestrator.createSession()]);
    expect(a?.id).not.toBe(b?.id);
  });

  it.each([
    ["an unknown key", { workflwo: "x" }],
    ["an empty external id", { externalId: "" }],
    ["a time to live of zero", { ttlSeconds: 0 }],
    ["a time zone that does not exist", { recipient: { id: "u", timeZone: "Mars/Base" } }],
  ])("refuses %s with the place", async (_name, input) => {
    const { orchestrator } = await harness();
    await expect(orchestrator.createSession(input as never)).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect((await orchestrator.listSessions({ limit: 10 })).items).toEqual([]);
  });

  it("refuses metadata that is not JSON, or too large, and writes nothing", async () => {
    const { orchestrator } = await harness();
    expect(await codeOf(orchestrator.createSession({ metadata: { n: Number.NaN } }))).toBe("invalid_json");
    expect(await codeOf(orchestrator.createSession({ metadata: { text: "x".repeat(300_000) } }))).toBe(
      "data_too_large",
    );
    expect((await orchestrator.listSessions({ limit: 10 })).items).toEqual([]);
  });
});

describe("an unknown session", () => {
  it("is a coded error that does not repeat a token", async () => {
    const { orchestrator } = await harness();
    const token = "ses_AAAAAAAAAAAAAAAAAAAAAA";
    await expect(orchestrator.getSession(token)).rejects.toMatchObject({
      code: "session_not_found",
      message: expect.not.stringContaining(token),
    });
    expect(await codeOf(orchestrator.recordActivity("nobody", { type: "x" }))).toBe("session_not_found");
    expect(await codeOf(orchestrator.recordActivity({ id: "nobody" }, { type: "x" }))).toBe(
      "session_not_found",
    );
    expect(await codeOf(orchestrator.complete("nobody"))).toBe("session_not_found");
  });

  it("is also what an expired token meets, while the session lives on under its id", async () => {
    const { orchestrator, clock } = await harness({ sessionTtlSeconds: 60 });
    const { id, token } = await orchestrator.createSession();
    await orchestrator.recordActivity(token, { type: "x" });
    await clock.advance(61_000);
    expect(await codeOf(orchestrator.recordActivity(token, { type: "x" }))).toBe("session_not_found");
    expect((await orchestrator.getSession(id)).status).toBe("expired");
  });
});

describe("updateSession", () => {
  it("merges metadata at every depth; null removes, an empty object stays one", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession({
      metadata: { a: 1, deep: { x: 1, y: 2 }, pending: { action: "call" } },
    });
    const updated = await orchestrator.updateSession(id, {
      metadata: { b: {}, deep: { y: null, z: 3 }, pending: null },
    });
    expect(updated.metadata).toEqual({ a: 1, b: {}, deep: { x: 1, z: 3 } });
    expect((await orchestrator.getSession(id)).metadata).toEqual(updated.metadata);
  });

  it("loses none of many updates at once", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => orchestrator.updateSession(id, { metadata: { [`key${n}`]: n } })),
    );
    expect(Object.keys((await orchestrator.getSession(id)).metadata)).toHaveLength(50);
  });

  it("refuses an update for a revision that is no longer current", async () => {
    const { orchestrator } = await harness();
    const { id, revision } = await orchestrator.createSession();
    const updated = await orchestrator.updateSession(id, { metadata: { a: 1 } }, { ifRevision: revision });
    expect(updated.revision).toBe(revision + 1);
    expect(
      await codeOf(orchestrator.updateSession(id, { metadata: { a: 2 } }, { ifRevision: revision })),
    ).toBe("revision_conflict");
    expect((await orchestrator.getSession(id)).metadata).toEqual({ a: 1 });
  });

  it("does not move the revision when an activity is recorded", async () => {
    const { orchestrator } = await harness();
    const { id, revision, version } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, { type: "x" });
    const session = await orchestrator.getSession(id);
    expect(session.revision).toBe(revision);
    expect(session.version).toBeGreaterThan(version);
  });
});

describe("status", () => {
  it("goes the allowed ways alone", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    expect((await orchestrator.pause(id)).status).toBe("paused");
    expect((await orchestrator.resume(id)).status).toBe("active");
    expect((await orchestrator.abandon(id)).status).toBe("abandoned");
    expect(await codeOf(orchestrator.complete(id))).toBe("invalid_transition");
    expect((await orchestrator.resume(id)).status).toBe("active");
    expect((await orchestrator.complete(id)).status).toBe("completed");
    expect((await orchestrator.complete(id)).status).toBe("completed");
    for (const change of [
      orchestrator.resume(id),
      orchestrator.pause(id),
      orchestrator.cancel(id),
      orchestrator.abandon(id),
    ]) {
      expect(await codeOf(change)).toBe("invalid_transition");
    }
  });

  it("is part of the log, so that nothing needs to be guessed later", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    await orchestrator.complete(id, { reason: "submitted", actor: "user" });
    const { items } = await orchestrator.listActivities(id, { limit: 10 });
    expect(items).toMatchObject([
      {
        type: "session.status_changed",
        actor: "user",
        data: { from: "active", to: "completed", reason: "submitted" },
      },
    ]);
  });

  it("refuses everything once the session is closed, and writes nothing", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    await orchestrator.complete(id);
    const before = await orchestrator.getSession(id);
    expect(await codeOf(orchestrator.recordActivity(id, { type: "x" }))).toBe("session_closed");
    expect(await codeOf(orchestrator.updateSession(id, { metadata: { a: 1 } }))).toBe("session_closed");
    expect(await codeOf(orchestrator.queueUiAction(id, { type: "x" }))).toBe("session_closed");
    expect(await codeOf(orchestrator.send(id, { content: "hello" }))).toBe("session_closed");
    expect(await orchestrator.getSession(id)).toEqual(before);
  });
});

describe("expiry", () => {
  it("changes the status, keeps the history, and says so", async () => {
    const { orchestrator, clock } = await harness();
    const { id } = await orchestrator.createSession({ ttlSeconds: 3_600 });
    await orchestrator.recordActivity(id, { type: "x" });
    await clock.advance(2 * hour);
    const session = await orchestrator.getSession(id, { activities: 10 });
    expect(session.status).toBe("expired");
    expect(session.activities.map(({ type }) => type)).toEqual(["session.status_changed", "x"]);
    expect(session.activities[0]?.effectiveAt).toBe(session.expiresAt);
    expect(await codeOf(orchestrator.recordActivity(id, { type: "x" }))).toBe("session_expired");
  });

  it("comes before an activity that arrives too late, even when no tick has run", async () => {
    const { orchestrator, clock } = await harness({}, { start: false });
    const { id } = await orchestrator.createSession({ ttlSeconds: 60 });
    clock.set(clock.now() + 61_000);
    expect(await codeOf(orchestrator.recordActivity(id, { type: "x" }))).toBe("session_expired");
    expect((await orchestrator.getSession(id)).status).toBe("expired");
  });

  it("runs while paused, and for what was abandoned", async () => {
    const { orchestrator, clock } = await harness({ sessionTtlSeconds: 60 });
    const [a, b] = await Promise.all([orchestrator.createSession(), orchestrator.createSession()]);
    await orchestrator.pause(a.id);
    await orchestrator.abandon(b.id);
    await clock.advance(61_000);
    for (const { id } of [a, b]) expect((await orchestrator.getSession(id)).status).toBe("expired");
  });

  it("never comes with a time to live of null", async () => {
    const { orchestrator, clock } = await harness();
    const { id } = await orchestrator.createSession({ ttlSeconds: null });
    await clock.advance(400 * 24 * hour);
    expect((await orchestrator.getSession(id)).status).toBe("active");
  });
});

describe("resumeSession", () => {
  it("gives a new agent the state, the summary and the recent activities, oldest first", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession({ metadata: { step: 3 } });
    for (let n = 1; n <= 60; n += 1) await orchestrator.recordActivity(id, { type: "x", data: { n } });
    await orchestrator.setSummary(id, "At step 3; the SSN was difficult.");
    const { session, summary, activities, blockers } = await orchestrator.resumeSession(id);
    expect(session.metadata).toEqual({ step: 3 });
    expect(summary).toBe("At step 3; the SSN was difficult.");
    expect(activities.map(({ data }) => data.n)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 11),
    );
    expect(blockers).toEqual([]);
  });
});

describe("listings", () => {
  it("refuse a limit of zero instead of returning everything", async () => {
    const { orchestrator } = await harness();
    const { id } = await orchestrator.createSession();
    expect(await codeOf(orchestrator.listActivities(id, { limit: 0 }))).toBe("invalid_argument");
    expect(await codeOf(orchestrator.listSessions({ limit: 0 }))).toBe("invalid_argument");
  });
});
