import { createServer } from "node:net";
import { sampleMessage, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slackChannel } from "../src/index.js";

// Somebody else's reading of Slack's contract, beside ours in slack-server.ts.
const botToken = "xoxb-emulated-token";
let slack: Emulator;
let baseUrl: string;

beforeAll(async () => {
  slack = await createEmulator({
    service: "slack",
    port: await freePort(),
    seed: {
      tokens: {
        [botToken]: { login: "U000000001", scopes: ["chat:write", "users:read", "channels:history"] },
      },
      slack: { users: [{ name: "ada" }] },
    },
  });
  baseUrl = `${slack.url}/api`;
});
afterAll(() => slack.close());

const options = { signal: new AbortController().signal, idempotencyKey: "key" };

it("posts to a user and then into the thread, as an emulator of Slack sees it", async () => {
  const { channel } = slackChannel({ botToken, baseUrl });
  const { members } = (await api("users.list")) as { members: readonly { id: string; name: string }[] };
  const slackId = members.find(({ name }) => name === "ada")?.id;
  expect(slackId).toBeDefined();
  const recipient = sampleRecipient({ slackId });
  const actions = [{ id: "yes", label: "Yes" }];

  const first = await channel.send(
    sampleMessage({ recipient, content: "1 < 2", metadata: { actions } }),
    options,
  );
  expect(first).toEqual({ outcome: "sent", externalId: expect.stringMatching(/^D\w+:\d+\.\d+$/) as string });
  const thread = first.outcome === "sent" ? first.externalId : undefined;
  const second = await channel.send(
    sampleMessage({ recipient, content: "Still there?", ...(thread !== undefined && { thread }) }),
    options,
  );
  expect(second.outcome).toBe("sent");

  const [conversation, ts] = (thread ?? "").split(":");
  const replies = await api("conversations.replies", { channel: conversation, ts });
  expect(replies).toMatchObject({
    messages: [
      {
        text: "1 &lt; 2",
        blocks: [{ type: "section" }, { type: "actions", elements: [{ action_id: "yes" }] }],
      },
      { text: "Still there?", thread_ts: ts },
    ],
  });
});

it("reads the emulator's refusals and rewrites its messages", async () => {
  const { channel, updateMessage } = slackChannel({ botToken, baseUrl });
  const nowhere = sampleMessage({ recipient: sampleRecipient({ slackId: "C404" }) });
  expect(await channel.send(nowhere, options)).toEqual({
    outcome: "permanent",
    reason: "Slack refused it: channel_not_found",
  });
  const general = sampleMessage({ recipient: sampleRecipient({ slackId: "C000000001" }) });
  const sent = await channel.send(general, options);
  const externalId = sent.outcome === "sent" ? (sent.externalId ?? "") : "";
  expect(await updateMessage({ externalId, content: "Done" })).toEqual({ outcome: "sent", externalId });
  const history = await api("conversations.history", { channel: "C000000001" });
  expect(history.messages).toMatchObject([{ text: "Done" }]);
  expect(await channel.health?.()).toEqual({ healthy: true });
});

async function api(method: string, body: object = {}): Promise<Record<string, unknown>> {
  const response = await fetch(`${baseUrl}/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${botToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
