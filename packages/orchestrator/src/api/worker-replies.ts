import { noticesTo } from "@hybrid-orchestrator/channel-hub";
import {
  type DeliveryEffect,
  type Escalation,
  hasEnded,
  type InboundMessage,
  OrchestratorError,
  type Received,
} from "@hybrid-orchestrator/core";
import { addNote, isTransferredTo } from "@hybrid-orchestrator/escalation";
import { act } from "../acknowledge/act.js";
import { type Call, callIn, findDelivery } from "../acknowledge/calls.js";
import { isAddressOf, workerAt } from "../acknowledge/senders.js";
import { stateText } from "../acknowledge/state-text.js";
import { answerIn, type WorkerText, workerText } from "../acknowledge/texts.js";
import { Throttle } from "../acknowledge/throttle.js";
import type { ReadToken } from "../acknowledge/tokens.js";
import { applyStep, contextOf } from "../decide/escalations.js";
import { notify } from "../decide/notices.js";
import { speak } from "../decide/speech.js";
import type { SessionWork } from "../decide/work.js";
import { idempotencyTtlMs } from "../limits.js";
import type { Runtime } from "../runtime.js";
import type { Acknowledgements } from "./acknowledgements.js";

/** What went to a worker's address and is answered from there. */
interface Place {
  readonly sessionId: string;
  /** What is answered: the message that is named, or the newest there. */
  readonly answered: DeliveryEffect;
  /** Whoever writes, where their address proves it. */
  readonly worker: string | null;
  /** Whether the message itself says which session it is about. */
  readonly byReference: boolean;
  /** Deliveries to that address that may be answered, newest first. */
  readonly deliveries: readonly string[];
}

/** To be kept in the session's log as a worker's word, and told to nobody. */
export interface ToKeep {
  readonly status: "keep";
  readonly sessionId: string;
  readonly worker: string | null;
}

type OwnWord = Extract<Received, { status: "acknowledged" | "refused" | "recorded" | "repeated" }> | ToKeep;

const longestReply = 20_000;
/** Hints to one worker in ten minutes; a machine that answers each of them ends so. */
const mostHints = 10;

/** Takes in what workers answer to what went to them: it is never the user's word. */
export class WorkerReplies {
  readonly #runtime: Runtime;
  readonly #acknowledgements: Acknowledgements;
  readonly #hints = new Throttle({ most: mostHints, windowMs: 600_000 });

  constructor(runtime: Runtime, acknowledgements: Acknowledgements) {
    this.#runtime = runtime;
    this.#acknowledgements = acknowledgements;
  }

  /** Null: it answers nothing that went to a worker. */
  async take(message: InboundMessage): Promise<OwnWord | null> {
    const { callTokens } = this.#runtime;
    const read = message.action === undefined ? null : (callTokens?.read(message.action) ?? null);
    if (read !== null) return this.#pressed(message, read);
    const place = await this.#placeOf(message);
    if (place === null) return null;
    const call = callIn(place.answered);
    if (message.action !== undefined && call !== null && callTokens !== null)
      return this.#refuse(call, { worker: place.worker, reason: "forged" });
    return this.#said(message, place);
  }

  // A button

  async #pressed(message: InboundMessage, read: ReadToken): Promise<OwnWord> {
    const { channel, action: token = "" } = message;
    const delivery = await findDelivery(this.#runtime, { deliveryId: read.deliveryId });
    const call = delivery === null ? null : callIn(delivery);
    if (call === null) {
      this.#runtime.refusals.forged(channel);
      return { status: "refused", sessionId: null, reply: workerText("forged", undefined) };
    }
    const worker = this.#presser(message, call);
    if (worker === null) return this.#refuse(call, { worker: null, reason: "foreign" });
    const { sessionId } = call;
    const locale = this.#localeOf(worker);
    try {
      const { escalation, action } = await this.#acknowledgements.acknowledge(
        token,
        { worker },
        { channel, idempotencyKey: keyOf(message) },
      );
      const { reason, question, kind } = escalation;
      const values = { reason, question: question ?? reason };
      const claimed = kind === "question" ? "claimedQuestion" : "claimed";
      const said = { claim: claimed, decline: "declined", approve: "approved", reject: "rejected" } as const;
      return { status: "acknowledged", sessionId, reply: workerText(said[action], locale, values) };
    } catch (error) {
      const reply = await this.#whyNot(error, call.escalationId, worker);
      return { status: "refused", sessionId, reply };
    }
  }

  /** Who pressed it. A call for one worker is that worker's; where many read, the address tells. */
  #presser({ channel, author, from, unproven }: InboundMessage, { worker, delivery }: Call): string | null {
    const sender = author ?? from;
    // Without an address the token alone speaks, as a link does.
    if (sender === undefined || unproven === true) return worker;
    const { recipient } = delivery.delivery.message;
    if (worker !== null && isAddressOf(this.#runtime, recipient, { channel, sender })) return worker;
    const known = workerAt(this.#runtime, { channel, sender })?.id ?? null;
    return worker === null || known === worker ? known : null;
  }

  async #refuse(
    call: Call,
    { worker, reason }: { readonly worker: string | null; readonly reason: "forged" | "foreign" },
  ): Promise<OwnWord> {
    await this.#acknowledgements.refuse(call, { worker, action: null, reason });
    const locale = worker === null ? undefined : this.#localeOf(worker);
    return { status: "refused", sessionId: call.sessionId, reply: workerText(reason, locale) };
  }

  /** @throws what is no worker's business, such as a storage that fails */
  async #whyNot(error: unknown, escalationId: string, worker: string): Promise<string> {
    if (!OrchestratorError.isInstance(error)) throw error;
    if (error.retryable && error.code !== "no_capacity") throw error;
    const locale = this.#localeOf(worker);
    if (error.code === "no_capacity" || error.code === "not_eligible") return workerText(error.code, locale);
    const escalation = await this.#runtime.storage.getEscalation(escalationId);
    const staff = this.#runtime.directory.staff();
    return (
      (escalation && stateText(escalation, { worker, staff, locale })) ??
      (error.code === "stale_epoch" ? workerText("stale", locale) : error.message)
    );
  }

  // Words

  async #placeOf(message: InboundMessage): Promise<Place | null> {
    const { channel, inReplyTo, from, author, session } = message;
    const { addresses, settings, hub } = this.#runtime;
    const named =
      inReplyTo === undefined ? null : await findDelivery(this.#runtime, { channel, externalId: inReplyTo });
    if (named !== null && named.delivery.message.audience !== "worker") return null;
    const sender = author ?? from;
    const view = hub.views().channels.get(channel);
    const destination = named === null ? from : view?.destination(named.delivery.message.recipient);
    const state = destination === undefined ? null : await addresses.read({ channel, destination });
    const about = named?.sessionId ?? session;
    const notices = (state === null ? [] : noticesTo(state, settings.clock.now())).filter(
      ({ sessionId }) => about === undefined || sessionId === about,
    );
    const [newest] = notices;
    if (named === null) {
      if (newest === undefined || state === null) return null;
      const { lastSession } = state;
      const isUsers =
        lastSession !== null && lastSession.at > newest.at && (about ?? lastSession.id) === lastSession.id;
      if (isUsers) return null;
    }
    // A thread is named by its first message, whatever is answered in it.
    const isExact = named !== null && (newest === undefined || view?.capabilities.threads !== true);
    const answered =
      isExact || newest === undefined
        ? named
        : await findDelivery(this.#runtime, { deliveryId: newest.deliveryId });
    if (answered === null) return null;
    const isProven = message.unproven !== true || named !== null;
    return {
      sessionId: answered.sessionId,
      answered,
      worker: sender === undefined || !isProven ? null : this.#writer(answered, { channel, sender }),
      byReference: about !== undefined,
      deliveries: notices.map(({ deliveryId }) => deliveryId),
    };
  }

  #writer(
    answered: DeliveryEffect,
    at: { readonly channel: string; readonly sender: string },
  ): string | null {
    const { recipient } = answered.delivery.message;
    const isTheirs =
      this.#runtime.directory.staff().workers.has(recipient.id) && isAddressOf(this.#runtime, recipient, at);
    return isTheirs ? recipient.id : (workerAt(this.#runtime, at)?.id ?? null);
  }

  async #said(message: InboundMessage, place: Place): Promise<OwnWord> {
    const { worker, sessionId } = place;
    const { text, intent } = message;
    const keep: ToKeep = { status: "keep", sessionId, worker };
    // An opt-out is never an answer.
    const isAnswer = intent === undefined || intent === "human";
    if (worker === null || !isAnswer || text.trim() === "" || this.#runtime.rulebook().escalation === null)
      return keep;
    const word = this.#runtime.callTokens === null ? null : answerIn(text);
    const held = await this.#held(worker, place);
    // A "yes" to what the user asked is for the user, whoever else is calling.
    if (word !== null && (held.length === 0 || callIn(place.answered) !== null)) {
      const [call, ...more] = await this.#expected(worker, place);
      if (more.length > 0) return this.#hint(message, { place, worker, says: "several" });
      if (call !== undefined) return this.#answer(message, { call, action: word, worker });
      return this.#hint(message, { place, worker, says: null });
    }
    const [only, ...others] = held;
    if (only === undefined) return this.#hint(message, { place, worker, says: "notHeld" });
    if (others.length > 0) return this.#hint(message, { place, worker, says: "holdsSeveral" });
    return this.#relay(message, { escalation: only, place, worker });
  }

  /** What the worker holds there: one, where the message says which session it is about. */
  async #held(worker: string, { byReference, sessionId, answered }: Place): Promise<readonly Escalation[]> {
    const { items } = await this.#runtime.storage.listEscalations({
      worker,
      kind: ["takeover", "question"],
      status: ["claimed", "in_progress", "waiting"],
      limit: 100,
    });
    if (!byReference) return items;
    const here = items.filter((escalation) => escalation.sessionId === sessionId);
    const named = here.find(({ id }) => id === answered.delivery.message.metadata.escalationId);
    return [named ?? here.find(({ kind }) => kind === "takeover") ?? here[0] ?? []].flat();
  }

  /** Calls to that address that are still unanswered, one for each escalation. */
  async #expected(worker: string, { deliveries, answered }: Place): Promise<readonly Call[]> {
    const { settings, storage, directory } = this.#runtime;
    const now = settings.clock.now();
    const record = directory.staff().workers.get(worker);
    const calls = new Map<string, Call | null>();
    for (const deliveryId of new Set([...deliveries, answered.id])) {
      const delivery = await findDelivery(this.#runtime, { deliveryId });
      const call = delivery === null ? null : callIn(delivery);
      if (call === null || calls.has(call.escalationId)) continue;
      const expiresAt = this.#runtime.callTokens?.sign("claim", call.delivery).expiresAt ?? 0;
      const escalation = await storage.getEscalation(call.escalationId);
      const isOpen =
        escalation !== null &&
        escalation.kind !== "approval" &&
        !hasEnded(escalation.status) &&
        escalation.claimEpoch === call.claimEpoch &&
        expiresAt > now &&
        (call.worker === null || call.worker === worker) &&
        !escalation.skipped.some((skip) => skip.worker === worker && skip.until > now) &&
        (escalation.holder === null ||
          (escalation.transfer !== null &&
            record !== undefined &&
            isTransferredTo(escalation.transfer, record)));
      calls.set(call.escalationId, isOpen ? call : null);
    }
    return [...calls.values()].filter((call) => call !== null);
  }

  async #answer(
    message: InboundMessage,
    {
      call,
      action,
      worker,
    }: { readonly call: Call; readonly action: "claim" | "decline"; readonly worker: string },
  ): Promise<OwnWord> {
    const { sessionId, escalationId } = call;
    const tokenId = this.#runtime.callTokens?.sign(action, call.delivery).id ?? "";
    try {
      const acted = await act(this.#runtime, this.#runtime.refusals, {
        ...{ call, action, worker, tokenId },
        idempotencyKey: keyOf(message),
        tellOn: message.channel,
      });
      if (acted.kind === "repeated") return { status: "repeated", sessionId };
      return { status: acted.kind === "done" ? "acknowledged" : "refused", sessionId, reply: null };
    } catch (error) {
      const text = await this.#whyNot(error, escalationId, worker);
      await this.#commit(message, { sessionId, escalationId }, (work, escalation) => {
        this.#tell(work, escalation, { message, worker, text });
      });
      return { status: "refused", sessionId, reply: null };
    }
  }

  /** The holder's words go to the user, or are the answer that was asked for. */
  async #relay(
    message: InboundMessage,
    {
      escalation,
      place,
      worker,
    }: { readonly escalation: Escalation; readonly place: Place; readonly worker: string },
  ): Promise<OwnWord> {
    const { id: escalationId, sessionId } = escalation;
    const text = message.text.slice(0, longestReply);
    try {
      return await this.#commit(message, { sessionId, escalationId }, (work, current) =>
        applyStep(work, speak(work, current, { worker, text })),
      );
    } catch (error) {
      const codes = ["not_holder", "escalation_ended", "session_closed", "session_expired"] as const;
      if (!codes.some((code) => OrchestratorError.isInstance(error, code))) throw error;
      return this.#hint(message, { place, worker, says: "notHeld" });
    }
  }

  /** What was written goes to nobody but the colleagues, and whoever wrote it learns that. */
  async #hint(
    message: InboundMessage,
    {
      place,
      worker,
      says,
    }: { readonly place: Place; readonly worker: string; readonly says: WorkerText | null },
  ): Promise<OwnWord> {
    const { sessionId, answered } = place;
    const { escalationId } = answered.delivery.message.metadata;
    if (typeof escalationId !== "string") return { status: "keep", sessionId, worker };
    const locale = this.#localeOf(worker);
    const staff = this.#runtime.directory.staff();
    const isState = says === null || says === "notHeld";
    return this.#commit(message, { sessionId, escalationId }, (work, escalation) => {
      const otherwise = says === null ? "taken" : "notPassedOn";
      const state = isState ? stateText(escalation, { worker, staff, locale, otherwise }) : null;
      const text = state ?? workerText(says ?? "stale", locale);
      let current = escalation;
      if (says !== null && !hasEnded(escalation.status)) {
        const note = { worker, text: message.text.slice(0, longestReply) };
        const step = addNote(escalation, note, contextOf(work));
        applyStep(work, step);
        current = step.escalation;
      }
      this.#tell(work, current, { message, worker, text });
    });
  }

  #tell(
    work: SessionWork,
    escalation: Escalation,
    {
      message,
      worker,
      text,
    }: { readonly message: InboundMessage; readonly worker: string; readonly text: string },
  ): void {
    if (!this.#hints.allows(worker, work.now)) return;
    notify(work, escalation, { text, urgency: "normal", worker, channel: message.channel });
  }

  /** One message counts once. */
  async #commit(
    message: InboundMessage,
    { sessionId, escalationId }: { readonly sessionId: string; readonly escalationId: string },
    apply: (work: SessionWork, escalation: Escalation) => void,
  ): Promise<Extract<Received, { status: "recorded" | "repeated" }>> {
    const key = keyOf(message);
    const status = await this.#runtime.submit(
      sessionId,
      (work) => {
        if (work.idempotent(key) !== undefined) return "repeated" as const;
        const escalation = work.escalation(escalationId);
        if (escalation === undefined)
          throw new OrchestratorError("not_found", `No escalation has the id ${escalationId}.`);
        apply(work, escalation);
        const outcome = { fromSeq: work.session.lastSeq + 1, count: 0 };
        work.addIdempotency({ key, outcome, expiresAt: work.now + idempotencyTtlMs });
        return "recorded" as const;
      },
      { escalationIds: [escalationId], idempotencyKey: key },
    );
    return { status, sessionId };
  }

  #localeOf(worker: string): string | undefined {
    return this.#runtime.directory.staff().workers.get(worker)?.contact?.locale;
  }
}

export function keyOf({ channel, externalId }: InboundMessage): string {
  return `inbound:${channel}:${externalId}`;
}
