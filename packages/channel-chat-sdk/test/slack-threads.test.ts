import { createSlackAdapter } from "@chat-adapter/slack";
import { signSlack } from "@hybrid-orchestrator/signatures";
import { expect, it } from "vitest";
import { silent } from "../src/silent-logger.js";
import { messageTo, setUp } from "./harness.js";
import { answerJson, atEnd, platformServer } from "./platform-server.js";

// A platform with threads, and with a time in its signatures.
const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";
const options = { signal: new AbortController().signal, idempotencyKey: "key" };

async function slack() {
  let count = 0;
  const server = await platformServer(({ path, body }, response) => {
    switch (path) {
      case "/api/auth.test":
        return answerJson(response, 200, { ok: true, user_id: "U0BOT", bot_id: "B0BOT", user: "assistant" });
      case "/api/conversations.open":
        return answerJson(response, 200, { ok: true, channel: { id: "D0EXAMPLE1" } });
      case "/api/chat.postMessage":
        count += 1;
        return answerJson(response, 200, { ok: true, channel: body.channel, ts: `1700000000.00000${count}` });
      case "/api/users.info":
        return answerJson(response, 200, { ok: true, user: { id: body.user, name: "ada" } });
      default:
        return answerJson(response, 200, { ok: false, error: "unknown_method" });
    }
  });
  atEnd(() => server.close());
  const adapter = createSlackAdapter({
    botToken: "xoxb-1234567890-SecretOfTheBot",
    signingSecret,
    apiUrl: `${server.url}/api/`,
    logger: silent,
  });
  const subject = await setUp({ adapter });
  const posts = () => server.calls.filter(({ path }) => path.endsWith("/chat.postMessage"));
  async function tell(event: object, { secret = signingSecret, now = Date.now() } = {}): Promise<number> {
    const body = JSON.stringify({
      type: "event_callback",
      team_id: "T0001",
      event_id: "Ev0001",
      event: {
        type: "message",
        channel: "C0EXAMPLE1",
        channel_type: "channel",
        user: "U0EXAMPLE1",
        ...event,
      },
    });
    return (await subject.call(body, signSlack({ body, now }, secret))).status;
  }
  return { ...subject, posts, tell };
}

it("keeps a session in the thread that its first message opened in a place", async () => {
  const { channel, posts, recording, tell } = await slack();
  const to = (changes = {}) => messageTo("slack:C0EXAMPLE1", changes, "slack");
  const thread = "slack:C0EXAMPLE1:1700000000.000001";
  expect(await channel.send(to(), options)).toEqual({ outcome: "sent", externalId: thread });
  expect(await channel.send(to({ thread }), options)).toEqual({
    outcome: "sent",
    externalId: `${thread}#1700000000.000002`,
  });
  expect(posts().map(({ body }) => [body.channel, body.thread_ts])).toEqual([
    ["C0EXAMPLE1", undefined],
    ["C0EXAMPLE1", "1700000000.000001"],
  ]);

  expect(await tell({ ts: "1700000009.000001", text: "Lunch?" })).toBe(200);
  expect(recording.received).toEqual([]);
  expect(await tell({ ts: "1700000009.000002", thread_ts: "1700000000.000001", text: "Yes" })).toBe(200);
  expect(recording.received).toMatchObject([
    { inReplyTo: thread, text: "Yes", data: { user: "U0EXAMPLE1" } },
  ]);
  expect(recording.received[0]).not.toHaveProperty("from");
});

it("does so in direct messages, where what stands outside of threads is told by who wrote it", async () => {
  const { channel, posts, recording, tell } = await slack();
  const thread = "slack:D0EXAMPLE1:1700000000.000001";
  const to = (changes = {}) => messageTo("U0EXAMPLE1", changes, "slack");
  expect(await channel.send(to(), options)).toEqual({ outcome: "sent", externalId: thread });
  await channel.send(to({ thread }), options);
  expect(posts()[1]?.body).toMatchObject({ channel: "D0EXAMPLE1", thread_ts: "1700000000.000001" });

  const direct = { channel: "D0EXAMPLE1", channel_type: "im" };
  await tell({ ...direct, ts: "1700000009.000001", text: "And this?" });
  await tell({ ...direct, ts: "1700000009.000002", thread_ts: "1700000000.000001", text: "Yes" });
  expect(recording.received).toMatchObject([
    { from: "U0EXAMPLE1", text: "And this?" },
    { from: "U0EXAMPLE1", text: "Yes", inReplyTo: thread },
  ]);
  expect(recording.received[0]).not.toHaveProperty("inReplyTo");
});

it("refuses a signature that is wrong or old", async () => {
  const { recording, tell } = await slack();
  const said = { ts: "1700000009.000002", thread_ts: "1700000000.000001", text: "Yes" };
  expect(await tell(said, { secret: "another-signing-secret" })).toBe(401);
  expect(await tell(said, { now: Date.now() - 10 * 60_000 })).toBe(401);
  expect(recording.received).toEqual([]);
});
