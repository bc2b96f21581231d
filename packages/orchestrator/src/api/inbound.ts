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
import type { Acknowledgements } from "./acknowledgements.js";
import type { ActivitiesApi } from "./activities.js";
import { keyOf, type ToKeep, WorkerReplies } from "./worker-replies.js";

/** Takes in what people answer on a channel. */
export class InboundApi {
  readonly runtime: Runtime;
  readonly activities: ActivitiesApi;
  readonly #workers: WorkerReplies;

  constructor(
    runtime: Runtime,
    apis: { readonly activities: ActivitiesApi; readonly acknowledgements: Acknowledgements },
  ) {
    this.runtime = runtime;
    this.activities = apis.activities;
    this.#workers = new WorkerReplies(runtime, apis.acknowledgements);
  }

  /** A second arrival of one message is nothing new. An opt-out counts whether or not a session is found. */
  async receive(input: InboundMessage): Promise<Received> {
    const message = parseWith(inboundMessageSchema, input, { name: "inbound message" }) as InboundMessage;
    await this.#heed(message);
    const workers = await this.#workers.take(message);
    if (workers !== null && workers.status !== "keep") return workers;
    const session = workers?.sessionId ?? message.session ?? (await this.#answered(message));
    if (session === null) return this.#unmatched(message, "unknown");
    try {
      return await this.#record(session, message, workers);
    } catch (error) {
      if (!OrchestratorError.isInstance(error)) throw error;
      if (error.code === "session_not_found") return this.#unmatched(message, "unknown");
      const isClosed = error.code === "session_closed" || error.code === "session_expired";
      // Nobody is to open a session for what a worker wrote.
      if (isClosed && workers !== null) return { status: "unmatched", reason: "closed" };
      if (isClosed) return this.#unmatched(message, "closed");
      throw error;
    }
  }

  async #record(session: string, message: InboundMessage, by: ToKeep | null): Promise<Received> {
    const { channel, intent } = message;
    const { sessionId, recorded } = await this.activities.submit(
      session,
      [this.#activity(message, by)],
      { idempotencyKey: keyOf(message) },
      (work) => {
        if (intent !== "human") {
          const asked = work.rulebook.agents.onMessage !== "never" && work.session.status === "active";
          // A worker's word among colleagues waits for no answer of the agent's.
          if (asked && intent === undefined && by === null) askForAnswer(work, channel);
          return;
        }
        const reason = `Asked for a human on ${channel}.`;
        const requestedBy = by === null ? "user" : `worker:${by.worker ?? "unknown"}`;
        requestEscalation(work, { reason, requestedBy, suggestedHumanAction: null });
      },
    );
    return { status: recorded.repeated ? "repeated" : "recorded", sessionId };
  }

  #activity(
    { channel, text, from, intent, data, occurredAt }: InboundMessage,
    by: ToKeep | null,
  ): NewActivity {
    const now = this.runtime.settings.clock.now();
    return {
      // What a worker writes is no word of the user's, nor one to the user.
      ...(by === null ? { type: "message", actor: "user" } : { type: "worker_message", actor: "human" }),
      channel,
      data: {
        ...data,
        text,
        ...(from !== undefined && { from }),
        ...(intent !== undefined && { intent }),
        ...(by?.worker != null && { worker: by.worker }),
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
