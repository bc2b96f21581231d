import { inboundMessageSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { messageEvent, receiving } from "./receiving.js";

it("answers Slack's question whether the URL is ours, once it is signed", async () => {
  const { post } = await receiving();
  const body = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1aBm2rZgRNFdxV", token: "x" });
  const answer = await post("/events", body);
  expect([answer.status, await answer.json()]).toEqual([200, { challenge: "3eZbrw1aBm2rZgRNFdxV" }]);
  expect((await post("/events", body, { secret: "another-secret" })).status).toBe(401);
});

it("hands in a direct message, from its sender", async () => {
  const { post, recording } = await receiving();
  expect((await post("/events", messageEvent())).status).toBe(200);
  expect(recording.received).toEqual([
    {
      channel: "slack",
      externalId: "D0EXAMPLE1:1735689600.000200",
      from: "U0EXAMPLE1",
      text: "Yes & no",
      data: { user: "U0EXAMPLE1", conversation: "D0EXAMPLE1", ts: "1735689600.000200" },
      occurredAt: 1_735_689_600_000,
    },
  ]);
});

it("hands in a reply in a thread, as an answer to the thread's first message", async () => {
  const { post, recording } = await receiving({ name: "team", audience: "worker" });
  const thread_ts = "1735689600.000100";
  await post("/events", messageEvent({ channel: "C0TEAM", channel_type: "channel", thread_ts }));
  expect(recording.received).toEqual([
    {
      author: "U0EXAMPLE1",
      channel: "team",
      externalId: "C0TEAM:1735689600.000200",
      inReplyTo: "C0TEAM:1735689600.000100",
      text: "Yes & no",
      data: { user: "U0EXAMPLE1", conversation: "C0TEAM", ts: "1735689600.000200", threadTs: thread_ts },
      occurredAt: 1_735_689_600_000,
    },
  ]);
});

it("counts the files that came with a message", async () => {
  const { post, recording } = await receiving();
  await post(
    "/events",
    messageEvent({ subtype: "file_share", text: "", files: [{ id: "F1" }, { id: "F2" }] }),
  );
  expect(recording.received).toMatchObject([{ text: "", data: { files: 2 } }]);
});

describe("hands in nothing of", () => {
  it.each([
    ["another bot", { bot_id: "B0001" }],
    ["a bot of the old kind", { subtype: "bot_message" }],
    ["ourselves", { user: "U0BOT" }],
    ["an edit", { subtype: "message_changed", message: { text: "x" } }],
    ["a deletion", { subtype: "message_deleted" }],
    ["somebody who joins", { subtype: "channel_join" }],
    ["a channel outside of threads", { channel: "C0TEAM", channel_type: "channel" }],
    [
      "the first message of a thread, told again",
      { channel: "C0TEAM", channel_type: "channel", thread_ts: "1735689600.000200" },
    ],
    ["a mention, which comes as a message too", { type: "app_mention" }],
    ["a reaction", { type: "reaction_added" }],
    ["an event without a sender", { user: undefined }],
  ])("%s", async (_, event) => {
    const { post, recording } = await receiving();
    expect((await post("/events", messageEvent(event))).status).toBe(200);
    expect(recording.received).toEqual([]);
  });

  it("an envelope of another kind", async () => {
    const { post, recording } = await receiving();
    expect((await post("/events", JSON.stringify({ type: "app_rate_limited" }))).status).toBe(200);
    expect(recording.received).toEqual([]);
  });
});

describe("signatures", () => {
  it("refuses what another secret signed, what is too old, too new or not signed at all", async () => {
    const { post, recording, clock, lines } = await receiving();
    const body = messageEvent();
    const answers = [
      await post("/events", body, { secret: "another-secret" }),
      await post("/events", body, { signedAt: clock.now() - 301_000 }),
      await post("/events", body, { signedAt: clock.now() + 301_000 }),
      await post("/events", body, { headers: { "x-slack-signature": "" } }),
      await post("/events", body, { headers: { "x-slack-request-timestamp": "1" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(recording.received).toEqual([]);
    expect(lines.length).toBe(5);
  });

  it("accepts either of two secrets while one takes the place of the other", async () => {
    const { post, recording } = await receiving({ signingSecret: ["the-next-secret", "the-old-secret"] });
    await post("/events", messageEvent({}, { event_id: "Ev1" }), { secret: "the-next-secret" });
    await post("/events", messageEvent({}, { event_id: "Ev2" }), { secret: "the-old-secret" });
    expect(recording.received.length).toBe(2);
  });

  it("refuses a body that is too large or no JSON", async () => {
    const { post } = await receiving();
    expect((await post("/events", messageEvent({ text: "x".repeat(1_100_000) }))).status).toBe(413);
    expect((await post("/events", "{")).status).toBe(400);
  });
});

describe("retries", () => {
  const retried = { headers: { "x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout" } };

  it("take an event once, by its id, also under a new signature", async () => {
    const { post, recording, clock } = await receiving();
    await post("/events", messageEvent());
    await clock.advance(60_000);
    expect((await post("/events", messageEvent(), retried)).status).toBe(200);
    expect(recording.received.length).toBe(1);
  });

  it("are heard where the first try failed", async () => {
    let tries = 0;
    const { post, recording } = await receiving({}, () => {
      tries += 1;
      if (tries === 1) throw new Error("the storage is busy");
      return { status: "recorded", sessionId: "session_1" };
    });
    await expect(post("/events", messageEvent())).rejects.toThrow("busy");
    expect((await post("/events", messageEvent(), retried)).status).toBe(200);
    expect(recording.received.length).toBe(2);
  });
});

it("hands in nothing that the contract refuses, whatever stands in a text", async () => {
  const { post, recording } = await receiving();
  for (const text of ["", "\u0000", "x".repeat(40_000), "<".repeat(100), "<|>", "<!|>", 42])
    expect(
      (await post("/events", messageEvent({ text }, { event_id: String(text).slice(0, 90) || "e" }))).status,
    ).toBe(200);
  expect(recording.received.length).toBe(7);
  for (const message of recording.received)
    expect(inboundMessageSchema.safeParse(message).error).toBeUndefined();
});
