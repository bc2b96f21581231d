import { inboundMessageSchema } from "@hybrid-orchestrator/core";
import { sign } from "@octokit/webhooks-methods";
import { describe, expect, it } from "vitest";
import { type CommentChanges, closedEvent, commentEvent, pingEvent } from "./events.js";
import { token } from "./github-server.js";
import { atEnd, secret, start } from "./harness.js";

type Options = Parameters<typeof start>[0];

interface Delivery {
  readonly event?: string;
  readonly signature?: string | null;
  readonly contentType?: string;
}

/** A webhook endpoint, and what GitHub would do to it. The signature is GitHub's own library's. */
async function endpoint(options: Options = {}) {
  const started = await start({ webhookSecret: secret, ...options });
  atEnd(() => started.stop());
  const [route] = started.recording.routes;
  if (route === undefined) throw new Error("No route was registered.");
  async function deliver(payload: unknown, delivery: Delivery = {}) {
    const { event = "issue_comment", contentType = "application/json" } = delivery;
    const body = typeof payload === "string" ? payload : JSON.stringify(payload);
    const { signature = await sign(secret, body) } = delivery;
    const response = await route?.handle(
      new Request("https://hooks.example.com/hooks/github/webhook", {
        method: "POST",
        headers: {
          "content-type": contentType,
          "x-github-event": event,
          "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
          ...(signature !== null && { "x-hub-signature-256": signature }),
        },
        body,
      }),
    );
    return { status: response?.status, body: (await response?.text()) ?? "" };
  }
  return { ...started, deliver, received: started.recording.received, path: route.path };
}

describe("a comment", () => {
  it("answers the issue's session", async () => {
    const { deliver, received, path } = await endpoint();
    expect(path).toBe("/webhook");
    expect(await deliver(commentEvent())).toEqual({ status: 200, body: '{"status":"recorded"}' });
    expect(received).toEqual([
      {
        channel: "github",
        externalId: "acme/desk#12/comment-345",
        inReplyTo: "acme/desk#12",
        text: "> Ada hesitates.\r\n\r\nCall her.",
        data: {
          author: "grace",
          association: "MEMBER",
          url: "https://github.com/Acme/Desk/issues/12#issuecomment-345",
        },
        occurredAt: Date.UTC(2026, 0, 1, 11, 59, 30),
      },
    ]);
    expect(inboundMessageSchema.safeParse(received[0]).success).toBe(true);
  });

  it.each([
    ["/human", true],
    ["  /HUMAN please\nnow", true],
    ["/human", true],
    ["please /human", false],
    ["/humanity", false],
    ["> /human", false],
  ])("%j asks for a human: %s", async (body, asks) => {
    const { deliver, received } = await endpoint();
    await deliver(commentEvent({ comment: { body } }));
    expect(received.map(({ intent }) => intent)).toEqual([asks ? "human" : undefined]);
  });

  it("asks for a human with the words that are configured", async () => {
    const { deliver, received } = await endpoint({ humanCommands: ["!help", "/escalate"] });
    for (const [id, body] of [
      [1, "/human"],
      [2, "!help me"],
    ] as const)
      await deliver(commentEvent({ comment: { id, body } }));
    expect(received.map(({ intent }) => intent)).toEqual([undefined, "human"]);
  });

  it("is cut where it is longer than a message may be", async () => {
    const { deliver, received } = await endpoint();
    await deliver(commentEvent({ comment: { body: "x".repeat(65_536) } }));
    expect(received[0]?.text).toHaveLength(50_000);
    expect(received[0]?.data).toMatchObject({ truncated: true });
    expect(inboundMessageSchema.safeParse(received[0]).success).toBe(true);
  });

  it("may come from an account that is gone", async () => {
    const { deliver, received } = await endpoint();
    await deliver(commentEvent({ comment: { user: null } }));
    expect(received[0]?.data).toMatchObject({ author: "ghost" });
  });

  const publicly = { repository: { private: false } };
  it.each<[string, CommentChanges, Options]>([
    ["of our own", { comment: { body: "Hello\n\n<!-- hybrid: delivery_2 -->" } }, {}],
    ["of a bot", { comment: { user: { login: "ci[bot]", type: "Bot" } } }, {}],
    ["on a pull request", { issue: { pull_request: { url: "https://api.github.com/x" } } }, {}],
    ["that was edited", { action: "edited" }, {}],
    ["that was deleted", { action: "deleted" }, {}],
    ["of a stranger in public", { ...publicly, comment: { author_association: "NONE" } }, {}],
    ["of somebody whom acceptFrom leaves out", publicly, { acceptFrom: ["OWNER"] }],
  ])("is ignored: one %s", async (_, changes, options) => {
    const { deliver, received } = await endpoint(options);
    const answer = await deliver(commentEvent(changes));
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('"ignored"') });
    expect(received).toEqual([]);
  });

  it.each<[string, CommentChanges, Options]>([
    ["of a member in public", publicly, {}],
    ["of a stranger in private", { comment: { author_association: "NONE" } }, {}],
    [
      "of a contributor, where acceptFrom has them",
      { ...publicly, comment: { author_association: "CONTRIBUTOR" } },
      { acceptFrom: ["CONTRIBUTOR"] },
    ],
    ["that quotes one of ours", { comment: { body: "> Hi\n> <!-- hybrid: delivery_2 -->\n\nYes" } }, {}],
  ])("is taken: one %s", async (_, changes, options) => {
    const { deliver, received } = await endpoint(options);
    await deliver(commentEvent(changes));
    expect(received).toHaveLength(1);
  });
});

describe("the closing of an issue", () => {
  it("is told to its session", async () => {
    const { deliver, received } = await endpoint();
    expect((await deliver(closedEvent(), { event: "issues" })).status).toBe(200);
    expect(received).toEqual([
      {
        channel: "github",
        externalId: "acme/desk#12/closed-2026-01-01T11:59:40Z",
        inReplyTo: "acme/desk#12",
        text: "closed",
        data: {
          event: "closed",
          author: "grace",
          url: "https://github.com/Acme/Desk/issues/12",
          stateReason: "completed",
        },
        occurredAt: Date.UTC(2026, 0, 1, 11, 59, 40),
      },
    ]);
  });

  it("is told each time", async () => {
    const { deliver, received } = await endpoint();
    await deliver(closedEvent(), { event: "issues" });
    const later = { closed_at: "2026-01-02T08:00:00Z", state_reason: null };
    await deliver(closedEvent({ issue: later }), { event: "issues" });
    expect(new Set(received.map(({ externalId }) => externalId)).size).toBe(2);
    expect(received[1]?.data).not.toHaveProperty("stateReason");
  });

  it("is ignored where it is not wanted, and on pull requests", async () => {
    const unwanted = await endpoint({ recordClosed: false });
    await unwanted.deliver(closedEvent(), { event: "issues" });
    const pull = await endpoint();
    await pull.deliver(closedEvent({ issue: { pull_request: {} } }), { event: "issues" });
    expect([...unwanted.received, ...pull.received]).toEqual([]);
  });
});

describe("other deliveries", () => {
  it("a ping is answered", async () => {
    const { deliver, received } = await endpoint();
    expect(await deliver(pingEvent, { event: "ping" })).toEqual({ status: 200, body: '{"status":"pong"}' });
    expect(received).toEqual([]);
  });

  it("a form with the payload in one field is read too", async () => {
    const { deliver, received } = await endpoint();
    const form = new URLSearchParams({ payload: JSON.stringify(commentEvent()) }).toString();
    const contentType = "application/x-www-form-urlencoded";
    expect((await deliver(form, { contentType })).status).toBe(200);
    expect(received).toHaveLength(1);
  });

  it.each(["push", "issues", "constructor"])("the event %s is ignored", async (event) => {
    const { deliver, received } = await endpoint();
    expect((await deliver({ action: "opened" }, { event })).status).toBe(200);
    expect(received).toEqual([]);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "null"],
    ["a comment without an author", commentEvent({ comment: { user: "grace" } })],
    ["a repository that is none", commentEvent({ repository: { full_name: "x" } })],
    ["an issue without a number", commentEvent({ issue: { number: "12; drop" } })],
  ])("%s is malformed", async (name, payload) => {
    const { deliver, received } = await endpoint();
    const { status } = await deliver(payload);
    // What has no action is no event of interest.
    expect(status).toBe(name === "no object" ? 200 : 400);
    expect(received).toEqual([]);
  });
});

describe("the signature", () => {
  it.each([
    ["missing", null],
    ["wrong", `sha256=${"0".repeat(64)}`],
    ["malformed", "sha1=abc"],
  ])("%s is refused", async (_, signature) => {
    const { deliver, received, lines } = await endpoint();
    expect(await deliver(commentEvent(), { signature })).toEqual({
      status: 401,
      body: '{"error":"unauthorized"}',
    });
    expect(received).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it("of another secret is refused, of either of two is accepted", async () => {
    const body = JSON.stringify(commentEvent());
    const { deliver } = await endpoint({ webhookSecret: ["next", secret] });
    expect((await deliver(body, { signature: await sign("other", body) })).status).toBe(401);
    expect((await deliver(body, { signature: await sign("next", body) })).status).toBe(200);
  });

  it("that comes again is answered and handled once, whatever delivery it claims to be", async () => {
    const { deliver, received } = await endpoint();
    await deliver(commentEvent());
    expect((await deliver(commentEvent())).status).toBe(200);
    expect(received).toHaveLength(1);
  });

  it("of an event that failed is handled again when it comes again", async () => {
    let fails = true;
    const started = await endpoint();
    const receive = started.recording.host.receive;
    Object.assign(started.recording.host, {
      receive: async (message: Parameters<typeof receive>[0]) => {
        if (fails) throw new Error("the storage is away");
        return receive(message);
      },
    });
    await expect(started.deliver(commentEvent())).rejects.toThrow("the storage is away");
    fails = false;
    expect((await started.deliver(commentEvent())).body).toBe('{"status":"recorded"}');
  });

  it("is not even looked at when the body is too large", async () => {
    const { deliver } = await endpoint();
    expect((await deliver("x".repeat(1_048_577))).status).toBe(413);
  });
});

it("says what became of a comment that belongs to no session", async () => {
  const started = await endpoint();
  Object.assign(started.recording.host, {
    receive: async () => ({ status: "unmatched", reason: "unknown" }) as const,
  });
  expect(await started.deliver(commentEvent())).toEqual({ status: 200, body: '{"status":"unmatched"}' });
});

it("has no route without a secret, and says that it is one-way", async () => {
  const { recording, channel, stop } = await start({});
  atEnd(stop);
  expect(recording.routes).toEqual([]);
  expect(channel.capabilities.twoWay).toBe(false);
});

it("logs no secret, no signature and nothing of a body", async () => {
  const { deliver, lines } = await endpoint();
  const signature = await sign("other", JSON.stringify(commentEvent()));
  await deliver(commentEvent(), { signature });
  await deliver(commentEvent(), { signature: signature.replace("sha256", "sha1") });
  await deliver("x".repeat(1_048_577));
  await deliver("{");
  expect(lines.length).toBeGreaterThanOrEqual(3);
  const logged = JSON.stringify(lines);
  for (const text of [token, secret, signature.slice(7), "Call her", "grace"])
    expect(logged).not.toContain(text);
});
