import { inboundMessageSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { botToken, clickBody, receiving, signingSecret } from "./receiving.js";
import { atEnd, send, slackServer } from "./slack-server.js";

it("hands in a click, with its session, its button and who clicked", async () => {
  const { post, recording } = await receiving();
  const answer = await post("/interactivity", clickBody());
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
  expect(recording.received).toEqual([
    {
      action: "42",
      channel: "slack",
      externalId: "click:D0EXAMPLE1:1735689600.000100:U0EXAMPLE1:1735689700.000001:approve",
      session: "session_1",
      inReplyTo: "D0EXAMPLE1:1735689600.000100",
      from: "U0EXAMPLE1",
      text: "Approve <it>",
      data: {
        actionId: "approve",
        value: "42",
        user: "U0EXAMPLE1",
        conversation: "D0EXAMPLE1",
        ts: "1735689600.000100",
        deliveryId: "delivery_1",
      },
    },
  ]);
  expect(inboundMessageSchema.safeParse(recording.received[0]).error).toBeUndefined();
});

it("takes the click on a button of the app's own messages by the message alone", async () => {
  const { post, recording } = await receiving();
  const button = {
    type: "button",
    action_id: "x",
    text: { type: "plain_text", text: "X" },
    value: "raw",
    action_ts: "1.1",
  };
  await post("/interactivity", clickBody({ channel: { id: "C0TEAM" }, actions: [button] }));
  expect(recording.received).toMatchObject([
    { inReplyTo: "C0TEAM:1735689600.000100", data: { actionId: "x", value: "raw" } },
  ]);
  expect(recording.received[0]).not.toHaveProperty("session");
  expect(recording.received[0]).not.toHaveProperty("from");
});

it("records a wish for a human", async () => {
  const { post, recording } = await receiving();
  const value = JSON.stringify({ deliveryId: "d", sessionId: "s", intent: "human" });
  const button = {
    type: "button",
    action_id: "h",
    text: { type: "plain_text", text: "Help" },
    value,
    action_ts: "1.1",
  };
  await post("/interactivity", clickBody({ actions: [button] }));
  expect(recording.received).toMatchObject([{ session: "s", intent: "human", data: { value: null } }]);
});

describe("signatures and shapes", () => {
  it("refuses forged and old requests, and takes a replayed one once", async () => {
    const { post, recording, clock } = await receiving();
    expect((await post("/interactivity", clickBody(), { secret: "another-secret" })).status).toBe(401);
    expect((await post("/interactivity", clickBody(), { signedAt: clock.now() - 301_000 })).status).toBe(401);
    for (let time = 0; time < 2; time += 1)
      expect((await post("/interactivity", clickBody())).status).toBe(200);
    expect(recording.received.length).toBe(1);
  });

  it.each([
    ["no payload", "a=b", 400],
    ["a payload that is no JSON", "payload=%7B", 400],
    ["a modal", new URLSearchParams({ payload: '{"type":"view_submission"}' }).toString(), 200],
    ["a menu", clickBody({ actions: [{ type: "static_select", action_id: "m" }] }), 200],
    ["no message", clickBody({ message: undefined }), 200],
  ])("hands in nothing of %s", async (_, body, status) => {
    const { post, recording } = await receiving();
    expect((await post("/interactivity", body)).status).toBe(status);
    expect(recording.received).toEqual([]);
  });
});

describe("the message after a click", () => {
  it("shows who clicked which in place of the buttons", async () => {
    const slack = await started();
    const { post } = await receiving({ baseUrl: slack.baseUrl });
    await post("/interactivity", clickBody({ response_url: `${slack.origin}/actions/T1/1/secret` }));
    expect((await slack.called("response_url")).body).toEqual({
      replace_original: true,
      text: "Shall I?",
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "Shall I?" } },
        {
          type: "context",
          elements: [{ type: "mrkdwn", text: "<@U0EXAMPLE1>: Approve &lt;it&gt;" }],
        },
      ],
    });
    expect(slack.calls[0]?.authorization).toBeUndefined();
  });

  const link = {
    type: "actions",
    elements: [{ type: "button", action_id: "approve", url: "https://example.com" }],
  };
  it.each([
    ["it is switched off", { markClicks: false }, {}, "recorded"],
    ["the session is over", {}, {}, "unmatched"],
    [
      "the button is a link",
      {},
      { message: { ts: "1735689600.000100", text: "", blocks: [link] } },
      "recorded",
    ],
  ] as const)("stays as it is when %s", async (_, config, payload, status) => {
    const { post, recording, lines } = await receiving(config, () =>
      status === "recorded" ? { status, sessionId: "session_1" } : { status, reason: "closed" },
    );
    // A URL that is refused at once, and then told of: see below.
    await post("/interactivity", clickBody({ response_url: "https://evil.example.com/", ...payload }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(recording.received.length).toBe(1);
    expect(lines).toEqual([]);
  });

  it.each([
    "https://evil.example.com/actions/1",
    "https://hooks.slack.com.evil.example/actions/1",
    "http://hooks.slack.com/actions/1",
    "https://127.0.0.1/actions/1",
    "file:///etc/passwd",
    "nonsense",
  ])("is rewritten at Slack alone, not at %s", async (responseUrl) => {
    const { post, recording, lines } = await receiving();
    expect((await post("/interactivity", clickBody({ response_url: responseUrl }))).status).toBe(200);
    // Not by stop(), whose signal would end it before its URL is looked at.
    await until(() => lines.length > 0);
    expect(lines).toEqual([
      'A message in Slack was not rewritten after a click. {"channel":"slack","code":"url_refused"}',
    ]);
    expect(recording.received.length).toBe(1);
  });

  it("is let be when Slack refuses", async () => {
    const slack = await started((_, response) => send(response, 404, "expired_url"));
    const { post, lines } = await receiving({ baseUrl: slack.baseUrl });
    await post("/interactivity", clickBody({ response_url: `${slack.origin}/actions/T1/1/secret` }));
    await until(() => lines.length > 0);
    expect(lines.join()).toContain('"status":404');
    expect(lines.join()).not.toContain("secret");
  });
});

describe("3 seconds", () => {
  it("answers in time when recording takes long, and rewrites once it is recorded", async () => {
    const slack = await started();
    const { recording, clock, post, release } = await slowly({ baseUrl: slack.baseUrl });
    const answer = post("/interactivity", clickBody({ response_url: `${slack.origin}/actions/1` }));
    await until(() => clock.pendingTimers > 0);
    await clock.advance(2_500);
    expect((await answer).status).toBe(200);
    expect(slack.calls).toEqual([]);
    release();
    await slack.called("response_url");
    await recording.stop();
  });

  it("tells of a failure in time, and logs one that is later", async () => {
    const { clock, post, fail, lines } = await slowly();
    const shown = post("/interactivity", clickBody());
    await until(() => clock.pendingTimers > 0);
    fail();
    await expect(shown).rejects.toThrow("busy");
    expect(clock.pendingTimers).toBe(0);
    const late = post("/interactivity", clickBody());
    await until(() => clock.pendingTimers > 0);
    await clock.advance(2_500);
    expect((await late).status).toBe(200);
    fail();
    await until(() => lines.length === 2);
    expect(lines[1]).toBe('A click in Slack was not recorded. {"channel":"slack","code":"internal"}');
  });
});

it("tells no secret in what it logs", async () => {
  const { post, lines } = await receiving();
  await post("/interactivity", clickBody(), { secret: "another-secret" });
  await post("/events", "x".repeat(2_000_000));
  await post("/interactivity", clickBody({ response_url: "https://evil.example.com/actions/secret-url" }));
  await until(() => lines.length === 3);
  const log = lines.join("\n");
  for (const secret of [botToken, signingSecret, "another-secret", "secret-url", "U0EXAMPLE1", "v0="])
    expect(log).not.toContain(secret);
});

async function started(answer?: Parameters<typeof slackServer>[0]) {
  const slack = await slackServer(answer);
  atEnd(() => slack.close());
  return slack;
}

/** A host whose `receive` waits to be told. */
async function slowly(config: Parameters<typeof receiving>[0] = {}) {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const harness = await receiving(config, undefined, () => {
    return new Promise<void>((resolve, reject) => void waiting.push({ resolve, reject }));
  });
  return {
    ...harness,
    release: () => waiting.shift()?.resolve(),
    fail: () => waiting.shift()?.reject(new Error("the storage is busy")),
  };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("waited for 5 s in vain");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
