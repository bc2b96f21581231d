import {
  type Escalation,
  hasEnded,
  type InboundMessage,
  maskText,
  OrchestratorError,
  type Received,
} from "@hybrid-orchestrator/core";
import { addNote } from "@hybrid-orchestrator/escalation";
import { act } from "../acknowledge/act.js";
import { type Call, callIn } from "../acknowledge/calls.js";
import { expectedFrom, heldBy } from "../acknowledge/expected.js";
import { type Place, placeOf } from "../acknowledge/place.js";
import { stateText } from "../acknowledge/state-text.js";
import { answerIn, type WorkerText, workerText } from "../acknowledge/texts.js";
import { Throttle } from "../acknowledge/throttle.js";
import { localeOf, whyNot } from "../acknowledge/why-not.js";
import { applyStep, contextOf } from "../decide/escalations.js";
import { notify } from "../decide/notices.js";
import { speak } from "../decide/speech.js";
import type { SessionWork } from "../decide/work.js";
import { idempotencyTtlMs } from "../limits.js";
import { escalationNotFound } from "../not-found.js";
import type { Runtime } from "../runtime.js";
import type { Acknowledgements } from "./acknowledgements.js";
import { WorkerButtons } from "./worker-buttons.js";

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
  readonly #buttons: WorkerButtons;
  readonly #hints = new Throttle({ most: mostHints, windowMs: 600_000 });

  constructor(runtime: Runtime, acknowledgements: Acknowledgements) {
    this.#runtime = runtime;
    this.#buttons = new WorkerButtons(runtime, acknowledgements);
  }

  /** Null: it answers nothing that went to a worker. */
  async take(message: InboundMessage): Promise<OwnWord | null> {
    const { callTokens } = this.#runtime;
    const read = message.action === undefined ? null : (callTokens?.read(message.action) ?? null);
    if (read !== null) return this.#buttons.press(message, read, keyOf(message));
    const place = await placeOf(this.#runtime, message);
    if (place === null) return null;
    const call = callIn(place.answered);
    if (message.action !== undefined && call !== null && callTokens !== null)
      return this.#buttons.refuse(call, { worker: place.worker, reason: "forged" });
    return this.#said(message, place);
  }

  async #said(message: InboundMessage, place: Place): Promise<OwnWord> {
    const { worker, sessionId } = place;
    const { text, intent, author } = message;
    const keep: ToKeep = { status: "keep", sessionId, worker };
    // An opt-out is never an answer; and where many read, colleagues talk to each other.
    const isAnswer = (intent === undefined || intent === "human") && author === undefined;
    if (worker === null || !isAnswer || text.trim() === "" || this.#runtime.rulebook().escalation === null)
      return keep;
    const word = this.#runtime.callTokens === null ? null : answerIn(text);
    const held = await heldBy(this.#runtime, worker, place);
    // A "yes" to what the user asked is for the user, whoever else is calling.
    if (word !== null && (held.length === 0 || callIn(place.answered) !== null)) {
      const [call, ...more] = await expectedFrom(this.#runtime, worker, place);
      if (more.length > 0) return this.#hint(message, { place, worker, says: "several" });
      if (call !== undefined) return this.#answer(message, { call, action: word, worker });
      return this.#hint(message, { place, worker, says: null });
    }
    const [only, ...others] = held;
    if (only === undefined) return this.#hint(message, { place, worker, says: "notHeld" });
    if (others.length > 0) return this.#hint(message, { place, worker, says: "holdsSeveral" });
    if (!place.byReference && only.sessionId !== sessionId)
      return this.#askAgain(message, { escalation: only, worker });
    return this.#relay(message, { escalation: only, place, worker });
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
      const text = await whyNot(this.#runtime, error, { escalationId, worker });
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

  /**
   * They were written to about something else since: what was an answer to that must not reach the user. Asked about the
   * conversation that they hold, so that what comes next answers that.
   */
  async #askAgain(
    message: InboundMessage,
    { escalation, worker }: { readonly escalation: Escalation; readonly worker: string },
  ): Promise<OwnWord> {
    const { id: escalationId, sessionId, reason } = escalation;
    const text = workerText("again", localeOf(this.#runtime, worker), { reason: maskText(reason) });
    return this.#commit(message, { sessionId, escalationId }, (work, current) =>
      this.#tell(work, current, { message, worker, text }),
    );
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
    const locale = localeOf(this.#runtime, worker);
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
        if (escalation === undefined) throw escalationNotFound(escalationId);
        apply(work, escalation);
        const outcome = { fromSeq: work.session.lastSeq + 1, count: 0 };
        work.addIdempotency({ key, outcome, expiresAt: work.now + idempotencyTtlMs });
        return "recorded" as const;
      },
      { escalationIds: [escalationId], idempotencyKey: key },
    );
    return { status, sessionId };
  }
}

export function keyOf({ channel, externalId }: InboundMessage): string {
  return `inbound:${channel}:${externalId}`;
}
