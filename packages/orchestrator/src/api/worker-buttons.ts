import { type InboundMessage, maskText } from "@hybrid-orchestrator/core";
import { type Call, callIn, findDelivery } from "../acknowledge/calls.js";
import { isAddressOf, workerAt } from "../acknowledge/senders.js";
import { workerText } from "../acknowledge/texts.js";
import type { ReadToken } from "../acknowledge/tokens.js";
import { localeOf, whyNot } from "../acknowledge/why-not.js";
import type { Runtime } from "../runtime.js";
import type { Acknowledgements } from "./acknowledgements.js";

/** What became of a button that a worker pressed. */
export interface Pressed {
  readonly status: "acknowledged" | "refused";
  readonly sessionId: string | null;
  /** To be told to them at once. */
  readonly reply: string;
}

/** Takes in the buttons of calls. */
export class WorkerButtons {
  readonly #runtime: Runtime;
  readonly #acknowledgements: Acknowledgements;

  constructor(runtime: Runtime, acknowledgements: Acknowledgements) {
    this.#runtime = runtime;
    this.#acknowledgements = acknowledgements;
  }

  /** Does what the token says, as whoever pressed it, once for each message. */
  async press(message: InboundMessage, read: ReadToken, idempotencyKey: string): Promise<Pressed> {
    const { channel, action: token = "" } = message;
    const delivery = await findDelivery(this.#runtime, { deliveryId: read.deliveryId });
    const call = delivery === null ? null : callIn(delivery);
    if (call === null) {
      this.#runtime.refusals.forged(channel);
      return { status: "refused", sessionId: null, reply: workerText("forged", undefined) };
    }
    const worker = this.#presser(message, call);
    if (worker === null) return this.refuse(call, { worker: null, reason: "foreign" });
    const { sessionId, escalationId } = call;
    const how = { channel, idempotencyKey };
    try {
      const { escalation, action } = await this.#acknowledgements.acknowledge(token, { worker }, how);
      const { reason, question, kind } = escalation;
      const claimed = kind === "question" ? "claimedQuestion" : "claimed";
      const said = { claim: claimed, decline: "declined", approve: "approved", reject: "rejected" } as const;
      const values = { reason: maskText(reason), question: maskText(question ?? reason) };
      const reply = workerText(said[action], localeOf(this.#runtime, worker), values);
      return { status: "acknowledged", sessionId, reply };
    } catch (error) {
      const reply = await whyNot(this.#runtime, error, { escalationId, worker });
      return { status: "refused", sessionId, reply };
    }
  }

  /** Records that something was tried and did nothing. */
  async refuse(
    call: Call,
    { worker, reason }: { readonly worker: string | null; readonly reason: "forged" | "foreign" },
  ): Promise<Pressed> {
    await this.#acknowledgements.refuse(call, { worker, action: null, reason });
    const reply = workerText(reason, localeOf(this.#runtime, worker));
    return { status: "refused", sessionId: call.sessionId, reply };
  }

  /** Who pressed it. A call for one worker is that worker's; where many read, the address tells. */
  #presser(message: InboundMessage, { worker, delivery }: Call): string | null {
    const { channel, author, from, unproven } = message;
    const sender = author ?? from;
    // Without an address the token alone speaks, as a link does.
    if (sender === undefined || unproven === true) return worker;
    const { recipient } = delivery.delivery.message;
    if (worker !== null && isAddressOf(this.#runtime, recipient, { channel, sender })) return worker;
    const known = workerAt(this.#runtime, { channel, sender })?.id ?? null;
    return worker === null || known === worker ? known : null;
  }
}
