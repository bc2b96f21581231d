import {
  hashParts,
  type InboundMessage,
  inboundMessageSchema,
  type NewActivity,
  OrchestratorError,
  parseWith,
  type Received,
} from "@hybrid-orchestrator/core";
import { askForAnswer } from "../decide/agent-calls.js";
import { requestEscalation } from "../decide/escalations.js";
import type { Address } from "../delivery/addresses.js";
import { updateDocument } from "../delivery/documents.js";
import { idempotencyTtlMs } from "../limits.js";
import type { Runtime } from "../runtime.js";
import type { ActivitiesApi } from "./activities.js";

/** Takes in what people answer on a channel. */
export class InboundApi {
  constructor(
    readonly runtime: Runtime,
    readonly activities: ActivitiesApi,
  ) {}

  /** A second arrival of one message is nothing new. An opt-out counts whether or not a session is found. */
  async receive(input: InboundMessage): Promise<Received> {
    const message = parseWith(inboundMessageSchema, input, { name: "inbound message" }) as InboundMessage;
    await this.#heed(message);
    const session = message.session ?? (await this.#answered(message));
    if (session === null) return this.#unmatched(message, "unknown");
    try {
      return await this.#record(session, message);
    } catch (error) {
      if (!OrchestratorError.isInstance(error)) throw error;
      if (error.code === "session_not_found") return this.#unmatched(message, "unknown");
      if (error.code === "session_closed" || error.code === "session_expired")
        return this.#unmatched(message, "closed");
      throw error;
    }
  }

  async #record(session: string, message: InboundMessage): Promise<Received> {
    const { channel, externalId, intent } = message;
    const { sessionId, recorded } = await this.activities.submit(
      session,
      [this.#activity(message)],
      { idempotencyKey: `inbound:${channel}:${externalId}` },
      (work) => {
        if (intent !== "human") {
          const asked = work.rulebook.agents.onMessage !== "never" && work.session.status === "active";
          if (asked && intent === undefined) askForAnswer(work, channel);
          return;
        }
        const reason = `Asked for a human on ${channel}.`;
        requestEscalation(work, { reason, requestedBy: "user", suggestedHumanAction: null });
      },
    );
    return { status: recorded.repeated ? "repeated" : "recorded", sessionId };
  }

  #activity({ channel, text, from, intent, data, occurredAt }: InboundMessage): NewActivity {
    const now = this.runtime.settings.clock.now();
    return {
      type: "message",
      actor: "user",
      channel,
      data: {
        ...data,
        text,
        ...(from !== undefined && { from }),
        ...(intent !== undefined && { intent }),
      },
      // A vendor's clock may be ahead of ours.
      ...(occurredAt !== undefined && { occurredAt: Math.min(occurredAt, now) }),
    };
  }

  /** The session whose message is answered; else the one that last wrote to the sender. */
  async #answered({ channel, inReplyTo, from }: InboundMessage): Promise<string | null> {
    if (inReplyTo !== undefined) {
      const found = await this.runtime.storage.findDelivery({ channel, externalId: inReplyTo });
      if (found !== null) return found.sessionId;
    }
    return from === undefined ? null : this.runtime.addresses.answeredSession({ channel, destination: from });
  }

  /**
   * Before the message is recorded: whoever hands it in tries again until both are durable. Once only, since somebody
   * may have opted in between its first arrival and its second.
   */
  async #heed({ channel, externalId, from, intent }: InboundMessage): Promise<void> {
    if (from === undefined || intent === undefined || intent === "human") return;
    const { storage, addresses, settings } = this.runtime;
    const heeded = {
      aggregate: "key",
      id: `heeded:${hashParts(channel, externalId)}`,
    } as const;
    if ((await storage.getDocument(heeded.aggregate, heeded.id)) !== null) return;
    const address: Address = { channel, destination: from };
    const now = settings.clock.now();
    if (intent === "opt_in") await addresses.unsuppress(address);
    else await addresses.suppress(address, { reason: "opted out", source: "inbound", since: now });
    await updateDocument(storage, heeded, () => ({ body: { intent }, expiresAt: now + idempotencyTtlMs }));
  }

  /** Told to whoever listens, and without a word of it to the log. */
  #unmatched(message: InboundMessage, reason: "unknown" | "closed"): Received {
    const { bus, logger, settings } = this.runtime;
    logger.warn("A message came in that belongs to no open session.", { channel: message.channel, reason });
    bus.emit({
      type: "inbound.unmatched",
      sessionId: null,
      at: settings.clock.now(),
      data: { message, reason },
    });
    return { status: "unmatched", reason };
  }
}
