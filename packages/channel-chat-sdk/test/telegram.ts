import { createTelegramAdapter } from "@chat-adapter/telegram";
import { silent } from "../src/silent-logger.js";
import { type Answer, answerJson, type PlatformServer, platformServer } from "./platform-server.js";

export const botToken = "123456789:SecretOfTheTelegramBot";
export const secretToken = "secret-of-the-webhook";
const botId = 123_456_789;
const bot = { id: botId, is_bot: true, first_name: "Assistant", username: "assistant_bot" };

/** Source: core.telegram.org/bots/api. `sending` answers in place of a message that was sent. */
export async function telegramServer(sending?: Answer): Promise<PlatformServer> {
  let messageId = 100;
  return platformServer((call, response) => {
    const ok = (result: unknown) => answerJson(response, 200, { ok: true, result });
    switch (call.path) {
      case `/bot${botToken}/getMe`:
        return ok(bot);
      case `/bot${botToken}/sendChatAction`:
      case `/bot${botToken}/answerCallbackQuery`:
        return ok(true);
      case `/bot${botToken}/sendMessage`: {
        if (sending !== undefined) return sending(call, response);
        messageId += 1;
        const { chat_id: chatId, text } = call.body;
        const chat = { id: Number(chatId), type: Number(chatId) < 0 ? "supergroup" : "private" };
        return ok({ message_id: messageId, date: 1_735_689_600, chat, from: bot, text });
      }
      case `/bot${botToken}/editMessageText`: {
        const { chat_id: chatId, message_id, text } = call.body;
        const chat = { id: Number(chatId), type: "private" };
        return ok({ message_id, date: 1_735_689_600, edit_date: 1_735_689_700, chat, from: bot, text });
      }
      default:
        return refusing(404, "Not Found")(call, response);
    }
  });
}

export function refusing(status: number, description: string, parameters?: object): Answer {
  return (_, response) =>
    answerJson(response, status, { ok: false, error_code: status, description, parameters });
}

export function telegramAdapter(apiUrl: string) {
  return createTelegramAdapter({ mode: "webhook", botToken, secretToken, apiUrl, logger: silent });
}

export const ada = { id: 4_155_550_123, is_bot: false, first_name: "Ada", username: "ada" };
const adaChat = { id: ada.id, type: "private", first_name: "Ada" };
export const group = { id: -1_001_234_567_890, type: "supergroup", title: "Team" };

/** An update with something that Ada wrote. */
export function messageUpdate(message: object = {}, update_id = 1): object {
  return {
    update_id,
    message: {
      message_id: 7,
      date: 1_735_689_600,
      chat: adaChat,
      from: ada,
      text: "Yes, please",
      ...message,
    },
  };
}

/** What the bot had written, as it stands in updates. */
export function botMessage(messageId: number, changes: object = {}): object {
  return {
    message_id: messageId,
    date: 1_735_689_000,
    chat: adaChat,
    from: bot,
    text: "Shall I?",
    ...changes,
  };
}

export function clickUpdate(data: string, query: object = {}, update_id = 2): object {
  return {
    update_id,
    callback_query: {
      id: "4382bfdwdsb323b2d9",
      from: ada,
      chat_instance: "1",
      message: botMessage(101),
      data,
      ...query,
    },
  };
}
