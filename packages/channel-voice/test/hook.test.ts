import { OrchestratorError, type PluginSessions, systemClock } from "@hybrid-orchestrator/core";
import { recordingHost } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { voiceChannel } from "../src/index.js";
import {
  atEnd,
  callOf,
  configFor,
  eventually,
  hmac,
  phone,
  secretKey,
  signed,
  type World,
  world,
} from "./harness.js";
import { apiKey, assistantId } from "./vapi-server.js";

const textsOf = async ({ orchestrator }: World, session: string) =>
  (await orchestrator.listActivities(session, { limit: 50 })).items
    .filter(({ type }) => type === "message")
    .map(({ actor, data }) => [actor, data.text]);

describe("who calls the hook", () => {
  const body = JSON.stringify({ message: { type: "hang" } });

  it("must have signed it, lately, and as it is", async () => {
    const { post, hookUrl } = await world();
    const statuses = [
      signed(hookUrl, body),
      signed(hookUrl, body, { plan: { ...hmac, secretKey: "another" } }),
      signed(hookUrl, body, { at: Date.now() - 3_600_000 }),
      new Request(hookUrl, { method: "POST", body }),
      new Request(signed(hookUrl, body), { body: body.replace("hang", "gone") }),
    ].map(async (request) => (await post(request)).status);
    expect(await Promise.all(statuses)).toEqual([200, 401, 401, 401, 401]);
  });

  it.each([
    [{ type: "bearer", token: "a-token" } as const, { authorization: "Bearer a-token" }],
    [{ type: "secret", secret: "legacy" } as const, { "x-vapi-secret": "legacy" }],
  ])("may prove itself by %j", async (credential, headers) => {
    const { post, hookUrl } = await world({ credential });
    expect((await post(new Request(hookUrl, { method: "POST", headers, body }))).status).toBe(200);
    expect((await post(signed(hookUrl, body))).status).toBe(401);
  });

  it.each([
    "",
    "{",
    "[]",
    "null",
    '{"message":null}',
    '{"message":{"type":5}}',
    '{"message":{"type":"tool-calls","toolCallList":{"id":1}}}',
    '{"message":{"type":"status-update","call":{"id":""}}}',
    '{"message":{"type":"end-of-call-report","call":[]}}',
  ])("gets 200 for %j all the same", async (malformed) => {
    const { post, hookUrl } = await world();
    const response = await post(signed(hookUrl, malformed));
    expect(response.status).toBe(200);
    expect(await response.json()).toBeTypeOf("object");
  });

  it("may not repeat what was signed once, but gets the same answer to a question", async () => {
    const given = await world();
    const { post, hookUrl } = given;
    const ask = JSON.stringify({
      message: {
        type: "tool-calls",
        toolCallList: [{ id: "t", name: "requestHuman" }],
        call: callOf(given, "c"),
      },
    });
    const speech = JSON.stringify({
      message: { type: "speech-update", role: "user", status: "started", call: callOf(given, "c") },
    });
    for (const each of [ask, speech]) {
      const request = signed(hookUrl, each);
      const answers = [await post(request.clone()), await post(request)];
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const [first, second] = await Promise.all(answers.map((answer) => answer.text()));
      expect(second).toBe(first);
    }
    const { events } = await given.orchestrator.readEvents({ limit: 100 });
    expect(events.filter(({ type }) => type === "escalation.requested")).toHaveLength(1);
  });

  it("may not send without end", async () => {
    const { post, hookUrl } = await world();
    const huge = JSON.stringify({ message: { type: "hang", filler: "x".repeat(9 * 1024 * 1024) } });
    expect((await post(signed(hookUrl, huge))).status).toBe(413);
  });
});

describe("a call that comes in", () => {
  it("gets the assistant and a session of its own, once", async () => {
    const given = await world({ recordingConsent: "This call is recorded.", greeting: "Hello!" });
    const call = callOf(given, "in-1");
    const { body } = await given.tell({ type: "assistant-request", call });
    expect(body).toMatchObject({
      assistantId,
      assistantOverrides: { firstMessage: "This call is recorded. Hello!", variableValues: {} },
    });
    const { id, recipient, workflow } = await given.orchestrator.getSession({ externalId: "voice:in-1" });
    expect(body).toMatchObject({ assistantOverrides: { variableValues: { sessionId: id } } });
    expect({ recipient, workflow }).toMatchObject({ recipient: { id: phone, phone }, workflow: "voice" });
    await given.tell({ type: "assistant-request", call });
    expect((await given.orchestrator.listSessions({ limit: 10 })).items).toHaveLength(1);
  });

  it("is kept as it is said: the user's words are answers, the assistant's stand beside them", async () => {
    const given = await world();
    const call = callOf(given, "in-1");
    const said = (role: string, transcript: string, more: object = {}) =>
      given.tell({
        type: "transcript",
        transcriptType: "final",
        role,
        transcript,
        timestamp: 1,
        call,
        ...more,
      });
    await said("assistant", "How can I help?");
    await said("user", "I am", { transcriptType: "partial" });
    await said("user", "I am stuck.");
    await said("user", "I am stuck.");
    await said("user", "Really.", { type: 'transcript[transcriptType="final"]', transcriptType: undefined });
    const { id } = await given.orchestrator.getSession({ externalId: "voice:in-1" });
    expect(await textsOf(given, id)).toEqual([
      ["ai", "How can I help?"],
      ["user", "I am stuck."],
      ["user", "Really."],
    ]);
  });

  it("can be kept from the report instead, whole and once", async () => {
    const given = await world({ transcripts: "after", keepRecordingUrls: true });
    const call = callOf(given, "in-1");
    await given.tell({ type: "transcript", transcriptType: "final", role: "user", transcript: "Hi", call });
    const messages = Array.from({ length: 450 }, (_, n) => ({
      role: n % 2 === 0 ? "bot" : "user",
      message: `turn ${n}`,
      secondsFromStart: n,
    }));
    const artifact = {
      messages: [{ role: "system", message: "You are…" }, ...messages, { role: "user" }],
      recordingUrl: "https://storage.example.com/a.wav",
    };
    for (const _ of [1, 2]) await given.tell({ type: "end-of-call-report", call, artifact });
    const { id } = await given.orchestrator.getSession({ externalId: "voice:in-1" });
    const { items } = await given.orchestrator.listActivities(id, { limit: 500, order: "asc" });
    const turns = items.filter(({ type }) => type === "message");
    expect(turns.map(({ data }) => data.text)).toEqual(messages.map(({ message }) => message));
    expect(turns.slice(0, 2).map(({ actor }) => actor)).toEqual(["ai", "user"]);
    expect(items.filter(({ type }) => type === "call_ended")).toMatchObject([
      { data: { recordingUrl: "https://storage.example.com/a.wav" } },
    ]);
  });

  it("cannot say that it was placed for somebody else's session", async () => {
    const given = await world();
    const { id } = await given.orchestrator.createSession({ recipient: { id: "ada", phone } });
    const { deliveryId } = await given.orchestrator.send(id, { content: "Hello", channel: "voice" });
    await eventually(() => expect(given.vapi.placed).toHaveLength(1));
    const theirs = given.vapi.placed[0]?.assistantOverrides.variableValues;
    const forged = { sessionId: id, deliveryId, origin: `${theirs?.origin.slice(0, -2)}xx` };
    const call = callOf(given, "browser-1", forged);
    await given.tell({ type: "transcript", transcriptType: "final", role: "user", transcript: "Hi", call });
    await given.tell({ type: "end-of-call-report", endedReason: "voicemail", call });
    expect(await textsOf(given, id)).toEqual([]);
    expect((await given.orchestrator.getDelivery(deliveryId)).status).toBe("sent");
    const own = await given.orchestrator.getSession({ externalId: "voice:browser-1" });
    expect(await textsOf(given, own.id)).toEqual([["user", "Hi"]]);
  });

  it("is told where to go", async () => {
    const none = await world();
    expect(await none.tell({ type: "transfer-destination-request", call: callOf(none, "c") })).toEqual({
      status: 200,
      body: { error: "Nobody can take the call just now." },
    });
    const given = await world({ transferTo: "+14155550199" });
    expect((await given.tell({ type: "transfer-destination-request" })).body).toEqual({
      destination: { type: "number", number: "+14155550199" },
    });
  });
});

it("when nothing can be stored the caller is still answered, and a report comes again", async () => {
  const busy = () => Promise.reject(new OrchestratorError("storage_busy", "The database is locked."));
  const sessions: PluginSessions = {
    open: busy,
    get: busy,
    activities: busy,
    record: busy,
    queueUiAction: busy,
    send: busy,
    requestHuman: busy,
  };
  const { host, routes, stop } = recordingHost({ sessions, clock: systemClock });
  atEnd(stop);
  await voiceChannel(configFor({ url: "http://127.0.0.1:9" })).setup(host);
  const tell = async (message: object) => {
    const request = signed("http://127.0.0.1/messages", JSON.stringify({ message }));
    const response = await routes[0]?.handle(request);
    return { status: response?.status, body: (await response?.json()) as unknown };
  };
  const call = { id: "in-1", customer: { number: phone } };
  expect(
    await tell({ type: "tool-calls", toolCallList: [{ id: "t1", name: "startSession" }], call }),
  ).toEqual({
    status: 200,
    body: { results: [{ toolCallId: "t1", error: "That did not work just now; go on without it." }] },
  });
  expect(await tell({ type: "assistant-request", call })).toEqual({
    status: 200,
    body: { assistantId, assistantOverrides: {} },
  });
  expect((await tell({ type: "status-update", status: "in-progress", call })).status).toBe(200);
  expect((await tell({ type: "end-of-call-report", call })).status).toBe(503);
});

it("no secret, number or control address is logged or kept", async () => {
  const given = await world();
  const { orchestrator, vapi, tell, logged } = given;
  const { id } = await orchestrator.createSession({ recipient: { id: "u1", phone } });
  for (const failure of [
    { status: 400, body: { message: `bad ${phone}` } },
    { status: 401 },
    "drop",
  ] as const) {
    vapi.fail(failure);
    const { deliveryId } = await orchestrator.send(id, { content: "Hello", channel: "voice" });
    await eventually(async () =>
      expect((await orchestrator.getDelivery(deliveryId)).attempts[0]?.outcome).toEqual(expect.any(String)),
    );
  }
  vapi.fail(undefined);
  await tell({ type: "status-update", status: "in-progress", call: callOf(given, "c1") });
  await given.post(signed(given.hookUrl, "{}", { plan: { ...hmac, secretKey: "wrong-secret-key" } }));
  const { events } = await orchestrator.readEvents({ limit: 200 });
  const deliveries = (await orchestrator.listDeliveries({ limit: 20 })).items.map(
    ({ attempts, reason, skips }) => ({ attempts, reason, skips }),
  );
  const activities = await orchestrator.listActivities(id, { limit: 50 });
  const all = logged() + JSON.stringify([events, deliveries, activities]);
  expect(all).toContain("Vapi answered 400");
  for (const hidden of [apiKey, secretKey, "wrong-secret-key", phone, "4155550123", "/control"])
    expect(all).not.toContain(hidden);
});

describe("the configuration", () => {
  it.each([
    ["no key", { apiKey: "" }, "apiKey"],
    ["a control domain that is none", { controlDomains: ["*"] }, "domains"],
    ["a baseUrl inside the network", { baseUrl: "https://10.0.0.1", trustedOrigins: [] }, "baseUrl"],
    ["a number that is none", { transferTo: "0664 123" }, "transferTo"],
    ["a credential of an unknown kind", { credential: { type: "basic" } }, "credential"],
    ["an unknown option", { asistantId: "x" }, "asistantId"],
  ])("with %s is refused when the channel is made", (_, changes, named) => {
    expect(() => voiceChannel(configFor({ url: "http://127.0.0.1:9" }, changes as object))).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        message: expect.stringContaining(named) as string,
      }),
    );
  });
});
