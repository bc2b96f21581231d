import { type JsonObject, parseJson } from "@hybrid-orchestrator/core";
import type { SettingsOf } from "../config.js";
import type { Email } from "../email.js";
import { type EmailListener, emailListener } from "../listener/listener.js";
import type { Surroundings, Way } from "../way.js";
import { agentClient } from "./client.js";
import { hasThread, readRow } from "./rows.js";
import { readSendAnswer } from "./send.js";
import { handInFrom } from "./watch.js";

/** Through an e-mail agent that serves the contract of `apps/email-agent`. */
export function orchestratorWay(settings: SettingsOf<"orchestrator">, surroundings: Surroundings): Way {
  const { baseUrl, apiKey, trustedOrigins } = settings;
  const { clock } = surroundings;
  const client = agentClient(settings);
  // The agent alone can tell which threads are its own, and it tells beside the mail.
  const threaded = new WeakSet<Email>();
  let listener: EmailListener | undefined;

  function read(row: JsonObject): Email {
    const email = readRow(row);
    if (hasThread(row)) threaded.add(email);
    return email;
  }
  const inbox = (limit: number) => client.list(`/api/emails/inbox?limit=${limit}`);

  return {
    async send({ to, subject, text, message }, { signal, idempotencyKey }) {
      const { deliveryId, urgency, trigger, reason } = message;
      const response = await client.post(
        "/api/orchestrator/send",
        {
          to,
          subject,
          body: text,
          sessionToken: message.sessionId,
          metadata: {
            deliveryId,
            idempotencyKey,
            urgency,
            ...(trigger !== undefined && { trigger }),
            ...(reason !== undefined && { reason }),
          },
        },
        { signal, headers: { "idempotency-key": idempotencyKey } },
      );
      return readSendAnswer(response, clock.now());
    },
    getInbox: async (limit) => (await inbox(limit)).map(read),
    searchEmails: async (query, limit) =>
      (await client.list("/api/emails/search", { query })).slice(0, limit).map(read),
    async checkHealth() {
      const response = await client.get("/api/health");
      if (response.outcome !== "answered")
        return { healthy: false, detail: `it does not answer (${response.error.code})` };
      const health = parseJson(response.body.toString("utf8"));
      const status = (health as { readonly status?: unknown } | null)?.status;
      const healthy = response.status === 200 && (status === undefined || status === "ok");
      return healthy ? { healthy } : { healthy, detail: `it answered ${response.status}` };
    },
    correlate(email) {
      const ids = [email.inReplyTo, ...email.references.toReversed()];
      const inReplyTo = ids.find((id) => id !== "" && !isRoot(id));
      return {
        ...(inReplyTo !== undefined && { inReplyTo }),
        isAnswer: threaded.has(email),
        isOurOwn: false,
      };
    },
    ownIdIn: ([first]) => first,
    watch(handle) {
      listener = emailListener({
        profile: "orchestrator",
        wsUrl: `${baseUrl.replace(/^http/, "ws")}/ws`,
        apiKey,
        trustedOrigins,
        reconnectDelayMs: settings.reconnectDelayMs,
        // A channel is there for as long as its orchestrator.
        maxReconnectAttempts: 0,
        includeExisting: true,
        resync: () => inbox(100),
        ...handInFrom({ inbox, read, handle }),
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

/** The thread's root was never sent, so no delivery has it. */
function isRoot(messageId: string): boolean {
  return messageId.startsWith("<session.");
}
