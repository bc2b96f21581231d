import { OrchestratorError } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import type { ChatSdkChannelConfig } from "../src/index.js";
import { type SetUp, setUp } from "./harness.js";
import { atEnd } from "./platform-server.js";
import {
  ada,
  botMessage,
  botToken,
  clickUpdate,
  group,
  messageUpdate,
  secretToken,
  telegramAdapter,
  telegramServer,
} from "./telegram.js";

const signed = { "x-telegram-bot-api-secret-token": secretToken };

async function receiving(
  config: Partial<ChatSdkChannelConfig> = {},
  host?: Parameters<typeof setUp>[1],
): Promise<SetUp & { readonly tell: (update: object) => Promise<number> }> {
  const server = await telegramServer();
  atEnd(() => server.close());
  const subject = await setUp({ adapter: telegramAdapter(server.url), ...config }, host);
  return { ...subject, tell: async (update) => (await subject.call(update, signed)).status };
}

it("hands in what somebody writes, as from their id", async () => {
  const { recording, tell } = await receiving();
  expect(await tell(messageUpdate())).toBe(200);
  expect(recording.received).toEqual([
    {
      channel: "telegram",
      externalId: "telegram:4155550123#4155550123:7",
      from: "4155550123",
      text: "Yes, please",
      data: { user: "4155550123", thread: "telegram:4155550123", message: "4155550123:7" },
      occurredAt: 1_735_689_600_000,
    },
  ]);
});

it("names the message that is answered", async () => {
  const { recording, tell } = await receiving();
  await tell(messageUpdate({ reply_to_message: botMessage(101) }));
  expect(recording.received).toMatchObject([{ inReplyTo: "telegram:4155550123#4155550123:101" }]);
});

it("takes from a group only what answers the bot, and as from nobody", async () => {
  const { recording, tell } = await receiving();
  await tell(messageUpdate({ chat: group, text: "Lunch?" }, 1));
  await tell(messageUpdate({ chat: group, text: "STOP", message_id: 8 }, 2));
  const other = { message_id: 5, date: 1, chat: group, from: { ...ada, id: 5 }, text: "Hi" };
  await tell(messageUpdate({ chat: group, reply_to_message: other, message_id: 9 }, 3));
  expect(recording.received).toEqual([]);
  await tell(
    messageUpdate(
      { chat: group, text: "stop", message_id: 10, reply_to_message: botMessage(3, { chat: group }) },
      4,
    ),
  );
  expect(recording.received).toHaveLength(1);
  expect(recording.received[0]).toMatchObject({
    inReplyTo: "telegram:-1001234567890#-1001234567890:3",
    text: "stop",
  });
  expect(recording.received[0]).not.toHaveProperty("from");
  expect(recording.received[0]).not.toHaveProperty("intent");
});

it("hands in a click as an answer to its message", async () => {
  const { recording, tell } = await receiving();
  expect(await tell(clickUpdate('chat:{"a":"file","v":"form-7"}'))).toBe(200);
  expect(recording.received).toEqual([
    {
      action: "form-7",
      channel: "telegram",
      externalId: "telegram:4155550123#click:4382bfdwdsb323b2d9",
      inReplyTo: "telegram:4155550123#4155550123:101",
      from: "4155550123",
      text: "form-7",
      data: {
        user: "4155550123",
        thread: "telegram:4155550123",
        message: "4155550123:101",
        actionId: "file",
        value: "form-7",
      },
    },
  ]);
});

it("knows the words for no more, more again and a human, also as commands", async () => {
  const { recording, tell } = await receiving({ humanWords: ["/human", "Mensch"] });
  const command = (text: string) => ({
    text,
    entities: [{ type: "bot_command", offset: 0, length: text.length }],
  });
  const said = [
    command("/stop"),
    command("/start"),
    { text: " mensch " },
    { text: "Stop it" },
    command("/help"),
  ];
  for (const [index, message] of said.entries())
    await tell(messageUpdate({ ...message, message_id: index + 1 }, index + 1));
  expect(recording.received.map(({ text, intent }) => [text.trim(), intent])).toEqual([
    ["/stop", "opt_out"],
    ["/start", "opt_in"],
    ["mensch", "human"],
    ["Stop it", undefined],
    ["/help", undefined],
  ]);
  expect(new Set(recording.received.map(({ externalId }) => externalId)).size).toBe(5);
});

it("takes an album as one message, though it comes in several requests", async () => {
  const { recording, tell } = await receiving();
  const photo = (message_id: number, caption?: string) =>
    messageUpdate(
      {
        message_id,
        text: undefined,
        media_group_id: "13",
        photo: [{ file_id: `f${message_id}`, file_unique_id: `u${message_id}`, width: 9, height: 9 }],
        caption,
      },
      message_id,
    );
  // The adapter waits for a second whether more of it comes.
  expect(await Promise.all([tell(photo(1, "The form")), tell(photo(2))])).toEqual([200, 200]);
  expect(recording.received).toMatchObject([{ text: "The form", data: { attachments: 2 } }]);
});

it("ignores bots and edits", async () => {
  const { recording, tell } = await receiving();
  expect(await tell(messageUpdate({ from: { ...ada, is_bot: true } }, 1))).toBe(200);
  expect(await tell(messageUpdate({ edit_date: 1_735_689_700 }, 2))).toBe(200);
  expect(await tell({ update_id: 3, message: botMessage(9) })).toBe(200);
  expect(recording.received).toEqual([]);
});

it.each([
  ["a wrong", { "x-telegram-bot-api-secret-token": "secret-of-the-webhooK" }],
  ["no", {}],
])("refuses a request with %s secret", async (_, headers) => {
  const { call, recording } = await receiving();
  expect((await call(messageUpdate(), headers as Record<string, string>)).status).toBe(401);
  expect(recording.received).toEqual([]);
});

it("takes an update that is told again once", async () => {
  const { recording, tell } = await receiving();
  expect([await tell(messageUpdate()), await tell(messageUpdate())]).toEqual([200, 200]);
  expect(recording.received).toHaveLength(1);
});

it.each(["not json", "", "[", "null", "[]", '"text"', '{"update_id":1,"message":{}}'])(
  "hands in nothing of the body %j, and stays in order",
  async (body) => {
    const { call, recording, tell } = await receiving();
    const { status } = await call(body, signed);
    expect([200, 400]).toContain(status);
    expect(recording.received).toEqual([]);
    expect(await tell(messageUpdate({}, 2))).toBe(200);
    expect(recording.received).toHaveLength(1);
  },
);

it("refuses a body that is too large before the adapter sees it", async () => {
  const { call, recording } = await receiving();
  const { status } = await call(messageUpdate({ text: "x".repeat(1024 * 1024) }), signed);
  expect(status).toBe(413);
  expect(recording.received).toEqual([]);
});

it("answers only when the message is durable", async () => {
  const { reached, release, before } = gate();
  const { tell } = await receiving({}, { before });
  let answered = false;
  const answer = tell(messageUpdate()).then((status) => {
    answered = true;
    return status;
  });
  await reached;
  // All that needs no more than its turn has had it.
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  release();
  expect(await answer).toBe(200);
});

it("answers 503 where a message was not recorded, and takes it when it is told again", async () => {
  let failures = 1;
  const { recording, tell, lines } = await receiving(
    {},
    {
      async before() {
        failures -= 1;
        if (failures >= 0) throw new OrchestratorError("storage_busy", `${botToken} 4155550123`);
      },
    },
  );
  expect(await tell(messageUpdate())).toBe(503);
  expect(recording.received).toEqual([]);
  expect(await tell(messageUpdate())).toBe(200);
  expect(recording.received).toHaveLength(1);
  expect(lines).toEqual([
    'A message from a platform was not recorded. {"channel":"telegram","code":"storage_busy"}',
  ]);
});

it("answers 503 where the adapter itself cannot reach what it needs", async () => {
  const adapter = Object.assign(telegramAdapter("http://127.0.0.1:9"), {
    handleWebhook: () => fetch("http://127.0.0.1:9"),
  });
  const { call, recording } = await setUp({ adapter });
  expect((await call(messageUpdate(), signed)).status).toBe(503);
  expect(recording.received).toEqual([]);
});

it("keeps what the adapter remembers where it is told to, and forgets there what failed", async () => {
  const state = new KeptState();
  let failures = 1;
  const host = {
    async before() {
      failures -= 1;
      if (failures >= 0) throw new OrchestratorError("storage_busy", "busy");
    },
  };
  const before = await receiving({ state }, host);
  expect([await before.tell(messageUpdate()), state.size]).toEqual([503, 0]);
  expect([await before.tell(messageUpdate()), state.size]).toEqual([200, 1]);
  // Another process, or this one after a restart.
  const after = await receiving({ state });
  expect(await after.tell(messageUpdate())).toBe(200);
  expect(after.recording.received).toEqual([]);
});

it("gives up with 503 where a message is not recorded in time", async () => {
  const { reached, before } = gate();
  const { clock, tell } = await receiving({}, { before });
  const answer = tell(messageUpdate());
  await reached;
  await clock.advance(10_000);
  expect(await answer).toBe(503);
});

/** As those of the npm package are: a class that keeps its members to itself. */
class KeptState {
  readonly #values = new Map<string, unknown>();
  get size(): number {
    return this.#values.size;
  }
  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async get(key: string): Promise<unknown> {
    return this.#values.get(key) ?? null;
  }
  async set(key: string, value: unknown): Promise<void> {
    this.#values.set(key, value);
  }
  async setIfNotExists(key: string, value: unknown): Promise<boolean> {
    if (this.#values.has(key)) return false;
    this.#values.set(key, value);
    return true;
  }
  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }
}

/** Where a message waits until it is let through. */
function gate() {
  let reach: () => void = () => undefined;
  let release: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    reached,
    release: () => release(),
    before() {
      reach();
      return released;
    },
  };
}
