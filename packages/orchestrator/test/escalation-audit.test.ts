import { describe, expect, it } from "vitest";
import { codeOf } from "./harness.js";
import { type Team, team } from "./team.js";

type Escalations = Team["orchestrator"]["escalations"];

interface Act {
  readonly does: string;
  /** The one entry that says so. */
  readonly event: string;
  readonly by?: string;
  /** What must have happened before. */
  readonly before?: "claimed" | "answered" | "offered" | "transferred";
  readonly kind?: "question";
  readonly act: (escalations: Escalations, id: string) => Promise<unknown>;
}

const secretText = "what is said to the user";
const worker = "ann";
const note = { text: "goes on", facts: ["a fact of the user"] };
const offers = {
  levels: [
    {
      targets: [{ queue: "support" }],
      waitSeconds: 60,
      assign: "offer" as const,
      offerSeconds: 30,
      parallelOffers: 2,
    },
  ],
  onExhausted: { action: "back_to_ai" as const },
};

const acts: readonly Act[] = [
  { does: "claim", event: "escalation.claimed", act: (api, id) => api.claim(id, { worker }) },
  {
    does: "decline",
    event: "escalation.declined",
    before: "offered",
    act: (api, id) => api.decline(id, { worker, reason: "at lunch" }),
  },
  {
    does: "reply, the first time",
    event: "escalation.responded",
    before: "claimed",
    act: (api, id) => api.reply(id, { worker, text: secretText }),
  },
  {
    does: "reply, again",
    event: "escalation.replied",
    before: "answered",
    act: (api, id) => api.reply(id, { worker, text: secretText }),
  },
  {
    does: "reply to a question",
    event: "escalation.resolved",
    before: "claimed",
    kind: "question",
    act: (api, id) => api.reply(id, { worker, text: secretText }),
  },
  { does: "note", event: "escalation.noted", act: (api, id) => api.note(id, { worker, text: secretText }) },
  {
    does: "transfer",
    event: "escalation.transfer_requested",
    before: "claimed",
    act: (api, id) => api.transfer(id, { worker, to: { worker: "bob" }, note: "knows taxes" }),
  },
  {
    does: "claim what is transferred",
    event: "escalation.transferred",
    by: "bob",
    before: "transferred",
    act: (api, id) => api.claim(id, { worker: "bob" }),
  },
  {
    does: "decline what is transferred",
    event: "escalation.transfer_ended",
    by: "bob",
    before: "transferred",
    act: (api, id) => api.decline(id, { worker: "bob" }),
  },
  {
    does: "snooze",
    event: "escalation.snoozed",
    before: "claimed",
    act: (api, id) => api.snooze(id, { worker }),
  },
  {
    does: "release",
    event: "escalation.released",
    before: "claimed",
    act: (api, id) => api.release(id, { worker, reason: "shift ends" }),
  },
  {
    does: "hand back",
    event: "escalation.handed_back",
    before: "claimed",
    act: (api, id) => api.handBack(id, { worker, note, mode: "wait_for_user" }),
  },
  {
    does: "resolve",
    event: "escalation.resolved",
    before: "claimed",
    act: (api, id) => api.resolve(id, { worker, disposition: "needed" }),
  },
  {
    does: "cancel",
    event: "escalation.cancelled",
    before: "claimed",
    act: (api, id) => api.cancel(id, { worker }),
  },
];

async function prepared({ before, kind }: Pick<Act, "before" | "kind">) {
  const made = await team(before === "offered" ? { policy: offers } : {});
  const { escalations } = made.orchestrator;
  const about = kind === undefined ? {} : ({ kind, question: "Which?" } as const);
  const { id } = await escalations.open(made.id, { reason: "stuck", ...about });
  if (before === "offered") await made.clock.advance(1_000);
  else if (before !== undefined) await escalations.claim(id, { worker });
  if (before === "answered") await escalations.reply(id, { worker, text: secretText });
  if (before === "transferred") await escalations.transfer(id, { worker, to: { worker: "bob" } });
  return { made, escalations, id };
}

describe("the history of an escalation", () => {
  it.each(acts)("has exactly one entry that names the worker for: $does", async (act) => {
    const { escalations, id } = await prepared(act);
    const before = (await escalations.history(id)).length;
    await act.act(escalations, id);
    const history = await escalations.history(id);
    const by = history
      .slice(before)
      .filter((entry) => entry.worker === (act.by ?? worker) && entry.partOf === null);
    expect(by.map(({ event }) => event)).toEqual([act.event]);
    const text = JSON.stringify(history);
    for (const said of [secretText, "a fact of the user", "Ada"]) expect(text).not.toContain(said);
  });

  it("names the worker who asks for help, and the one who decides about an action", async () => {
    const { orchestrator, id: session } = await team();
    const { escalations, approvals } = orchestrator;
    const opened = await escalations.open(session, {
      reason: "I need a second pair of eyes",
      requestedBy: "worker:ann",
    });
    expect((await escalations.history(opened.id))[0]).toMatchObject({
      event: "escalation.opened",
      worker: "ann",
    });
    await escalations.open(session, { reason: "me too", requestedBy: "worker:bob" });
    expect((await escalations.history(opened.id)).at(-1)).toMatchObject({
      event: "escalation.merged",
      worker: "bob",
    });
    const args = { account: "DE89 3704 0044 0532 0130 00" };
    const asked = await approvals.request(session, {
      tool: "pay",
      reason: "a refund",
      runBy: "caller",
      args,
    });
    const before = (await escalations.history(asked.id)).length;
    await approvals.decide(asked.id, {
      worker: "bob",
      decision: "reject",
      comment: "not to DE89 3704 0044 0532 0130 00",
    });
    const history = await escalations.history(asked.id);
    const acted = history.slice(before).filter((entry) => entry.worker === "bob" && entry.partOf === null);
    expect(acted).toMatchObject([
      { event: "approval.decided", details: { decision: "reject", tool: "pay" } },
    ]);
    expect(JSON.stringify(history)).not.toContain("0532");
    expect(JSON.stringify(await escalations.history(opened.id))).not.toContain(asked.id);
  });

  it("names nobody for what the application or time did, and says whose it was", async () => {
    const { made, escalations, id } = await prepared({ before: "claimed" });
    await escalations.cancel(id, { reason: "a duplicate" });
    expect((await escalations.history(id)).at(-1)).toMatchObject({
      event: "escalation.cancelled",
      worker: null,
      reason: "a duplicate",
      details: { holder: "ann" },
    });
    const lost = await prepared({});
    await lost.made.orchestrator.workers.heartbeat("ann");
    await lost.escalations.claim(lost.id, { worker });
    await lost.made.clock.advance(61_000);
    const released = (await lost.escalations.history(lost.id)).filter(
      ({ event }) => event === "escalation.released",
    );
    expect(released).toMatchObject([{ worker: "ann", details: { lost: true } }]);
    expect(made.id).not.toBe(lost.made.id);
  });

  it("has nothing of what was refused", async () => {
    const { escalations, id } = await prepared({ before: "claimed" });
    const before = await escalations.history(id);
    const refusals = await Promise.all([
      codeOf(escalations.claim(id, { worker: "bob" })),
      codeOf(escalations.reply(id, { worker: "bob", text: "hello" })),
      codeOf(escalations.handBack(id, { worker: "bob", note })),
      codeOf(escalations.snooze(id, { worker, until: 1 })),
      codeOf(escalations.release(id, { worker, claimEpoch: 7 })),
      codeOf(escalations.decline(id, { worker: "nobody" })),
    ]);
    expect(refusals.every((code) => code !== null)).toBe(true);
    expect(await escalations.history(id)).toEqual(before);
  });

  it("is complete and in order over all pages, among everything else that happens in a session", async () => {
    const { made, escalations, id } = await prepared({ before: "claimed" });
    const noise = Array.from({ length: 700 }, (_, index) => ({ type: "click", data: { index } }));
    for (let round = 0; round < 3; round++) {
      await escalations.note(id, { worker, text: `round ${round}` });
      await made.orchestrator.recordActivity(made.id, noise);
      await made.clock.advance(1_000);
    }
    await escalations.resolve(id, { worker });
    const history = await escalations.history(id);
    expect(history.map(({ event }) => event.replace("escalation.", ""))).toEqual([
      "opened",
      "level_fired",
      "claimed",
      "noted",
      "noted",
      "noted",
      "responded",
      "resolved",
    ]);
    expect(history.map(({ at }) => at)).toEqual(history.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(history.map(({ claimEpoch }) => claimEpoch)).toEqual([0, 0, 1, 1, 1, 1, 1, 2]);
    expect(await codeOf(escalations.history("none"))).toBe("not_found");
  });
});

describe("the statistics of escalations", () => {
  it("count what was opened within a time, and whoever held it last", async () => {
    const made = await team({ policy: { ...offers, slas: { accept: { seconds: 20 } } }, options: {} });
    const { orchestrator, clock } = made;
    const { escalations } = orchestrator;
    const from = clock.now();
    const handled = await escalations.open(made.id, { reason: "stuck", queue: "support" });
    await clock.advance(10_000);
    await escalations.claim(handled.id, { worker });
    await clock.advance(5_000);
    await escalations.transfer(handled.id, { worker, to: { worker: "bob" } });
    await escalations.claim(handled.id, { worker: "bob" });
    await clock.advance(15_000);
    await escalations.handBack(handled.id, {
      worker: "bob",
      note,
      disposition: "not_needed",
      mode: "wait_for_user",
    });
    const other = await orchestrator.createSession({ workflow: "loans" });
    const late = await escalations.open(other.id, { reason: "stuck too" });
    await clock.advance(25_000);
    await escalations.claim(late.id, { worker });
    const to = clock.now();
    await escalations.open((await orchestrator.createSession()).id, { reason: "after that" });

    const statistics = await escalations.statistics({ from, to });
    expect(statistics).toMatchObject({
      count: 2,
      byOutcome: { handed_back: 1, open: 1 },
      timeToAccept: { count: 2, p50Ms: 10_000, maxMs: 25_000, meanMs: 17_500 },
      timeToFirstResponse: { count: 1, p50Ms: 15_000 },
      timeToResolve: { count: 1, p99Ms: 30_000 },
      slas: { accept: { count: 2, met: 1, breached: 1, breachRate: 0.5 } },
      handBacks: 1,
      transfers: 1,
      shares: { needed: 0, not_needed: 1, too_late: 0 },
      byQueue: { support: { count: 1 } },
      byWorker: { ann: { count: 1 }, bob: { count: 1, handBacks: 1 } },
    });
    expect((await escalations.statistics({ from, to, workflow: "loans" })).count).toBe(1);
    expect((await escalations.statistics({ from, to, queue: "support" })).count).toBe(1);
    expect((await escalations.statistics({ from, to, kind: "question" })).count).toBe(0);
    expect((await escalations.statistics({ from, to, policy: "support" })).count).toBe(2);
    expect((await escalations.statistics({ from, to, policy: "other" })).count).toBe(0);
    expect((await escalations.statistics({ from, to: to + 1 })).count).toBe(3);
    expect(await codeOf(escalations.statistics({ from: 2, to: 1 }))).toBe("invalid_argument");
  });
});
