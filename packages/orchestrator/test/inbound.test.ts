import type {
  Channel,
  InboundMessage,
  OrchestratorEvent,
  OutboundMessage,
  Plugin,
  PluginHost,
} from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { describe, expect, it } from "vitest";
import { codeOf, type Harness, harness, recordingChannel } from "./harness.js";

const phone = "+43 660 1234567";

/** An orchestrator with a two-way channel `sms` whose destination is the phone number. */
async function withSms({
  threads = false,
  answer,
}: {
  readonly threads?: boolean;
  readonly answer?: (message: OutboundMessage) => Promise<void>;
} = {}) {
  const sent: OutboundMessage[] = [];
  const channel: Channel = {
    ...recordingChannel(
      "sms",
      sent,
      async (message) => {
        const externalId = `v${sent.length}`;
        await answer?.(message);
        return { outcome: "sent", externalId };
      },
      { twoWay: true, threads },
    ),
    destination: ({ phone: number }) => number?.replaceAll(" ", ""),
  };
  let host: PluginHost | undefined;
  const plugin: Plugin = {
    specVersion: 1,
    name: "sms",
    setup(given) {
      host = given;
      given.channel(channel);
    },
  };
  const { orchestrator, clock } = await harness({ plugins: [plugin] });
  if (host === undefined) throw new Error("The plugin was not set up.");
  const { receive, sessions } = host;
  return { orchestrator, clock, sent, receive, sessions };
}

function session(orchestrator: Orchestrator) {
  return orchestrator.createSession({ recipient: { id: "u", phone } });
}
async function text({ orchestrator, clock }: Pick<Harness, "orchestrator" | "clock">, id: string) {
  await orchestrator.send({ id }, { content: "Hello", channel: "sms", kind: "follow_up" });
  await clock.advance(1);
}
const inbound = (changes: Partial<InboundMessage> = {}): InboundMessage => ({
  channel: "sms",
  externalId: "in1",
  text: "yes",
  ...changes,
});
const messagesOf = async (orchestrator: Orchestrator, id: string) =>
  (await orchestrator.listActivities({ id }, { limit: 10 })).items.filter(({ type }) => type === "message");

describe("an answer that comes in over a channel", () => {
  it("belongs to the session that last wrote to the sender", async () => {
    const { orchestrator, clock, receive } = await withSms();
    const [first, second] = [await session(orchestrator), await session(orchestrator)];
    await text({ orchestrator, clock }, first.id);
    await text({ orchestrator, clock }, second.id);
    expect(await receive(inbound({ from: "+436601234567" }))).toEqual({
      status: "recorded",
      sessionId: second.id,
    });
    expect(await messagesOf(orchestrator, first.id)).toEqual([]);
    expect(await messagesOf(orchestrator, second.id)).toMatchObject([
      { actor: "user", channel: "sms", data: { text: "yes", from: "+436601234567" } },
    ]);
  });

  it("finds its session although it comes before the send has been answered", async () => {
    const early: { receive?: () => Promise<void> } = {};
    const setUp = await withSms({ answer: async () => early.receive?.() });
    const { id } = await session(setUp.orchestrator);
    let received: unknown;
    early.receive = async () => {
      received = await setUp.receive(inbound({ from: "+436601234567" }));
    };
    await text(setUp, id);
    expect(received).toEqual({ status: "recorded", sessionId: id });
  });

  it("belongs to the session whose message it answers, whoever wrote last", async () => {
    const { orchestrator, clock, receive } = await withSms();
    const [first, second] = [await session(orchestrator), await session(orchestrator)];
    await text({ orchestrator, clock }, first.id);
    await text({ orchestrator, clock }, second.id);
    const received = await receive(inbound({ inReplyTo: "v1", from: "+436601234567" }));
    expect(received).toMatchObject({ sessionId: first.id });
  });

  it("belongs to the session that it names, and counts once", async () => {
    const { orchestrator, receive } = await withSms();
    const { id } = await session(orchestrator);
    const message = inbound({ session: id });
    expect(await receive(message)).toEqual({ status: "recorded", sessionId: id });
    expect(await receive(message)).toEqual({ status: "repeated", sessionId: id });
    expect(await messagesOf(orchestrator, id)).toHaveLength(1);
  });

  it("that belongs to no open session is told to whoever listens", async () => {
    const { orchestrator, clock, receive } = await withSms();
    const events: OrchestratorEvent<"inbound.unmatched">[] = [];
    orchestrator.on("inbound.unmatched", (event) => void events.push(event));
    const { id } = await session(orchestrator);
    await text({ orchestrator, clock }, id);
    await orchestrator.complete({ id });
    const from = "+436601234567";
    expect(await receive(inbound({ from }))).toEqual({ status: "unmatched", reason: "closed" });
    expect(await receive(inbound({ from: "+1" }))).toEqual({ status: "unmatched", reason: "unknown" });
    expect(await receive(inbound({ session: "nobody" }))).toEqual({ status: "unmatched", reason: "unknown" });
    expect(events.map(({ data }) => data.reason)).toEqual(["closed", "unknown", "unknown"]);
    expect(events[0]?.data.message).toEqual(inbound({ from }));
  });

  it("is forgotten after thirty days", async () => {
    const { orchestrator, clock, receive } = await withSms();
    const { id } = await session(orchestrator);
    await text({ orchestrator, clock }, id);
    await clock.advance(30 * 86_400_000);
    expect(await receive(inbound({ from: "+436601234567" }))).toMatchObject({ status: "unmatched" });
  });

  it("may ask for a human, once", async () => {
    const { orchestrator, receive } = await withSms();
    const { id } = await session(orchestrator);
    const message = inbound({ session: id, intent: "human" });
    await receive(message);
    await receive(message);
    const { events } = await orchestrator.readEvents();
    expect(events.filter(({ type }) => type === "escalation.requested")).toMatchObject([
      { sessionId: id, data: { requestedBy: "user" } },
    ]);
  });

  it("may opt out and in again, with or without a session; an old one that comes again changes nothing", async () => {
    const { orchestrator, clock, receive, sent } = await withSms();
    const { id } = await session(orchestrator);
    const target = { channel: "sms", address: "+436601234567" };
    const stop = inbound({ from: target.address, intent: "opt_out", text: "STOP" });
    expect(await receive(stop)).toMatchObject({ status: "unmatched" });
    expect(await orchestrator.suppressions.get(target)).toMatchObject({ source: "inbound" });
    await text({ orchestrator, clock }, id);
    expect(sent).toEqual([]);
    await receive(inbound({ externalId: "in2", from: target.address, intent: "opt_in", text: "START" }));
    await receive(stop);
    expect(await orchestrator.suppressions.get(target)).toBeNull();
  });

  it("is checked, since it comes from outside", async () => {
    const { receive } = await withSms();
    expect(await codeOf(receive({ ...inbound(), text: 3 } as unknown as InboundMessage))).toBe(
      "invalid_argument",
    );
    expect(await codeOf(receive(inbound({ externalId: "" })))).toBe("invalid_argument");
  });
});

describe("a channel that keeps a thread for each session", () => {
  it("gets the first message's id with every later one", async () => {
    const { orchestrator, clock, sent } = await withSms({ threads: true });
    const [first, second] = [await session(orchestrator), await session(orchestrator)];
    await text({ orchestrator, clock }, first.id);
    await text({ orchestrator, clock }, second.id);
    await text({ orchestrator, clock }, first.id);
    await text({ orchestrator, clock }, first.id);
    expect(sent.map(({ thread }) => thread)).toEqual([undefined, undefined, "v1", "v1"]);
  });

  it("begins one thread, however many messages come at once", async () => {
    const { orchestrator, clock, sent } = await withSms({ threads: true });
    const { id } = await session(orchestrator);
    const message = { content: "Hello", channel: "sms", kind: "follow_up" } as const;
    await Promise.all([1, 2, 3].map(() => orchestrator.send({ id }, message)));
    await clock.advance(1);
    expect(sent.filter(({ thread }) => thread === undefined)).toHaveLength(1);
    await clock.advance(5_000);
    expect(sent.map(({ thread }) => thread)).toEqual([undefined, "v1", "v1"]);
  });
});

describe("a plugin's sessions", () => {
  it("can be opened once, read, written to and handed to a human", async () => {
    const { orchestrator, clock, sessions, sent } = await withSms();
    const opened = await sessions.open({ externalId: "call_1", recipient: { id: "u", phone } });
    expect(opened).not.toHaveProperty("token");
    expect(await sessions.open({ externalId: "call_1" })).toEqual(opened);
    const activities = [{ type: "form_snapshot", data: { screen: "address" } }];
    await sessions.record(opened.id, activities, { idempotencyKey: "k" });
    await sessions.record(opened.id, activities, { idempotencyKey: "k" });
    expect(await sessions.activities("call_1", 5)).toHaveLength(1);
    expect((await sessions.get("call_1")).id).toBe(opened.id);
    expect(await sessions.queueUiAction(opened.id, { type: "highlight" })).toMatchObject({
      type: "highlight",
    });
    const deliveryId = await sessions.send(opened.id, { content: "Hello", channel: "sms" });
    await clock.advance(1);
    expect(sent).toMatchObject([{ deliveryId }]);
    await sessions.requestHuman(opened.id, "The caller asks for one.");
    const { events } = await orchestrator.readEvents();
    expect(events.filter(({ type }) => type === "escalation.requested")).toMatchObject([
      { data: { requestedBy: "plugin:sms", reason: "The caller asks for one." } },
    ]);
    expect(await codeOf(sessions.get("nobody"))).toBe("session_not_found");
  });
});
