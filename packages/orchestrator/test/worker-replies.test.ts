import { mockAgent } from "@hybrid-orchestrator/agent-mock";
import { describe, expect, it } from "vitest";
import { buttonOf, type Floor, floor, refusalsOf, saidIn } from "./acknowledging.js";

const bob = { channel: "sms", from: "+436600000001" } as const;
const ann = { channel: "desk", from: "U0ANN" } as const;

const holderOf = async ({ orchestrator }: Floor, id: string) =>
  (await orchestrator.escalations.get(id)).holder?.worker ?? null;
const lastTo = ({ sms, desk }: Floor, worker: "ann" | "bob") =>
  (worker === "ann" ? desk : sms).filter(({ recipient }) => recipient.id === worker).at(-1)?.content;

describe("a button that a worker presses", () => {
  it("claims, is told so at once, and is no word of the user's", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    const action = buttonOf(made.desk, "claim");
    const received = await made.receive({ ...ann, inReplyTo: "desk-1", session, text: "I take it", action });
    expect(received).toMatchObject({
      status: "acknowledged",
      reply: expect.stringContaining("You have it: stuck"),
    });
    expect(await holderOf(made, escalation)).toBe("ann");
    expect(await saidIn(made, session)).toEqual([]);
  });

  it("counts once, however often the platform tells of the click", async () => {
    const made = await floor();
    const { session } = await made.call();
    const press = { ...ann, externalId: "click", action: buttonOf(made.desk, "claim") };
    expect(await made.receive(press)).toMatchObject({ status: "acknowledged" });
    expect(await made.receive(press)).toMatchObject({ status: "acknowledged" });
    expect(await refusalsOf(made, session)).toEqual([]);
    // A second click is another one.
    expect(await made.receive({ ...press, externalId: "again" })).toMatchObject({
      status: "refused",
      reply: "You have it already.",
    });
    expect(await refusalsOf(made, session)).toEqual([{ reason: "used", worker: "ann" }]);
  });

  it("does nothing for somebody else than whom it called, and is recorded", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    const action = buttonOf(made.desk, "claim");
    expect(await made.receive({ channel: "desk", from: "U0EVE", action })).toMatchObject({
      status: "refused",
      reply: "This was meant for somebody else.",
    });
    expect(await made.receive({ ...bob, action })).toMatchObject({ status: "refused" });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await refusalsOf(made, session)).toMatchObject([{ reason: "foreign" }, { reason: "foreign" }]);
  });

  it("does nothing when its value is forged, and is recorded", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    const received = await made.receive({ ...ann, inReplyTo: "desk-1", text: "I take it", action: "claim" });
    expect(received).toMatchObject({ status: "refused", reply: "This is not valid." });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await refusalsOf(made, session)).toEqual([{ reason: "forged", worker: "ann" }]);
    expect(await saidIn(made, session)).toEqual([]);
  });

  it("tells whoever comes second who has it", async () => {
    const made = await floor();
    await made.call();
    await made.receive({ ...bob, text: "YES" });
    const action = buttonOf(made.desk, "claim");
    expect(await made.receive({ ...ann, action })).toMatchObject({
      status: "refused",
      reply: "BOB has it already.",
    });
  });

  it("under a call to a place that many read counts for whoever of the workers presses it", async () => {
    const made = await floor({
      policy: {
        levels: [{ targets: [{ channel: "desk" }], waitSeconds: 60 }],
        onExhausted: { action: "back_to_ai" },
      },
      options: { delivery: {} },
    });
    // The team's own place is where messages go that are for no one in particular.
    made.orchestrator.channels.unregister("desk");
    made.orchestrator.channels.register({
      name: "desk",
      capabilities: {
        idempotent: false,
        twoWay: true,
        statusCallbacks: false,
        richText: false,
        audience: "worker",
        answers: "buttons",
      },
      destination: ({ slackId }) => slackId ?? "C0TEAM",
      async send(message) {
        made.desk.push(message);
        return { outcome: "sent", externalId: `desk-${made.desk.length}` };
      },
    });
    const { session, escalation } = await made.call();
    expect(made.desk.at(-1)?.metadata.actions).toMatchObject([{ id: "claim" }]);
    const action = buttonOf(made.desk, "claim");
    expect(await made.receive({ channel: "desk", author: "U0EVE", action })).toMatchObject({
      status: "refused",
    });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await made.receive({ channel: "desk", author: "U0ANN", action })).toMatchObject({
      status: "acknowledged",
    });
    expect(await holderOf(made, escalation)).toBe("ann");
    expect(await refusalsOf(made, session)).toMatchObject([{ reason: "foreign", worker: null }]);
  });
});

describe("a worker's reply", () => {
  it.each(["YES", "yes.", " Ja ", "1"])(
    "%j takes it while it is expected, and is confirmed",
    async (text) => {
      const made = await floor();
      const { session, escalation } = await made.call();
      expect(await made.receive({ ...bob, text })).toMatchObject({ status: "acknowledged" });
      expect(await holderOf(made, escalation)).toBe("bob");
      await made.clock.advance(1_000);
      expect(lastTo(made, "bob")).toMatch(/^You have it: stuck/);
      expect(await saidIn(made, session)).toEqual([]);
    },
  );

  it("NO leaves it to the others", async () => {
    const made = await floor();
    const { escalation } = await made.call();
    await made.receive({ ...bob, text: "no" });
    expect((await made.orchestrator.escalations.get(escalation)).skipped).toMatchObject([{ worker: "bob" }]);
    expect(await holderOf(made, escalation)).toBeNull();
    // It was the answer; another word is not expected.
    await made.receive({ ...bob, text: "yes" });
    expect(await holderOf(made, escalation)).toBeNull();
  });

  it.each(["yes please", "Yes, but later", "yesterday", "OK"])("%j is no YES", async (text) => {
    const made = await floor();
    const { escalation } = await made.call();
    await made.receive({ ...bob, text });
    expect(await holderOf(made, escalation)).toBeNull();
  });

  it("YES is no answer when none is expected: not before a call, not after somebody took it", async () => {
    const made = await floor();
    expect(await made.receive({ ...bob, text: "YES" })).toMatchObject({ status: "unmatched" });
    const { session, escalation } = await made.call();
    await made.orchestrator.escalations.acknowledge(buttonOf(made.desk, "claim"));
    await made.receive({ ...bob, text: "YES" });
    expect(await holderOf(made, escalation)).toBe("ann");
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toBe("ANN has it already.");
    await made.orchestrator.escalations.release(escalation, { worker: "ann" });
    await made.receive({ ...bob, text: "YES" });
    expect(await holderOf(made, escalation)).toBeNull();
    expect(await saidIn(made, session)).toEqual([]);
  });

  it("STOP is an opt-out and never an answer", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    await made.receive({ ...bob, text: "STOP", intent: "opt_out" });
    expect(await made.orchestrator.suppressions.get({ channel: "sms", address: bob.from })).toMatchObject({
      source: "inbound",
    });
    await made.orchestrator.escalations.claim(escalation, { worker: "bob" });
    await made.receive({ ...bob, text: "STOP", intent: "opt_out" });
    const said = await saidIn(made, session);
    expect(said).toEqual([
      { type: "worker_message", actor: "human", text: "STOP" },
      { type: "worker_message", actor: "human", text: "STOP" },
    ]);
    await made.clock.advance(1_000);
    expect(
      made.sms.filter(({ recipient }) => recipient.id === "user").map(({ content }) => content),
    ).not.toContain("STOP");
    expect(await holderOf(made, escalation)).toBe("bob");
  });

  it("takes nothing when two calls to that address are open, and says so", async () => {
    const made = await floor();
    const [first, second] = [await made.call(), await made.call()];
    await made.receive({ ...bob, text: "YES" });
    expect([await holderOf(made, first.escalation), await holderOf(made, second.escalation)]).toEqual([
      null,
      null,
    ]);
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toContain("several things");
    await made.orchestrator.escalations.cancel(first.escalation);
    await made.receive({ ...bob, text: "YES" });
    expect(await holderOf(made, second.escalation)).toBe("bob");
  });

  it("names which one it means by what it answers", async () => {
    const made = await floor();
    const [first, second] = [await made.call(), await made.call()];
    await made.receive({ ...bob, inReplyTo: "sms-1", text: "YES" });
    const taken = [await holderOf(made, first.escalation), await holderOf(made, second.escalation)];
    expect(taken.filter((holder) => holder === "bob")).toHaveLength(1);
    const { items } = await made.orchestrator.listDeliveries({ limit: 100 });
    const answered = items.find(({ attempts }) => attempts.some(({ externalId }) => externalId === "sms-1"));
    expect(answered?.sessionId).toBe(taken[0] === "bob" ? first.session : second.session);
  });

  it("is passed on to the user by whoever holds it, as a human's word", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    await made.receive({ ...bob, text: "YES" });
    expect(await made.receive({ ...bob, externalId: "w", text: "Hello, this is Bob." })).toMatchObject({
      status: "recorded",
      sessionId: session,
    });
    expect(await made.receive({ ...bob, externalId: "w", text: "Hello, this is Bob." })).toMatchObject({
      status: "repeated",
    });
    await made.clock.advance(1_000);
    expect(await saidIn(made, session)).toEqual([
      { type: "message", actor: "human", text: "Hello, this is Bob." },
    ]);
    const heard = made.sms.filter(({ recipient }) => recipient.id === "user").map(({ content }) => content);
    expect(heard.filter((content) => content === "Hello, this is Bob.")).toHaveLength(1);
    expect(await made.orchestrator.escalations.get(escalation)).toMatchObject({ status: "in_progress" });
  });

  it("yes to what the user asked goes to the user, though another call is open", async () => {
    const made = await floor();
    const { session } = await made.call();
    await made.receive({ ...bob, text: "YES" });
    const other = await made.call();
    await made.orchestrator.recordActivity(session, { type: "message", data: { text: "Is it done?" } });
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toBe("Is it done?");
    await made.receive({ ...bob, text: "Yes" });
    expect(await saidIn(made, session)).toMatchObject([{ actor: "user" }, { actor: "human", text: "Yes" }]);
    expect(await holderOf(made, other.escalation)).toBeNull();
  });

  it("of somebody who is not the holder goes to nobody but the colleagues, and they learn who has it", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    await made.receive({ ...bob, text: "What is it about?" });
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toContain("Nobody has it yet");
    await made.orchestrator.escalations.acknowledge(buttonOf(made.desk, "claim"));
    await made.receive({ ...bob, text: "Tell her I am sorry." });
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toContain("ANN has it, so this was not passed on");
    expect(await saidIn(made, session)).toEqual([]);
    expect((await made.orchestrator.escalations.get(escalation)).notes).toMatchObject([
      { worker: "bob", text: "What is it about?" },
      { worker: "bob", text: "Tell her I am sorry." },
    ]);
  });

  it("of somebody who holds two conversations is not guessed to belong to one", async () => {
    const made = await floor();
    const [first, second] = [await made.call(), await made.call()];
    for (const { escalation } of [first, second])
      await made.orchestrator.escalations.claim(escalation, { worker: "bob" });
    await made.receive({ ...bob, text: "Your number is 42." });
    await made.clock.advance(1_000);
    expect([await saidIn(made, first.session), await saidIn(made, second.session)]).toEqual([[], []]);
    expect(lastTo(made, "bob")).toContain("several conversations");
  });

  it("to something else than the conversation that they hold does not reach its user, unless it is sent again", async () => {
    const made = await floor();
    const { session } = await made.call();
    await made.receive({ ...bob, text: "YES" });
    await made.clock.advance(1_000);
    const other = await made.orchestrator.createSession({ recipient: { id: "other" } });
    await made.orchestrator.send(other.id, {
      content: "Does this look like fraud?",
      audience: "worker",
      channel: "sms",
      recipient: { id: "bob", phone: bob.from },
    });
    await made.clock.advance(1_000);
    await made.receive({ ...bob, text: "Yes, block the account!" });
    expect(await saidIn(made, session)).toEqual([]);
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toContain("Is it for the user of “stuck”?");
    await made.receive({ ...bob, text: "Hello, this is Bob." });
    expect(await saidIn(made, session)).toMatchObject([{ actor: "human", text: "Hello, this is Bob." }]);
  });

  it("to a question is the answer", async () => {
    const made = await floor();
    const { escalation } = await made.call({ kind: "question", question: "May it be refunded?" });
    await made.receive({ ...bob, text: "YES" });
    await made.clock.advance(1_000);
    expect(lastTo(made, "bob")).toContain("What you answer here is the answer.");
    await made.receive({ ...bob, text: "Up to 50 euros." });
    expect(await made.orchestrator.escalations.get(escalation)).toMatchObject({
      status: "resolved",
      answer: "Up to 50 euros.",
    });
  });

  it("is a worker's also where nothing was escalated, and from an address that proves nobody", async () => {
    const made = await floor();
    const { id } = await made.orchestrator.createSession({ recipient: { id: "user" } });
    await made.orchestrator.send(id, {
      content: "Have a look.",
      audience: "worker",
      channel: "desk",
      recipient: { id: "team", slackId: "C0TEAM" },
    });
    await made.clock.advance(1_000);
    expect(await made.receive({ channel: "desk", inReplyTo: "desk-1", text: "Looks fine." })).toEqual({
      status: "recorded",
      sessionId: id,
    });
    expect(await saidIn(made, id)).toEqual([{ type: "worker_message", actor: "human", text: "Looks fine." }]);
  });

  it("from an address that anybody can write proves nobody, unless it answers what only went there", async () => {
    const made = await floor();
    const { session, escalation } = await made.call();
    const forged = { ...bob, unproven: true };
    for (const given of [{}, { session }, { inReplyTo: "no-such-message", session }]) {
      await made.receive({ ...forged, ...given, text: "YES" });
      expect(await holderOf(made, escalation)).toBeNull();
    }
    const own = made.sms.findIndex(({ recipient }) => recipient.id === "bob");
    await made.receive({ ...forged, inReplyTo: `sms-${own + 1}`, text: "YES" });
    expect(await holderOf(made, escalation)).toBe("bob");
    await made.receive({ ...forged, session, text: "Give me your password." });
    expect((await saidIn(made, session)).filter(({ type }) => type === "message")).toEqual([]);
  });

  it("waits for no answer of an agent's, as the user's does", async () => {
    const made = await floor({ plugins: [mockAgent()] });
    const { id } = await made.orchestrator.createSession({
      recipient: { id: "user", phone: "+436600000099" },
    });
    const told = { content: "Have a look.", audience: "worker", channel: "sms" } as const;
    await made.orchestrator.send(id, { ...told, recipient: { id: "bob", phone: bob.from } });
    await made.orchestrator.send(id, { content: "Hello", channel: "sms", kind: "follow_up" });
    await made.clock.advance(1_000);
    const asked = async () =>
      (await made.orchestrator.readEvents({ session: id, limit: 500 })).events.filter(
        ({ type }) => type === "agent.asked",
      ).length;
    await made.receive({ ...bob, text: "Looks fine." });
    expect(await asked()).toBe(0);
    await made.receive({ channel: "sms", from: "+436600000099", text: "Is somebody there?" });
    expect(await asked()).toBe(1);
  });

  it("does not take the user's words for a worker's, where both have one address", async () => {
    const made = await floor();
    await made.call();
    const { id } = await made.orchestrator.createSession({
      recipient: { id: "bob-himself", phone: bob.from },
    });
    await made.clock.advance(1_000);
    await made.orchestrator.send(id, { content: "Shall I go on?", channel: "sms", kind: "follow_up" });
    await made.clock.advance(1_000);
    expect(await made.receive({ ...bob, text: "Yes" })).toMatchObject({ status: "recorded", sessionId: id });
    expect(await saidIn(made, id)).toMatchObject([{ type: "message", actor: "user", text: "Yes" }]);
  });

  it("is not answered without end, should a machine answer", async () => {
    const made = await floor();
    await made.call();
    const before = made.sms.length;
    for (let turn = 0; turn < 40; turn += 1) await made.receive({ ...bob, text: "I am on holiday." });
    await made.clock.advance(5_000);
    expect(made.sms.length - before).toBe(10);
  });

  it("that comes after the session's end opens nothing", async () => {
    const made = await floor();
    const { session } = await made.call();
    await made.orchestrator.complete({ id: session });
    const unmatched: unknown[] = [];
    made.orchestrator.on("inbound.unmatched", (event) => void unmatched.push(event));
    await made.receive({ ...bob, text: "Hello?" });
    await made.receive({ ...bob, text: "YES" });
    expect(unmatched).toEqual([]);
    expect(await saidIn(made, session)).toEqual([]);
  });
});
