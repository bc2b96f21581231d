import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { chatSdkChannel } from "../src/index.js";
import { loggerTo } from "./harness.js";
import { atEnd } from "./platform-server.js";
import {
  botMessage,
  botToken,
  clickUpdate,
  messageUpdate,
  secretToken,
  telegramAdapter,
  telegramServer,
} from "./telegram.js";
import {
  accessToken,
  appSecret,
  notification,
  signedBy,
  textMessage,
  waId,
  whatsAppAdapter,
  whatsAppServer,
} from "./whatsapp.js";

it("two platforms in one orchestrator: answers, clicks and replays find their sessions", async () => {
  const [telegram, whatsApp] = [await telegramServer(), await whatsAppServer()];
  atEnd(() => telegram.close());
  atEnd(() => whatsApp.close());
  const lines: string[] = [];
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    logger: loggerTo(lines),
    plugins: [
      chatSdkChannel({ adapter: telegramAdapter(telegram.url) }),
      chatSdkChannel({ adapter: whatsAppAdapter(whatsApp.url) }),
    ],
  });
  atEnd(() => orchestrator.stop());
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  await orchestrator.start();
  const { url } = await server.listen({ port: 0 });

  async function post(path: string, body: string, headers: Record<string, string>): Promise<number> {
    return (await fetch(`${url}/hooks/${path}/webhook`, { method: "POST", body, headers })).status;
  }
  const telegramSays = (update: object) =>
    post("telegram", JSON.stringify(update), { "x-telegram-bot-api-secret-token": secretToken });
  const whatsAppSays = (body: string) => post("whatsapp", body, signedBy(appSecret, body));

  async function sent(session: string, content: string): Promise<void> {
    const isSent = new Promise<void>((resolve) => orchestrator.on("delivery.sent", () => resolve()));
    await orchestrator.send(session, { content });
    await isSent;
  }
  async function texts(session: string): Promise<unknown[]> {
    const { items } = await orchestrator.listActivities(session, { limit: 10, order: "asc" });
    return items.map(({ channel, data }) => [channel, data.text]);
  }

  const ada = { id: "ada", addresses: { telegram: "4155550123" } };
  const first = await orchestrator.createSession({ recipient: ada });
  const second = await orchestrator.createSession({ recipient: ada });
  const other = await orchestrator.createSession({ recipient: { id: "bea", addresses: { whatsapp: waId } } });
  await sent(first.id, "Shall I file it?");
  await sent(second.id, "Another matter.");
  await sent(other.id, "Are you there?");

  // What answers the first message goes to its session, though the other wrote last; so does a click at it.
  const reply = messageUpdate({ reply_to_message: botMessage(101) }, 1);
  expect([await telegramSays(reply), await telegramSays(reply)]).toEqual([200, 200]);
  expect(await telegramSays(clickUpdate('chat:{"a":"file"}', {}, 2))).toBe(200);
  expect(await telegramSays(messageUpdate({ message_id: 8, text: "And this?" }, 3))).toBe(200);
  const answer = notification(textMessage("I am"));
  expect([await whatsAppSays(answer), await whatsAppSays(answer)]).toEqual([200, 200]);

  expect(await texts(first.id)).toEqual([
    ["telegram", "Yes, please"],
    ["telegram", "file"],
  ]);
  expect(await texts(second.id)).toEqual([["telegram", "And this?"]]);
  expect(await texts(other.id)).toEqual([["whatsapp", "I am"]]);
  for (const secret of [botToken, secretToken, accessToken, appSecret, "4155550123"])
    expect(lines.join("\n")).not.toContain(secret);
});
