import type { Channel, OutboundMessage, Plugin, SendResult } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { callOf, eventually, phone, type World, world } from "./harness.js";

/** Calls tools as Vapi does and reads what they answer. */
async function use(
  given: World,
  name: string,
  parameters: unknown = {},
  { id = `tool-${name}-${Math.random()}`, callId = "in-1" } = {},
) {
  const { body } = await given.tell({
    type: "tool-calls",
    toolCallList: [{ id, name, parameters }],
    call: callOf(given, callId),
  });
  const [answer] = body.results ?? [];
  if (answer === undefined) throw new Error("No tool answered.");
  const { result, error } = answer;
  return (result === undefined ? { error } : JSON.parse(result)) as { status?: string } & Record<
    string,
    unknown
  >;
}

const sessionIdOf = async ({ orchestrator }: World) =>
  (await orchestrator.getSession({ externalId: "voice:in-1" })).id;

const form = {
  pages: [{ name: "person", title: "About you", fields: ["name", "ssn"], required: ["name", "ssn"] }],
};

function textChannel(sent: OutboundMessage[], result: SendResult = { outcome: "sent" }): Plugin {
  const channel: Channel = {
    name: "sms",
    capabilities: {
      idempotent: true,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience: "both",
    },
    async send(message) {
      sent.push(message);
      return result;
    },
  };
  return { specVersion: 1, name: "sms", setup: (host) => host.channel(channel) };
}

describe("the tools", () => {
  it("start a session, and say whether it has ended", async () => {
    const given = await world();
    expect(await use(given, "startSession")).toEqual({ status: "started" });
    expect(await use(given, "startSession")).toEqual({ status: "started" });
    await given.orchestrator.complete(await sessionIdOf(given));
    expect(await use(given, "startSession")).toEqual({ status: "completed" });
  });

  it("see the user's screen, and how old that is", async () => {
    const given = await world({ form });
    expect(await use(given, "getScreenState")).toMatchObject({ status: "unknown" });
    const session = await sessionIdOf(given);
    const at = Date.now();
    await given.orchestrator.recordActivity(session, {
      type: "form_snapshot",
      data: { fields: { name: "Ada", ssn: "123-45-6789" } },
    });
    const seen = await use(given, "getScreenState");
    expect(seen.status).toBe("ok");
    expect(seen.screen).toContain('The user is on page "About you"');
    expect(seen.screen).toContain('name = "Ada"');
    expect(JSON.stringify(seen)).not.toContain("123-45");

    await given.orchestrator.recordActivity(session, {
      type: "field_change",
      data: { fieldId: "name" },
      occurredAt: at - 60_000,
    });
    expect((await use(given, "getScreenState")).status).toBe("ok");
  });

  it("highlight a field that is there", async () => {
    const given = await world({ form });
    await use(given, "startSession");
    const session = await sessionIdOf(given);
    await given.orchestrator.recordActivity(session, {
      type: "form_snapshot",
      data: { fields: { name: "", ssn: "" } },
    });
    expect(await use(given, "highlightField", { fieldId: "nmae" })).toEqual({
      status: "unknown_field",
      advice: "did you mean name?",
    });
    expect(await use(given, "highlightField", {})).toMatchObject({ status: "missing_field" });
    expect(await use(given, "highlightField", { fieldId: "name" })).toEqual({
      status: "queued",
      fieldId: "name",
    });
    expect(await given.orchestrator.takeUiActions(session)).toMatchObject([
      { type: "highlight", data: { fieldId: "name" } },
    ]);
  });

  it("send a text message, once for each call of the tool", async () => {
    const sent: OutboundMessage[] = [];
    const given = await world({}, [textChannel(sent)]);
    const asked = { id: "tool-1" };
    const first = await use(given, "sendSms", { message: "Your number is {42}" }, asked);
    expect(first).toMatchObject({ status: "queued" });
    expect(await use(given, "sendSms", { message: "Your number is {42}" }, asked)).toEqual(first);
    await eventually(() =>
      expect(sent).toMatchObject([{ content: "Your number is {42}", recipient: { phone } }]),
    );
    expect(await use(given, "sendSms", { message: "x".repeat(1_001) })).toEqual({ status: "too_long" });
    // Without words of the assistant's own: the way back into the session.
    expect(await use(given, "sendSms", {})).toMatchObject({ status: "queued" });
    await eventually(() => expect(sent).toHaveLength(2));
    expect(sent[1]?.content).toMatch(/^Go on here: https:\/\/app\.example\.com\/r\/ses_/);
  });

  it("ask for a human, which is an event", async () => {
    const given = await world();
    expect(await use(given, "requestHuman", { reason: "is upset" })).toEqual({ status: "requested" });
    const { events } = await given.orchestrator.readEvents({ limit: 100 });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "escalation.requested",
        data: expect.objectContaining({ reason: "is upset" }),
      }),
    );
  });

  it("answer each for itself, whatever the others do, in Vapi's form and OpenAI's", async () => {
    const given = await world();
    const { body } = await given.tell({
      type: "tool-calls",
      call: callOf(given, "in-1"),
      toolCallList: [
        { id: "a", name: "startSesion", parameters: {} },
        { id: "b", type: "function", function: { name: "startSession", arguments: "{}" } },
        { id: "c", function: { name: "requestHuman", arguments: { reason: "x" } } },
        { id: "d", name: "constructor" },
        { name: "no id" },
        5,
      ],
    });
    expect(body.results).toEqual([
      { toolCallId: "a", error: "There is no tool of that name; did you mean startSession?." },
      { toolCallId: "b", result: '{"status":"started"}' },
      { toolCallId: "c", result: '{"status":"requested"}' },
      { toolCallId: "d", error: expect.stringContaining("There is no tool of that name") as string },
    ]);
  });

  it("keep calls apart whose models number alike", async () => {
    const given = await world();
    for (const callId of ["in-1", "in-2"])
      expect(await use(given, "requestHuman", {}, { id: "call_0", callId })).toEqual({ status: "requested" });
    const { events } = await given.orchestrator.readEvents({ limit: 100 });
    const sessions = events
      .filter(({ type }) => type === "escalation.requested")
      .map(({ sessionId }) => sessionId);
    expect(new Set(sessions).size).toBe(2);
  });

  it("say that the session has ended", async () => {
    const given = await world();
    await use(given, "startSession");
    await given.orchestrator.complete(await sessionIdOf(given));
    expect(await use(given, "requestHuman")).toEqual({ error: "The session has ended." });
  });
});

it("a link that no text message brings is read aloud in the call", async () => {
  const sent: OutboundMessage[] = [];
  const sms = textChannel(sent, { outcome: "permanent", reason: "no such number" });
  const given = await world({ form }, [sms]);
  await given.tell({ type: "status-update", status: "in-progress", call: callOf(given, "in-1") });
  const { id } = await given.orchestrator.getSession({ externalId: "voice:in-1" });
  await given.orchestrator.recordActivity(id, {
    type: "form_snapshot",
    data: { screen: "person", fields: { name: "Ada", ssn: "" } },
  });
  expect((await use(given, "getScreenState")).screen).toContain("Still required here: ssn");
  const { deliveryId } = await use(given, "sendSms", { message: "Go to https://example.com/a1" });
  await eventually(() => expect(given.vapi.commands).toHaveLength(1));
  expect(given.vapi.commands[0]?.command).toMatchObject({
    type: "say",
    content: "Go to example dot com slash a 1",
  });
  await eventually(async () =>
    expect(await given.orchestrator.getDelivery(String(deliveryId))).toMatchObject({
      status: "sent",
      attempts: [
        { channel: "sms", outcome: "permanent" },
        { channel: "voice", outcome: "sent" },
      ],
    }),
  );
});
