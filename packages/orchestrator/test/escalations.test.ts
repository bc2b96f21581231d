import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Decision, EscalationPolicyInput, SendResult } from "@hybrid-orchestrator/core";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf, recordingChannel } from "./harness.js";
import { heard, notifyAll, type Team, team } from "./team.js";

const note = {
  text: "A refund is promised.",
  promises: ["refund by Friday"],
  avoid: ["asking for the number"],
};

const ownerOf = async ({ orchestrator, id }: Pick<Team, "orchestrator" | "id">) =>
  (await orchestrator.getSession(id)).owner;

async function logged(
  { orchestrator, id }: Pick<Team, "orchestrator" | "id">,
  type: string,
): Promise<number> {
  return (await orchestrator.listActivities(id, { limit: 500, types: [type] })).items.length;
}

describe("a takeover", () => {
  it("is called for, claimed, answered and handed back, and the AI goes on with the note", async () => {
    const made = await team();
    const { orchestrator, clock, sent, seen, id } = made;
    const { escalations } = orchestrator;
    const opened = await escalations.open(id, { reason: "stuck", requestedBy: "user" });
    expect(opened.status).toBe("queued");
    expect(await ownerOf(made)).toEqual({ kind: "nobody" });
    await clock.advance(1_000);
    expect([heard(sent, "ann").length, heard(sent, "bob").length]).toEqual([1, 1]);

    const claimed = await escalations.claim(opened.id, { worker: "ann" });
    expect(claimed).toMatchObject({ status: "claimed", claimEpoch: 1, holder: { worker: "ann" } });
    expect(await ownerOf(made)).toEqual({ kind: "human", worker: "ann" });
    await clock.advance(1_000);
    expect(heard(sent, "bob").at(-1)).toContain("ANN has it");

    await orchestrator.recordActivity(id, { type: "message", data: { text: "Are you there?" } });
    await escalations.reply(opened.id, { worker: "ann", text: "Yes, I am." });
    await clock.advance(1_000);
    expect(heard(sent, "ann").at(-1)).toBe("Are you there?");
    expect(heard(sent, "user").at(-1)).toBe("Yes, I am.");

    const ended = await escalations.handBack(opened.id, { worker: "ann", note, disposition: "needed" });
    expect(ended).toMatchObject({ status: "resolved", disposition: "needed", holder: null, claimEpoch: 2 });
    expect(await ownerOf(made)).toEqual({ kind: "ai", agent: "scripted" });
    await clock.advance(1_000);
    const told = seen.at(-1)?.activities.find(({ type }) => type === "session.handed_back");
    expect(told?.data).toMatchObject({ worker: "ann", note: { promises: ["refund by Friday"] } });
    expect((await orchestrator.workers.get("ann")).slots).toEqual([]);
    expect(heard(sent, "user")).toEqual([
      "I am asking a colleague to help you. Please stay here for a moment.",
      "ANN is here now and will help you.",
      "Yes, I am.",
      "The automated assistant will go on from here.",
    ]);
    expect(await logged(made, "session.owner_changed")).toBe(3);
  });

  it("drops the draft that an agent was writing", async () => {
    let finish: (decision: Decision) => void = () => undefined;
    const made = await team({
      decide: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    const { orchestrator, clock, sent, id } = made;
    await orchestrator.recordActivity(id, { type: "field_change", data: { fieldId: "a", value: "1" } });
    await clock.advance(10);
    const opened = await orchestrator.escalations.open(id, { reason: "stuck" });
    await orchestrator.escalations.claim(opened.id, { worker: "ann" });
    finish({ action: "prompt_user", message: "Shall I help?", reasoning: "", confidence: 1 });
    await clock.advance(10_000);
    expect(heard(sent, "user")).not.toContain("Shall I help?");
  });

  it("refuses what was written for another owner", async () => {
    const made = await team();
    const { orchestrator, id } = made;
    const { ownershipEpoch } = await orchestrator.getSession(id);
    const draft = { type: "ai_message", actor: "ai", data: { text: "Shall I help?" } } as const;
    await orchestrator.recordActivity(id, draft, { ifEpoch: ownershipEpoch, idempotencyKey: "first" });
    const opened = await orchestrator.escalations.open(id, { reason: "stuck" });
    const claimed = orchestrator.escalations.claim(opened.id, { worker: "ann" });
    // Both are under way at once: whichever comes first, a reply is never recorded after the takeover.
    const late = codeOf(orchestrator.recordActivity(id, [draft, draft], { ifEpoch: ownershipEpoch + 1 }));
    await claimed;
    for (const ifEpoch of [ownershipEpoch, ownershipEpoch + 1, ownershipEpoch + 3])
      expect(await codeOf(orchestrator.recordActivity(id, draft, { ifEpoch }))).toBe("stale_epoch");
    const { items } = await orchestrator.listActivities(id, { limit: 50, order: "asc" });
    const types = items.map(({ type }) => type);
    const before = (await late) === "stale_epoch" ? 1 : 3;
    expect(types.filter((type) => type === "ai_message")).toHaveLength(before);
    expect(types.at(-1)).toBe("session.owner_changed");
    await orchestrator.recordActivity(id, draft, { ifEpoch: ownershipEpoch + 2 });
    // What had been recorded is told again, also after the change.
    const again = await orchestrator.recordActivity(id, draft, { ifEpoch: 0, idempotencyKey: "first" });
    expect(again.seq).toBe(items.find(({ type }) => type === "ai_message")?.seq);
    expect(await codeOf(orchestrator.recordActivity(id, draft, { ifEpoch: -1 }))).toBe("invalid_argument");
  });

  it("drops what an agent had said already, when it has not left yet", async () => {
    let answer: (result: SendResult) => void = () => undefined;
    const made = await team({
      decide: () => ({ action: "prompt_user", message: "Shall I help?", reasoning: "", confidence: 1 }),
      channel: (sent) =>
        recordingChannel(
          "test",
          sent,
          () =>
            new Promise<SendResult>((resolve) => {
              answer = resolve;
            }),
        ),
      options: { delivery: { channels: { test: { concurrency: 1 } } } },
    });
    const { orchestrator, clock, sent, id } = made;
    // The channel is busy with this, so that the agent's prompt has to wait.
    await orchestrator.send(id, { content: "A longer story", whileHuman: "send" });
    await clock.advance(10);
    await orchestrator.recordActivity(id, { type: "field_change", data: { fieldId: "a", value: "1" } });
    await clock.advance(10);
    const opened = await orchestrator.escalations.open(id, { reason: "stuck" });
    await orchestrator.escalations.claim(opened.id, { worker: "ann" });
    for (let turn = 0; turn < 20; turn += 1) {
      answer({ outcome: "sent" });
      await clock.advance(1_000);
    }
    expect(heard(sent, "user")).toContain("ANN is here now and will help you.");
    expect(heard(sent, "user")).not.toContain("Shall I help?");
    const { items } = await orchestrator.listDeliveries({ session: id, limit: 100 });
    const draft = items.find(({ message }) => message.content === "Shall I help?");
    expect(draft).toMatchObject({ status: "suppressed" });
  });

  it("goes to one of those who claim at once, and the others learn who has it", async () => {
    const made = await team({ workers: ["ann", "bob", "cyd", "dan"] });
    const { escalations } = made.orchestrator;
    const { id } = await escalations.open(made.id, { reason: "stuck" });
    const results = await Promise.allSettled(
      ["ann", "bob", "cyd", "dan"].map((worker) => escalations.claim(id, { worker })),
    );
    const won = results.filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
    const holder = (await escalations.get(id)).holder?.worker;
    for (const result of results)
      if (result.status === "rejected") expect(String(result.reason)).toContain(`(${holder})`);
    await made.clock.advance(1_000);
    const slots = (await made.orchestrator.workers.list()).map((worker) => [worker.id, worker.slots.length]);
    expect(slots.filter(([, taken]) => taken === 1)).toEqual([[holder, 1]]);
  });

  it("never gives a worker more than fits, however many claims race", async () => {
    const made = await team();
    const { orchestrator } = made;
    const sessions = await Promise.all(
      [1, 2, 3, 4, 5].map(() => orchestrator.createSession({ recipient: { id: "u" } })),
    );
    const open = await Promise.all(
      sessions.map(({ id }) => orchestrator.escalations.open(id, { reason: "stuck" })),
    );
    const codes = await Promise.all(
      open.map(({ id }) => codeOf(orchestrator.escalations.claim(id, { worker: "ann" }))),
    );
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === "no_capacity")).toHaveLength(4);
    await made.clock.advance(1_000);
    expect((await orchestrator.workers.get("ann")).slots).toHaveLength(1);
  });

  it("merges with one that is open, and is refused after three within the hour", async () => {
    const made = await team();
    const { escalations } = made.orchestrator;
    const first = await escalations.open(made.id, { reason: "stuck" });
    expect((await escalations.open(made.id, { reason: "still stuck" })).id).toBe(first.id);
    await escalations.cancel(first.id);
    for (let turn = 0; turn < 2; turn += 1)
      await escalations.cancel((await escalations.open(made.id, { reason: "again" })).id);
    expect(await codeOf(escalations.open(made.id, { reason: "again" }))).toBe("escalation_limit");
    const refused: string[] = [];
    made.orchestrator.on("escalation.refused", ({ data }) => void refused.push(data.escalationId));
    made.orchestrator.addTrigger({
      name: "human",
      condition: { type: "field_changed", field: "*" },
      action: { type: "escalate", reason: "again" },
    });
    await made.orchestrator.recordActivity(made.id, {
      type: "field_change",
      data: { fieldId: "a", value: "1" },
    });
    await made.clock.advance(1);
    expect(refused).toHaveLength(1);
    await made.clock.advance(3_600_000);
    expect(await codeOf(escalations.open(made.id, { reason: "again" }))).toBeNull();
  });

  it("tells the user in bounded time that nobody is there, and the AI is back", async () => {
    const made = await team({ workers: [] });
    const opened = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    expect(opened.status).toBe("expired");
    await made.clock.advance(1_000);
    expect(heard(made.sent, "user").at(-1)).toContain("Nobody is free");
    expect(await ownerOf(made)).toEqual({ kind: "ai", agent: "scripted" });
  });

  it("calls again and gives up at the times that the policy says", async () => {
    const made = await team();
    const { id } = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.clock.advance(59_000);
    expect(heard(made.sent, "ann")).toHaveLength(1);
    await made.clock.advance(2_000);
    expect(heard(made.sent, "ann")).toHaveLength(2);
    await made.clock.advance(60_000);
    expect(await made.orchestrator.escalations.get(id)).toMatchObject({
      status: "expired",
      outcome: "nobody came",
    });
    expect(await ownerOf(made)).toEqual({ kind: "ai", agent: "scripted" });
  });

  it("is lost with the worker whose connection is gone, and found by another; never silently the AI's", async () => {
    const made = await team();
    const { orchestrator, clock, sent } = made;
    await orchestrator.workers.heartbeat("ann");
    const { id } = await orchestrator.escalations.open(made.id, { reason: "stuck" });
    await orchestrator.escalations.claim(id, { worker: "ann" });
    // The tab is closed: nothing is heard of it any more.
    await clock.advance(61_000);
    expect(await orchestrator.escalations.get(id)).toMatchObject({
      status: "queued",
      holder: null,
      releases: 1,
    });
    expect(await ownerOf(made)).toEqual({ kind: "nobody" });
    expect(heard(sent, "user").at(-1)).toContain("ANN had to leave");
    expect(await codeOf(orchestrator.escalations.reply(id, { worker: "ann", text: "I am back" }))).toBe(
      "not_holder",
    );
    await orchestrator.escalations.claim(id, { worker: "bob" });
    expect(await ownerOf(made)).toEqual({ kind: "human", worker: "bob" });
  });

  it("goes back to the queue when there is no first word in time", async () => {
    const made = await team({ policy: { ...notifyAll, acknowledgeSeconds: 20 } });
    const { id } = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.orchestrator.escalations.claim(id, { worker: "ann" });
    await made.clock.advance(21_000);
    expect((await made.orchestrator.escalations.get(id)).status).toBe("queued");
    await made.orchestrator.escalations.claim(id, { worker: "bob" });
    await made.orchestrator.escalations.reply(id, { worker: "bob", text: "Here I am." });
    await made.clock.advance(600_000);
    expect((await made.orchestrator.escalations.get(id)).holder?.worker).toBe("bob");
  });

  it("stays with its holder until somebody accepts the transfer", async () => {
    const made = await team();
    const { escalations, workers } = made.orchestrator;
    const { id } = await escalations.open(made.id, { reason: "stuck" });
    await escalations.claim(id, { worker: "ann" });
    await escalations.transfer(id, { worker: "ann", to: { worker: "bob" } });
    expect(await ownerOf(made)).toEqual({ kind: "human", worker: "ann" });
    await escalations.claim(id, { worker: "bob" });
    expect(await ownerOf(made)).toEqual({ kind: "human", worker: "bob" });
    await made.clock.advance(1_000);
    expect([(await workers.get("ann")).slots.length, (await workers.get("bob")).slots.length]).toEqual([
      0, 1,
    ]);
  });

  it("ends with its session, and leaves no timer and no capacity behind", async () => {
    const made = await team();
    const { id } = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.orchestrator.escalations.claim(id, { worker: "ann" });
    await made.orchestrator.complete(made.id);
    await made.clock.advance(1_000);
    expect((await made.orchestrator.escalations.get(id)).status).toBe("cancelled");
    expect((await made.orchestrator.workers.get("ann")).slots).toEqual([]);
  });

  it("does not call for help any more once it is claimed", async () => {
    const made = await team();
    const { id } = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    // Claimed before the first notice could leave.
    await made.orchestrator.escalations.claim(id, { worker: "ann" });
    await made.clock.advance(600);
    expect(heard(made.sent, "ann").filter((text) => text.startsWith("Somebody is wanted"))).toEqual([]);
    expect(heard(made.sent, "bob").filter((text) => text.startsWith("Somebody is wanted"))).toEqual([]);
  });

  it("is opened by an agent's decision, and by a user who asks for a human", async () => {
    const made = await team({
      decide: () => ({ action: "escalate", reasoning: "", escalationReason: "beyond me", confidence: 1 }),
    });
    await made.orchestrator.recordActivity(made.id, {
      type: "field_change",
      data: { fieldId: "a", value: "1" },
    });
    await made.clock.advance(1_000);
    const { items } = await made.orchestrator.escalations.list({ sessionId: made.id });
    expect(items).toMatchObject([{ status: "queued", reason: "beyond me", requestedBy: "agent:scripted" }]);
  });
});

describe("offers", () => {
  const policy: EscalationPolicyInput = {
    levels: [{ targets: [{ queue: "support" }], waitSeconds: 60, assign: "offer", offerSeconds: 10 }],
    onExhausted: { action: "back_to_ai" },
  };

  it("go to one after the other, with capacity held, and end by themselves", async () => {
    const made = await team({ policy });
    const { escalations, workers } = made.orchestrator;
    const { id } = await escalations.open(made.id, { reason: "stuck" });
    await made.clock.advance(1_000);
    const [first] = (await escalations.get(id)).offers;
    expect((await escalations.get(id)).status).toBe("offered");
    expect((await workers.get(first?.worker ?? "")).slots).toMatchObject([{ state: "reserved" }]);
    await made.clock.advance(10_000);
    const [second] = (await escalations.get(id)).offers;
    expect(second?.worker).not.toBe(first?.worker);
    expect((await workers.get(first?.worker ?? "")).slots).toEqual([]);
    await escalations.claim(id, { worker: second?.worker ?? "" });
    await made.clock.advance(1_000);
    expect((await workers.get(second?.worker ?? "")).slots).toMatchObject([{ state: "held" }]);
  });

  it("go to as many at once as the level says", async () => {
    const [level] = policy.levels;
    const made = await team({
      policy: {
        ...policy,
        levels: [{ ...level, targets: [{ queue: "support" }], waitSeconds: 60, parallelOffers: 2 }],
      },
    });
    const { id } = await made.orchestrator.escalations.open(made.id, { reason: "stuck" });
    await made.clock.advance(1_000);
    const { offers } = await made.orchestrator.escalations.get(id);
    expect(offers.map(({ worker }) => worker).sort()).toEqual(["ann", "bob"]);
  });
});

describe("a question", () => {
  it("is answered without taking the session from the AI, which goes on with the answer", async () => {
    const made = await team();
    const { escalations } = made.orchestrator;
    const { id } = await escalations.open(made.id, {
      kind: "question",
      reason: "price",
      question: "Which discount?",
    });
    expect(await ownerOf(made)).toEqual({ kind: "ai", agent: "scripted" });
    await escalations.claim(id, { worker: "ann" });
    const answered = await escalations.reply(id, { worker: "ann", text: "Ten percent." });
    expect(answered).toMatchObject({ status: "resolved", answer: "Ten percent." });
    await made.clock.advance(1_000);
    expect(made.seen).toHaveLength(1);
    expect(await ownerOf(made)).toEqual({ kind: "ai", agent: "scripted" });
  });
});

describe("a worker", () => {
  it("who is registered again keeps presence and places, and nothing of what is no longer said", async () => {
    const made = await team();
    const { workers, escalations } = made.orchestrator;
    const { id } = await escalations.open(made.id, { reason: "stuck" });
    await workers.register({
      id: "ann",
      name: "Ann",
      queues: ["support"],
      contact: { email: "ann@example.com" },
    });
    await escalations.claim(id, { worker: "ann" });
    const again = await workers.register({ id: "ann", name: "Ann B.", queues: ["support"] });
    expect(again).toMatchObject({
      name: "Ann B.",
      presence: "online",
      slots: [{ escalationId: id, state: "held" }],
    });
    expect(again.contact).toBeUndefined();
    expect(await codeOf(workers.setPresence("nobody", "online"))).toBe("not_found");
  });
});

describe("after a restart", () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  it("the policy goes on, and whoever held something still does", async () => {
    const folder = await mkdtemp(join(tmpdir(), "escalations-"));
    folders.push(folder);
    const path = join(folder, "sessions.db");
    const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
    const before = await team({ options: { storage: sqliteStorage({ path }), clock } });
    const waits = await before.orchestrator.escalations.open(before.id, { reason: "stuck" });
    const other = await before.orchestrator.createSession({ recipient: { id: "other" } });
    const held = await before.orchestrator.escalations.open(other.id, { reason: "stuck" });
    await before.orchestrator.escalations.claim(held.id, { worker: "bob" });
    await clock.advance(10_000);
    await before.orchestrator.stop();

    const after = await team({ workers: [], options: { storage: sqliteStorage({ path }), clock } });
    await clock.advance(51_000);
    expect(heard(after.sent, "ann")).toHaveLength(1);
    expect((await after.orchestrator.escalations.get(held.id)).holder?.worker).toBe("bob");
    expect((await after.orchestrator.escalations.get(waits.id)).progress.cycle).toBe(2);
  });
});
