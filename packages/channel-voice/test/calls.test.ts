import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeliveryStatus } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { atEnd, callOf, eventually, phone, type World, world } from "./harness.js";

const recipient = { id: "u1", name: "Ada", phone };

/** A session whose user is on the telephone: called, and answered. */
async function inCall(given: World) {
  const { orchestrator, vapi, tell } = given;
  const { id } = await orchestrator.createSession({ recipient });
  const { deliveryId } = await orchestrator.send(id, { content: "Hello Ada.", channel: "voice" });
  await eventually(() => expect(vapi.placed.length).toBeGreaterThan(0));
  await statusOf(given, deliveryId, "sent");
  const call = callOf(given, vapi.placed.at(-1)?.id ?? "");
  await tell({ type: "status-update", status: "in-progress", call });
  return { id, deliveryId, call, callId: String(call.id) };
}

const statusOf = ({ orchestrator }: World, deliveryId: string, status: DeliveryStatus) =>
  eventually(async () => expect((await orchestrator.getDelivery(deliveryId)).status).toBe(status));

const saidIn = ({ vapi }: World) => vapi.commands.map(({ command }) => command.content);

describe("a message", () => {
  it("without a call places one, whose first words it is, after the consent", async () => {
    const given = await world({ recordingConsent: "This call is recorded." });
    const { id, deliveryId, callId } = await inCall(given);
    expect(given.vapi.placed).toMatchObject([
      {
        customer: { number: phone, name: "Ada" },
        assistantOverrides: {
          firstMessage: "This call is recorded. Hello Ada.",
          variableValues: { sessionId: id, message: "This call is recorded. Hello Ada." },
        },
      },
    ]);
    expect((await given.orchestrator.getDelivery(deliveryId)).attempts).toMatchObject([
      { externalId: callId },
    ]);
  });

  it("during a call is said in it, and makes no other call", async () => {
    const given = await world();
    const { id, callId } = await inCall(given);
    const { deliveryId } = await given.orchestrator.send(id, {
      content: "See https://example.com/a1",
      channel: "voice",
    });
    await statusOf(given, deliveryId, "sent");
    expect(given.vapi.placed).toHaveLength(1);
    expect(given.vapi.commands).toEqual([
      {
        callId,
        command: {
          type: "say",
          content: "See example dot com slash a 1",
          interruptAssistantEnabled: false,
        },
      },
    ]);
  });

  it("waits while the user speaks, and several come in order", async () => {
    const given = await world();
    const { id, call } = await inCall(given);
    await given.tell({ type: "speech-update", role: "user", status: "started", call });
    const sent = [];
    for (const content of ["One.", "Two."])
      sent.push(await given.orchestrator.send(id, { content, channel: "voice" }));
    for (const { deliveryId } of sent) await statusOf(given, deliveryId, "sending");
    // What the assistant says is nobody's turn to speak.
    await given.tell({ type: "speech-update", role: "assistant", status: "stopped", call });
    expect(saidIn(given)).toEqual([]);
    await given.tell({ type: "speech-update", role: "user", status: "stopped", call });
    for (const { deliveryId } of sent) await statusOf(given, deliveryId, "sent");
    expect(saidIn(given)).toEqual(["One.", "Two."]);
  });

  it("interrupts the user where that is wanted", async () => {
    const given = await world({ whileUserSpeaks: "interrupt" });
    const { id, call } = await inCall(given);
    await given.tell({ type: "speech-update", role: "user", status: "started", call });
    const { deliveryId } = await given.orchestrator.send(id, { content: "Stop!", channel: "voice" });
    await statusOf(given, deliveryId, "sent");
    expect(given.vapi.commands).toMatchObject([
      { command: { content: "Stop!", interruptAssistantEnabled: true } },
    ]);
  });

  it("that could not be said before the call ended takes another channel, and calls nobody back", async () => {
    const given = await world();
    const { id, call, callId } = await inCall(given);
    await given.tell({ type: "speech-update", role: "user", status: "started", call });
    const { deliveryId } = await given.orchestrator.send(id, {
      content: "One more thing.",
      channel: "voice",
    });
    await statusOf(given, deliveryId, "sending");
    given.vapi.hangUp(callId);
    await given.tell({ type: "status-update", status: "ended", endedReason: "customer-ended-call", call });
    await statusOf(given, deliveryId, "failed");
    expect(given.vapi.placed).toHaveLength(1);
    expect((await given.orchestrator.getDelivery(deliveryId)).attempts).toMatchObject([
      { outcome: "permanent", reason: "the call ended before it was said" },
    ]);
  });

  it("is not called out twice by two messages at once", async () => {
    const given = await world();
    const { orchestrator, vapi } = given;
    const { id } = await orchestrator.createSession({ recipient });
    const sent = await Promise.all(
      ["One.", "Two."].map((content) => orchestrator.send(id, { content, channel: "voice" })),
    );
    await eventually(() => expect(vapi.placed).toHaveLength(1));
    const [placed] = vapi.placed;
    const call = callOf(given, placed?.id ?? "");
    await given.tell({ type: "status-update", status: "in-progress", call });
    for (const { deliveryId } of sent) await statusOf(given, deliveryId, "sent");
    const said = [placed?.assistantOverrides.firstMessage, ...saidIn(given)];
    expect(said.sort()).toEqual(["One.", "Two."]);
    expect(vapi.placed).toHaveLength(1);
  });

  it("finds the call after a restart by what the log says, and not one that has ended", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hybrid-voice-"));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "sessions.db");
    const before = await world({}, [], { path });
    const { id, call, callId } = await inCall(before);
    await before.orchestrator.stop();

    const after = await world({}, [], { path, vapi: before.vapi });
    const { deliveryId } = await after.orchestrator.send(id, { content: "Still there?", channel: "voice" });
    await statusOf(after, deliveryId, "sent");
    expect(after.vapi.requests.at(-1)).toBe(`GET /call/${callId}`);
    expect(saidIn(after)).toEqual(["Still there?"]);

    await after.tell({ type: "end-of-call-report", endedReason: "customer-ended-call", call });
    // What comes late does not bring it back.
    await after.tell({ type: "speech-update", role: "user", status: "started", call });
    const next = await after.orchestrator.send(id, { content: "Once more.", channel: "voice" });
    await statusOf(after, next.deliveryId, "sent");
    expect(after.vapi.placed).toHaveLength(2);
  });

  it("does not call again while nobody knows whether a call was placed", async () => {
    const given = await world();
    const { orchestrator, vapi } = given;
    const { id } = await orchestrator.createSession({ recipient });
    vapi.fail("drop");
    const first = await orchestrator.send(id, { content: "One.", channel: "voice" });
    await statusOf(given, first.deliveryId, "waiting");
    vapi.fail(undefined);
    const second = await orchestrator.send(id, { content: "Two.", channel: "voice" });
    const reasons = async () =>
      (await orchestrator.getDelivery(second.deliveryId)).attempts.flatMap(({ reason }) => reason ?? []);
    await eventually(async () => expect(await reasons()).not.toEqual([]));
    // However often it has been tried by now.
    expect(new Set(await reasons())).toEqual(new Set(["it is not known whether a call was just placed"]));
    expect(vapi.placed).toHaveLength(0);
  });
});

describe("what became of a call", () => {
  it.each([
    ["customer-ended-call", "delivered"],
    ["customer-did-not-answer", "bounced"],
    ["voicemail", "bounced"],
  ] as const)("%s: the message is %s", async (endedReason, status) => {
    const given = await world();
    const { deliveryId, call } = await inCall(given);
    await given.tell({ type: "end-of-call-report", endedReason, call });
    await statusOf(given, deliveryId, status);
  });

  it("is told once, however often the report comes, and nobody learns where the recording lies", async () => {
    const given = await world();
    const { id, call } = await inCall(given);
    const report = {
      type: "end-of-call-report",
      endedReason: "customer-ended-call",
      durationSeconds: 61.5,
      cost: 0.12,
      analysis: { summary: "Ada was greeted." },
      artifact: { recordingUrl: "https://storage.example.com/secret.wav", messages: [] },
      call,
    };
    for (const _ of [1, 2]) expect(await given.tell(report)).toEqual({ status: 200, body: {} });
    const { items } = await given.orchestrator.listActivities(id, { limit: 20 });
    const ended = items.filter(({ type }) => type === "call_ended");
    expect(ended).toMatchObject([
      {
        channel: "voice",
        actor: "system",
        data: {
          endedReason: "customer-ended-call",
          durationSeconds: 61.5,
          cost: 0.12,
          summary: "Ada was greeted.",
        },
      },
    ]);
    expect(JSON.stringify(items)).not.toContain("secret.wav");
  });
});

describe("control", () => {
  it("hands a call over, and hangs up", async () => {
    const given = await world();
    const { id, callId } = await inCall(given);
    await given.voice.calls.transfer(id, { number: "+14155550199", say: "A colleague will help you." });
    await given.voice.calls.end(id);
    expect(given.vapi.commands).toEqual([
      {
        callId,
        command: {
          type: "transfer",
          destination: { type: "number", number: "+14155550199" },
          content: "A colleague will help you.",
        },
      },
      { callId, command: { type: "end-call" } },
    ]);
  });

  it("needs a call, and a number", async () => {
    const given = await world();
    const { id } = await given.orchestrator.createSession({ recipient });
    const { calls } = given.voice;
    await expect(calls.end(id)).rejects.toMatchObject({ code: "not_found" });
    await expect(calls.transfer(id, { number: "12" })).rejects.toMatchObject({ code: "invalid_argument" });
    const { id: other, callId } = await inCall(given);
    given.vapi.hangUp(callId);
    await expect(calls.end(other)).rejects.toMatchObject({ code: "not_found" });
    await given.orchestrator.stop();
    await expect(calls.end(other)).rejects.toMatchObject({ code: "not_running" });
  });

  it("goes nowhere but to the vendor's own hosts", async () => {
    const given = await world();
    const call = { ...callOf(given, "c1"), monitor: { controlUrl: "https://evil.example.com/c" } };
    await given.tell({ type: "status-update", status: "in-progress", call });
    const { id } = await given.orchestrator.getSession({ externalId: "voice:c1" });
    given.vapi.fail({ status: 500 });
    await expect(given.voice.calls.end(id)).rejects.toMatchObject({ code: "not_found" });
    expect(given.logged()).not.toContain("evil");
  });
});
