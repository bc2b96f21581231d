import { expect, it } from "vitest";
import type { ChatSdkChannelConfig } from "../src/index.js";
import { messageTo, setUp } from "./harness.js";
import { type Answer, atEnd, type PlatformServer } from "./platform-server.js";
import { botToken, group, refusing, secretToken, telegramAdapter, telegramServer } from "./telegram.js";

const address = "4155550123";
const options = () => ({ signal: new AbortController().signal, idempotencyKey: "key" });

async function sending(config: Partial<ChatSdkChannelConfig> = {}, answer?: Answer) {
  const server = await telegramServer(answer);
  atEnd(() => server.close());
  return { server, ...(await setUp({ adapter: telegramAdapter(server.url), ...config })) };
}

function sent({ calls }: PlatformServer): object[] {
  return calls.filter(({ path }) => path.endsWith("/sendMessage")).map(({ body }) => body);
}

it("writes the text as it stands, its subject before it, and tells the message's id", async () => {
  const { channel, server } = await sending();
  const message = messageTo(address, { content: "*Not* <b>bold</b> {{x}}", subject: "Your\nform" });
  expect(await channel.send(message, options())).toEqual({
    outcome: "sent",
    externalId: "telegram:4155550123#4155550123:101",
  });
  expect(sent(server)).toEqual([{ chat_id: address, text: "Your form\n\n*Not* <b>bold</b> {{x}}" }]);
});

it("writes to a place by its thread id, and on in the thread of the session", async () => {
  const { channel, server } = await sending();
  const place = `telegram:${group.id}`;
  expect(channel.destination?.(messageTo(place).recipient)).toBe(place);
  const first = await channel.send(messageTo(place), options());
  expect(first).toMatchObject({ outcome: "sent", externalId: `${place}#${group.id}:101` });
  await channel.send(messageTo(place, { thread: `${place}:44` }), options());
  expect(sent(server)).toMatchObject([
    { chat_id: String(group.id) },
    { chat_id: String(group.id), message_thread_id: 44 },
  ]);
});

it.each([`telegram:${address}`, "two words", "a#b", "", " "])("has no address in %j", async (address) => {
  const { channel } = await sending();
  expect(channel.canReach?.(messageTo(address).recipient)).toBe(false);
});

it("refuses a group's number where a person's is wanted", async () => {
  const { channel, server } = await sending();
  expect(await channel.send(messageTo(String(group.id)), options())).toMatchObject({ outcome: "permanent" });
  expect(sent(server)).toEqual([]);
});

it("posts buttons, which bring back their id and value", async () => {
  const { channel, server } = await sending();
  const actions = [
    { id: "file", label: "File it", value: "form-7", style: "primary" },
    { id: "look", label: "Look", url: "https://example.com/7" },
  ];
  await channel.send(messageTo(address, { metadata: { actions } }), options());
  expect(sent(server)).toMatchObject([
    {
      reply_markup: {
        inline_keyboard: [
          [
            { text: "File it", callback_data: 'chat:{"a":"file","v":"form-7"}' },
            { text: "Look", url: "https://example.com/7" },
          ],
        ],
      },
    },
  ]);
});

it.each([
  ["malformed buttons", { metadata: { actions: [{ id: "" }] } }],
  [
    "buttons the platform has no room for",
    { metadata: { actions: [{ id: "a", label: "A", value: "x".repeat(60) }] } },
  ],
  ["no text", { content: " \n" }],
  ["too much text", { content: "x".repeat(4_097) }],
])("refuses %s without a request", async (_, changes) => {
  const { channel, server } = await sending();
  expect(await channel.send(messageTo(address, changes), options())).toMatchObject({ outcome: "permanent" });
  expect(sent(server)).toEqual([]);
});

it("waits as long as the platform asks for", async () => {
  const { channel } = await sending({}, refusing(429, "Too Many Requests", { retry_after: 30 }));
  expect(await channel.send(messageTo(address), options())).toMatchObject({
    outcome: "retryable",
    retryAfterMs: 30_000,
  });
});

it.each([
  ["ambiguous", refusing(500, "Internal Server Error")],
  ["ambiguous", ((_, response) => void response.end("<html>")) as Answer],
  ["permanent", refusing(400, "Bad Request: chat not found")],
])("tells %s, without the platform's words, token or address", async (outcome, answer) => {
  const { channel, lines } = await sending({}, answer);
  const result = await channel.send(messageTo(address), options());
  expect(result).toMatchObject({ outcome });
  const told = JSON.stringify(result) + lines.join("\n");
  for (const secret of [botToken, secretToken, address, "chat not found"]) expect(told).not.toContain(secret);
});

it("knows nothing of a message that was given up while it was posted", async () => {
  const controller = new AbortController();
  const { channel } = await sending({}, () => controller.abort());
  expect(await channel.send(messageTo(address), { ...options(), signal: controller.signal })).toMatchObject({
    outcome: "ambiguous",
  });
});

it("posts nothing that was given up before", async () => {
  const { channel, server } = await sending();
  const given = { ...options(), signal: AbortSignal.abort() };
  expect(await channel.send(messageTo(address, { content: "First" }), given)).toMatchObject({
    outcome: "retryable",
  });
  await channel.send(messageTo(address, { content: "Second" }), options());
  expect(sent(server)).toMatchObject([{ text: "Second" }]);
});
