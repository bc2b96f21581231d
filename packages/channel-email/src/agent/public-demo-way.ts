import type { SettingsOf } from "../config.js";
import { type EmailListener, emailListener } from "../listener/listener.js";
import { replyTokens } from "../reply-tokens.js";
import { smtpSender } from "../smtp/send.js";
import type { Surroundings, Way } from "../way.js";
import { agentClient } from "./client.js";
import { readRow } from "./rows.js";
import { handInFrom } from "./watch.js";

/** The public demo of an e-mail agent, which reads alone; with a sender, mail leaves by SMTP. */
export function publicDemoWay(settings: SettingsOf<"public-demo">, surroundings: Surroundings): Way {
  const { baseUrl, trustedOrigins, sender, name, timeoutSeconds } = settings;
  const { clock } = surroundings;
  const client = agentClient(settings);
  const tokens = sender && replyTokens(sender, () => clock.now());
  const smtp = sender && tokens && smtpSender({ sender, name, timeoutSeconds, tokens, clock });
  let listener: EmailListener | undefined;
  const inbox = (limit: number) => client.list(`/api/emails/inbox?limit=${limit}`);

  return {
    ...(smtp && { send: smtp.send }),
    getInbox: async (limit) => (await inbox(limit)).slice(0, limit).map(readRow),
    searchEmails: async (query, limit) =>
      (await client.list("/api/emails/search", { query })).slice(0, limit).map(readRow),
    async checkHealth() {
      // It has no route for it.
      const response = await client.get("/api/emails/inbox?limit=1");
      if (response.outcome !== "answered")
        return { healthy: false, detail: `it does not answer (${response.error.code})` };
      if (response.status !== 200) return { healthy: false, detail: `it answered ${response.status}` };
      const sending = await smtp?.check();
      return sending === undefined || sending.outcome === "sent"
        ? { healthy: true }
        : { healthy: false, detail: `SMTP: ${sending.reason}` };
    },
    correlate: (email) => tokens?.correlate(email) ?? { isAnswer: false, isOurOwn: false },
    ownIdIn: (messageIds) => tokens?.ownIdIn(messageIds),
    watch(handle) {
      listener = emailListener({
        profile: "public-demo",
        wsUrl: `${baseUrl.replace(/^http/, "ws")}/ws`,
        trustedOrigins,
        reconnectDelayMs: settings.reconnectDelayMs,
        maxReconnectAttempts: 0,
        includeExisting: true,
        resync: () => inbox(100),
        ...handInFrom({ inbox, read: readRow, handle }),
        ...surroundings,
      });
      listener.start();
    },
    async stop() {
      await listener?.stop();
      await client.close();
    },
  };
}
