import type { OutboundMessage, SendResult } from "@hybrid-orchestrator/core";
import { sampleMessage, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { type SlackChannelConfig, slackChannel } from "../src/index.js";
import { atEnd, refusing, type SlackServer, send, slackServer } from "./slack-server.js";

const botToken = "xoxb-1234567890-SecretOfTheBot";

async function started(answer?: Parameters<typeof slackServer>[0], config: Partial<SlackChannelConfig> = {}) {
  const server = await slackServer(answer);
  atEnd(() => server.close());
  const plugin = slackChannel({ botToken, baseUrl: server.baseUrl, ...config });
  return { server, plugin };
}

async function sent(
  changes: Partial<OutboundMessage>,
  config: Partial<SlackChannelConfig> = {},
): Promise<{ readonly result: SendResult; readonly server: SlackServer }> {
  const { server, plugin } = await started(undefined, config);
  return { result: await plugin.channel.send(sampleMessage(changes), options), server };
}

const options = { signal: new AbortController().signal, idempotencyKey: "key" };

it("posts to a user in Slack's wire format, and names the message by conversation and ts", async () => {
  const { result, server } = await sent({ subject: "Your\nform", content: "Tom & <!channel> 1 > 0" });
  expect(result).toEqual({ outcome: "sent", externalId: "D0EXAMPLE1:1700000000.000001" });
  expect(server.calls).toEqual([
    {
      method: "chat.postMessage",
      authorization: `Bearer ${botToken}`,
      contentType: "application/json; charset=utf-8",
      body: {
        channel: "U0EXAMPLE1",
        text: "Your form: Tom &amp; &lt;!channel&gt; 1 &gt; 0",
        blocks: [
          { type: "section", text: { type: "mrkdwn", text: "*Your form*" } },
          { type: "section", text: { type: "mrkdwn", text: "Tom &amp; &lt;!channel&gt; 1 &gt; 0" } },
        ],
        unfurl_links: false,
        unfurl_media: false,
      },
    },
  ]);
});

it("answers in the thread of the session's first message, in its conversation", async () => {
  const { server } = await sent({ thread: "D0EXAMPLE1:1700000000.000001" });
  expect(server.calls[0]?.body).toMatchObject({ channel: "D0EXAMPLE1", thread_ts: "1700000000.000001" });
});

it("gives buttons a value that brings back the delivery and the session", async () => {
  const actions = [
    { id: "yes", label: "Yes", style: "primary", value: "42" },
    { id: "open", label: "Open", url: "https://example.com/form" },
    { id: "help", label: "Ask a human", intent: "human" },
  ];
  const { server } = await sent({ metadata: { actions } });
  const blocks = server.calls[0]?.body.blocks as readonly {
    readonly elements?: readonly { value: string }[];
  }[];
  expect(blocks[1]).toMatchObject({
    type: "actions",
    elements: [
      { type: "button", action_id: "yes", style: "primary", text: { type: "plain_text", text: "Yes" } },
      { action_id: "open", url: "https://example.com/form" },
      { action_id: "help" },
    ],
  });
  const ids = { deliveryId: "delivery_1", sessionId: "session_1" };
  expect(blocks[1]?.elements?.map(({ value }) => JSON.parse(value))).toEqual([
    { ...ids, value: "42" },
    ids,
    { ...ids, intent: "human" },
  ]);
});

it.each([
  ["no label", [{ id: "yes" }]],
  [
    "one id twice",
    [
      { id: "a", label: "A" },
      { id: "a", label: "B" },
    ],
  ],
  ["a link that runs code", [{ id: "a", label: "A", url: "javascript:alert(1)" }]],
  ["a label that is too long", [{ id: "a", label: "x".repeat(76) }]],
  ["a value that is too long once escaped", [{ id: "a", label: "A", value: "\u0001".repeat(1_000) }]],
])("refuses buttons with %s, and asks nobody", async (_, actions) => {
  const { result, server } = await sent({ metadata: { actions } });
  expect(result.outcome).toBe("permanent");
  expect(server.calls).toEqual([]);
});

it("cuts a long text into sections that Slack takes, between words", async () => {
  const content = `${"word & ".repeat(1_600)}end`;
  const { server } = await sent({ content });
  const blocks = server.calls[0]?.body.blocks as readonly { readonly text: { readonly text: string } }[];
  const texts = blocks.map(({ text }) => text.text);
  expect(texts.every((text) => text.length <= 3_000 && /( |end)$/.test(text))).toBe(true);
  expect(texts.join("").replaceAll("&amp;", "&")).toBe(content);
});

it("refuses a text that is empty or too long, and asks nobody", async () => {
  for (const content of [" \n", "x".repeat(12_001)]) {
    const { result, server } = await sent({ content });
    expect(result.outcome).toBe("permanent");
    expect(server.calls).toEqual([]);
  }
});

describe("whom it reaches", () => {
  const nobody = sampleRecipient({ slackId: undefined });

  it("workers without an id through the default channel, and users by their own id alone", () => {
    const team = slackChannel({ botToken, audience: "worker", defaultChannel: "C0TEAM" }).channel;
    expect(team.capabilities.audience).toBe("worker");
    expect(team.destination?.(nobody)).toBe("C0TEAM");
    expect(team.destination?.(sampleRecipient())).toBe("U0EXAMPLE1");
    expect(slackChannel({ botToken }).channel.canReach?.(nobody)).toBe(false);
  });

  it("an address under the channel's name before the Slack id, and nothing that is no id", () => {
    const { channel } = slackChannel({ botToken, name: "slack-eu" });
    expect(channel.destination?.(sampleRecipient({ addresses: { "slack-eu": "C0CASE" } }))).toBe("C0CASE");
    for (const slackId of ["#general", "ada", "", "U0EX\r\nx"])
      expect(channel.canReach?.(sampleRecipient({ slackId })), slackId).toBe(false);
  });
});

describe("what Slack's answers mean", () => {
  it.each([
    ["invalid_auth", "misconfigured"],
    ["not_authed", "misconfigured"],
    ["account_inactive", "misconfigured"],
    ["channel_not_found", "permanent"],
    ["is_archived", "permanent"],
    ["user_not_found", "permanent"],
    ["not_in_channel", "permanent"],
    ["msg_blocks_too_long", "permanent"],
    ["a_code_of_next_year", "permanent"],
    ["ratelimited", "retryable"],
    ["service_unavailable", "retryable"],
    ["internal_error", "ambiguous"],
    ["fatal_error", "ambiguous"],
  ])("%s is %s", async (code, outcome) => {
    const { plugin } = await started(refusing(code));
    const result = await plugin.channel.send(sampleMessage(), options);
    expect(result).toMatchObject({ outcome, reason: expect.stringContaining(code) as string });
  });

  it("names the scope that is missing", async () => {
    const { plugin } = await started(refusing("missing_scope", { needed: "chat:write", provided: "x" }));
    expect(await plugin.channel.send(sampleMessage(), options)).toEqual({
      outcome: "misconfigured",
      reason: "Slack refused it: missing_scope, needs chat:write",
    });
  });

  it("repeats nothing of an answer that is not a code", async () => {
    const { plugin } = await started(refusing(`<b>${botToken}</b>`));
    expect(await plugin.channel.send(sampleMessage(), options)).toEqual({
      outcome: "permanent",
      reason: "Slack refused it: unknown",
    });
  });

  it.each([
    ["500 of a proxy", 500, "<html>", "ambiguous"],
    ["504 of a proxy", 504, "", "ambiguous"],
    ["200 without JSON", 200, "<html>", "ambiguous"],
    ["200 without a place", 200, '{"ok":true}', "ambiguous"],
    ["503", 503, "", "retryable"],
    ["a redirect", 302, "", "misconfigured"],
    ["404 of another server", 404, "", "misconfigured"],
    ["500 with a code", 500, '{"ok":false,"error":"is_archived"}', "permanent"],
  ])("%s", async (_, status, body, outcome) => {
    const { plugin } = await started((_call, response) => send(response, status, body));
    expect(await plugin.channel.send(sampleMessage(), options)).toMatchObject({ outcome });
  });

  it.each([
    ["30", 30_000],
    ["0", 0],
    ["soon", undefined],
  ])("Retry-After: %s", async (header, retryAfterMs) => {
    const { plugin } = await started((_, response) => send(response, 429, "", { "retry-after": header }));
    const result = await plugin.channel.send(sampleMessage(), options);
    expect(result).toEqual({
      outcome: "retryable",
      reason: "Slack takes no more for now (429)",
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  });

  it("Retry-After as a date", async () => {
    const header = new Date(Date.now() + 60_000).toUTCString();
    const { plugin } = await started((_, response) => send(response, 503, "", { "retry-after": header }));
    const result = await plugin.channel.send(sampleMessage(), options);
    const retryAfterMs = result.outcome === "retryable" ? (result.retryAfterMs ?? 0) : 0;
    expect(Math.abs(retryAfterMs - 60_000)).toBeLessThan(15_000);
  });

  it("an answer that breaks off is ambiguous", async () => {
    const { plugin } = await started((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"ok":');
      response.socket?.end();
    });
    expect((await plugin.channel.send(sampleMessage(), options)).outcome).toBe("ambiguous");
  });

  it("nobody there is retryable, and an answer that takes too long ambiguous", async () => {
    const { server, plugin } = await started(() => undefined, { timeoutMs: 100 });
    expect((await plugin.channel.send(sampleMessage(), options)).outcome).toBe("ambiguous");
    await server.close();
    expect((await plugin.channel.send(sampleMessage(), options)).outcome).toBe("retryable");
  });
});

it("rewrites a message without its buttons", async () => {
  const { server, plugin } = await started();
  const result = await plugin.updateMessage({ externalId: "C0TEAM:1700000000.000001", content: "Done <3" });
  expect(result).toEqual({ outcome: "sent", externalId: "C0TEAM:1700000000.000001" });
  expect(server.calls[0]).toMatchObject({
    method: "chat.update",
    body: {
      channel: "C0TEAM",
      ts: "1700000000.000001",
      text: "Done &lt;3",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "Done &lt;3" } }],
    },
  });
  expect((await plugin.updateMessage({ externalId: "SM1", content: "x" })).outcome).toBe("permanent");
  expect((await plugin.updateMessage({ externalId: "C0TEAM:1.1", content: "" })).outcome).toBe("permanent");
});

it("is healthy while its token is good", async () => {
  const { plugin } = await started();
  expect(await plugin.channel.health?.()).toEqual({ healthy: true });
  const { plugin: revoked } = await started(refusing("token_revoked"));
  expect(await revoked.channel.health?.()).toEqual({
    healthy: false,
    detail: "Slack refused it: token_revoked",
  });
});

describe("configuration", () => {
  it.each([
    ["no token", {}],
    ["a token with a line break", { botToken: "xoxb-1\r\nHost: x" }],
    ["a channel by its name", { botToken, audience: "worker", defaultChannel: "#team" }],
    ["a default channel for users", { botToken, defaultChannel: "C0TEAM" }],
    ["an unknown option", { botToken, retries: 3 }],
    ["no URL", { botToken, baseUrl: "slack.com" }],
  ])("%s is refused, and no secret told", (_, config) => {
    const make = () => slackChannel(config as unknown as SlackChannelConfig);
    expect(make).toThrow(expect.objectContaining({ code: "invalid_configuration" }));
    expect(make).not.toThrow(/xoxb/);
  });

  it("takes nothing in without a signing secret", () => {
    expect(slackChannel({ botToken }).channel.capabilities.twoWay).toBe(false);
  });
});
