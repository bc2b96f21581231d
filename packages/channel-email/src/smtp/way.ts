import type { SettingsOf } from "../config.js";
import { replyTokens } from "../reply-tokens.js";
import type { Surroundings, Way } from "../way.js";
import { type ImapInbox, watchInbox } from "./inbox.js";
import { smtpSender } from "./send.js";

/** Mail by SMTP, answers by IMAP. */
export function smtpWay(settings: SettingsOf<"smtp">, surroundings: Surroundings): Way {
  const { imap, name, timeoutSeconds } = settings;
  const { clock } = surroundings;
  const tokens = replyTokens(settings, () => clock.now());
  const { send, check } = smtpSender({ sender: settings, name, timeoutSeconds, tokens, clock });
  let inbox: ImapInbox | undefined;

  return {
    send,
    correlate: tokens.correlate,
    ownIdIn: tokens.ownIdIn,
    async checkHealth() {
      const smtp = await check();
      if (smtp.outcome !== "sent") return { healthy: false, detail: `SMTP: ${smtp.reason}` };
      if (inbox?.state() === "connecting") return { healthy: false, detail: "IMAP: not connected" };
      return { healthy: true };
    },
    ...(imap !== undefined && {
      getInbox: async (limit: number) => (await inbox?.newest(limit)) ?? [],
      searchEmails: async (query: string, limit: number) => (await inbox?.search(query, limit)) ?? [],
      watch(handle) {
        inbox = watchInbox(imap, surroundings, handle);
      },
    }),
    async stop() {
      await inbox?.stop();
    },
  };
}
