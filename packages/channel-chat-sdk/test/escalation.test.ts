import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it, vi } from "vitest";
import { chatSdkChannel } from "../src/index.js";
import { loggerTo } from "./harness.js";
import { atEnd, type PlatformServer } from "./platform-server.js";
import {
  ada,
  botMessage,
  clickUpdate,
  messageUpdate,
  secretToken,
  telegramAdapter,
  telegramServer,
} from "./telegram.js";

interface Keyboard {
  readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[];
}

const sent = ({ calls }: PlatformServer, method: string) =>
  calls.filter(({ path }) => path.endsWith(`/${method}`)).map(({ body }) => body);

it("a worker takes an escalation by a button of Telegram's 64 bytes, is told so, and the call says who has it", async () => {
  const telegram = await telegramServer();
  atEnd(() => telegram.close());
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    logger: loggerTo([]),
    plugins: [chatSdkChannel({ adapter: telegramAdapter(telegram.url), audience: "worker" })],
    escalation: {
      policies: {
        support: {
          levels: [{ targets: [{ worker: "ada" }], waitSeconds: 600 }],
          onExhausted: { action: "back_to_ai" },
        },
      },
      acknowledge: { keys: [{ id: 1, secret: createSecret() }] },
    },
  });
  atEnd(() => orchestrator.stop());
  const server = createServer({ orchestrator });
  atEnd(() => server.close());
  await orchestrator.start();
  const { url } = await server.listen({ port: 0 });
  const contact = { addresses: { telegram: String(ada.id) } };
  await orchestrator.workers.register({ id: "ada", name: "ADA", contact });
  await orchestrator.workers.setPresence("ada", "online");
  const { id: session } = await orchestrator.createSession({ recipient: { id: "user" } });
  const { id } = await orchestrator.escalations.open(session, { reason: "stuck" });
  await eventually(() => expect(sent(telegram, "sendMessage")).toHaveLength(1));

  const [call] = sent(telegram, "sendMessage");
  const [buttons = []] = (call?.reply_markup as Keyboard | undefined)?.inline_keyboard ?? [];
  expect(buttons.map(({ text }) => text)).toEqual(["I take it", "Not me"]);
  for (const { callback_data } of buttons) expect(Buffer.byteLength(callback_data)).toBeLessThanOrEqual(64);

  const says = (update: object) =>
    fetch(`${url}/hooks/telegram/webhook`, {
      method: "POST",
      body: JSON.stringify(update),
      headers: { "x-telegram-bot-api-secret-token": secretToken },
    });
  await says(clickUpdate(buttons[0]?.callback_data ?? "", { message: botMessage(101) }, 2));
  await eventually(async () =>
    expect(await orchestrator.escalations.get(id)).toMatchObject({ holder: { worker: "ada" } }),
  );
  await eventually(() => expect(sent(telegram, "sendMessage").at(-1)?.text).toMatch(/^You have it: stuck/));
  await eventually(() => expect(sent(telegram, "editMessageText")).toHaveLength(1));
  expect(sent(telegram, "editMessageText")).toMatchObject([
    {
      message_id: 101,
      text: expect.stringContaining("ADA has it: stuck"),
      reply_markup: { inline_keyboard: [] },
    },
  ]);
  await says(messageUpdate({ message_id: 9, text: "Hello, how can I help?" }, 3));
  const { items } = await orchestrator.listActivities(session, { limit: 50, types: ["message"] });
  expect(items).toMatchObject([{ actor: "human", data: { text: "Hello, how can I help?", worker: "ada" } }]);
});

function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}
