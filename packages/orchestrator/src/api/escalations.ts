import {
  dispositions,
  type Escalation,
  type EscalationQuery,
  type HandBackNote,
  type Page,
  parseWith,
  skillSchema,
  storableText,
  urgencySchema,
} from "@hybrid-orchestrator/core";
import * as machine from "@hybrid-orchestrator/escalation";
import { z } from "zod";
import { applyStep, contextOf, type EscalationRequest, openEscalation } from "../decide/escalations.js";
import { speak } from "../decide/speech.js";
import { requireOpen } from "../decide/status.js";
import type { SessionWork } from "../decide/work.js";
import { escalationNotFound } from "../not-found.js";
import type { Runtime } from "../runtime.js";
import { reserveFor, settlePlace } from "../staff/capacity.js";
import type { Acknowledgements, Expected, TokenView } from "./acknowledgements.js";
import { readContext } from "./escalation-context.js";
import { readHistory, readStatistics, type StatisticsQuery } from "./escalation-reports.js";
import type { References, SessionRef } from "./refs.js";

const name = storableText.min(1).max(100);
const text = z.string().min(1).max(20_000);
const reason = z.string().min(1).max(2_000);
const disposition = z.enum(dispositions).optional();

const newEscalationSchema = z.strictObject({
  kind: z.enum(["takeover", "question"]).default("takeover"),
  reason,
  requestedBy: name.default("api"),
  suggestedHumanAction: z.string().max(2_000).optional(),
  priority: urgencySchema.default("normal"),
  queue: name.optional(),
  skills: z.array(skillSchema).max(20).default([]),
  /** What kind of work it is for a worker's capacity. */
  channel: name.default("chat"),
  policy: name.optional(),
  question: text.optional(),
  /** An ended one that this one takes up again. */
  parentId: name.optional(),
});
export type NewEscalation = z.input<typeof newEscalationSchema>;

const viewSchema = z.enum(machine.contextViews);
const strings = z.array(z.string().min(1).max(2_000)).max(50).default([]);
const handBackSchema = z.strictObject({
  note: z.strictObject({
    text,
    facts: strings,
    decisions: strings,
    promises: strings,
    avoid: strings,
  }),
  /** `continue`: the AI is asked at once. `wait_for_user`: when the user acts. */
  mode: z.enum(["continue", "wait_for_user"]).default("continue"),
  disposition,
});

/** Who acts, and the claim epoch that they saw. */
export interface ByWorker {
  readonly worker: string;
  readonly claimEpoch?: number;
}

export type HandBack = ByWorker & z.input<typeof handBackSchema>;

/** What people are asked for, and what they do about it. An id names an escalation. */
export class EscalationsApi {
  readonly #runtime: Runtime;
  readonly #refs: References;
  readonly #ready: () => Promise<void>;
  readonly #acknowledgements: Acknowledgements;

  constructor(
    runtime: Runtime,
    {
      refs,
      acknowledgements,
      ready,
    }: {
      readonly refs: References;
      readonly acknowledgements: Acknowledgements;
      readonly ready: () => Promise<void>;
    },
  ) {
    this.#runtime = runtime;
    this.#acknowledgements = acknowledgements;
    this.#refs = refs;
    this.#ready = ready;
  }

  /**
   * Asks for a human. A second takeover merges into the open one.
   * @throws OrchestratorError `escalation_limit`, `unknown_name`, `invalid_argument`, and what a session throws
   */
  async open(session: SessionRef, input: NewEscalation): Promise<Escalation> {
    await this.#ready();
    const { suggestedHumanAction, ...rest } = parseWith(newEscalationSchema, input, { name: "escalation" });
    const request: EscalationRequest = { ...rest, suggestedHumanAction: suggestedHumanAction ?? null };
    return this.#refs.submit(session, (work) => {
      requireOpen(work);
      return openEscalation(work, request);
    });
  }

  /**
   * Takes it: of several at once one wins, and the others learn who. A takeover makes the session the worker's; from then
   * on nothing that software wrote leaves.
   * @throws OrchestratorError `escalation_taken`, `escalation_ended`, `no_capacity`, `not_eligible`, `stale_epoch`, `not_found`
   */
  async claim(id: string, by: ByWorker): Promise<Escalation> {
    const escalation = await this.get(id);
    machine.requireOpen(escalation);
    const place = await reserveFor(this.#runtime, escalation, by.worker);
    const { worker } = place;
    try {
      return await this.#step(id, (current, work) =>
        machine.claim(current, { ...by, worker }, contextOf(work)),
      );
    } finally {
      // The commit has an effect for it as well, for whoever dies here.
      await settlePlace(this.#runtime, id, { worker: by.worker, place });
    }
  }

  /** @throws OrchestratorError `not_eligible`, `escalation_ended`, `not_found` */
  async decline(id: string, by: { readonly worker: string; readonly reason?: string }): Promise<Escalation> {
    const declined = { worker: by.worker, reason: by.reason ?? null };
    return this.#step(id, (current, work) => machine.decline(current, declined, contextOf(work)));
  }

  /**
   * Says something to the user, as the human who holds it; to a question: the answer, which the AI goes on with. Whoever
   * decides about an approval does not have the session.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `not_found`, `invalid_argument`
   */
  async reply(id: string, by: ByWorker & { readonly text: string }): Promise<Escalation> {
    const said = parseWith(text, by.text, { name: "reply" });
    return this.#step(id, (current, work) => speak(work, current, { ...by, text: said }));
  }

  /** A word among colleagues. @throws OrchestratorError `escalation_ended`, `data_too_large`, `not_found` */
  async note(id: string, by: { readonly worker: string; readonly text: string }): Promise<Escalation> {
    const note = { worker: by.worker, text: parseWith(text, by.text, { name: "note" }) };
    return this.#step(id, (current, work) => machine.addNote(current, note, contextOf(work)));
  }

  /**
   * Asks somebody else to take it; until they claim it, it stays where it is.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `no_capacity`, `stale_epoch`, `not_found`
   */
  async transfer(
    id: string,
    by: ByWorker & {
      readonly to: { readonly worker: string } | { readonly queue: string };
      readonly note?: string;
      /** How long the other one may think. Default: 120. */
      readonly seconds?: number;
    },
  ): Promise<Escalation> {
    const { to, note = null, seconds = 120, ...who } = by;
    const escalation = await this.get(id);
    machine.requireHolder(escalation, who);
    const place = "worker" in to ? await reserveFor(this.#runtime, escalation, to.worker) : null;
    try {
      return await this.#step(id, (current, work) =>
        machine.requestTransfer(current, { ...who, to, note, seconds }, contextOf(work)),
      );
    } catch (error) {
      if (place !== null) await settlePlace(this.#runtime, id, { worker: place.worker.id, place });
      throw error;
    }
  }

  /**
   * Waits until a moment, or until the user writes.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `not_found`
   */
  async snooze(id: string, by: ByWorker & { readonly until?: number }): Promise<Escalation> {
    const { until = null, ...who } = by;
    return this.#step(id, (current, work) => machine.snooze(current, { ...who, until }, contextOf(work)));
  }

  /**
   * Back to the queue, for somebody else.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `not_found`
   */
  async release(id: string, by: ByWorker & { readonly reason?: string }): Promise<Escalation> {
    const { reason: why = "given back", ...who } = by;
    return this.#step(id, (current, work) =>
      machine.giveBack(current, { ...who, reason: why }, contextOf(work)),
    );
  }

  /**
   * The AI goes on, and gets the note as what is true now.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `not_found`
   */
  async handBack(id: string, by: HandBack): Promise<Escalation> {
    const { worker, claimEpoch, ...rest } = by;
    const read = parseWith(handBackSchema, rest, { name: "hand-back" });
    const note: HandBackNote = read.note;
    const who = claimEpoch === undefined ? { worker } : { worker, claimEpoch };
    return this.#step(id, (current, work) =>
      machine.handBack(
        current,
        { ...who, note, mode: read.mode, disposition: read.disposition ?? null },
        contextOf(work),
      ),
    );
  }

  /**
   * Done. Without a worker it is the application that says so.
   * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `not_found`
   */
  async resolve(
    id: string,
    how: Partial<ByWorker> & {
      readonly outcome?: string;
      readonly disposition?: (typeof dispositions)[number];
      /** Whose the session is afterwards. Default: the AI's. */
      readonly next?: "ai" | "nobody";
    } = {},
  ): Promise<Escalation> {
    const { worker, claimEpoch, outcome = "resolved", next = "ai" } = how;
    const by = worker === undefined ? null : { worker, ...(claimEpoch !== undefined && { claimEpoch }) };
    const judged = parseWith(disposition, how.disposition, { name: "disposition" }) ?? null;
    return this.#step(id, (current, work) =>
      machine.resolve(current, { by, outcome, disposition: judged, next }, contextOf(work)),
    );
  }

  /** Nobody is wanted any more. @throws OrchestratorError `escalation_ended`, `not_found` */
  async cancel(
    id: string,
    why: { readonly reason?: string /** Who says so. */; readonly worker?: string } = {},
  ): Promise<Escalation> {
    const cancelled = { reason: why.reason ?? "cancelled", worker: why.worker ?? null };
    return this.#step(id, (current, work) => machine.cancel(current, cancelled, contextOf(work)));
  }

  /**
   * Does what a token says that came with a call, as the worker whom it called; of several at once one wins, and the
   * others learn who. A token counts once. What is refused does nothing and is the event `escalation.token_refused`.
   * @throws OrchestratorError `invalid_token`, `escalation_taken`, `escalation_ended`, `stale_epoch`, `no_capacity`,
   * `not_eligible`, `approval_mismatch`, `invalid_configuration`
   */
  async acknowledge(token: string, expected: Expected = {}): Promise<Escalation> {
    await this.#ready();
    return (await this.#acknowledgements.acknowledge(token, expected)).escalation;
  }

  /** What a token would do; does nothing. @throws OrchestratorError `invalid_token`, `invalid_configuration` */
  async readToken(token: string): Promise<TokenView> {
    await this.#ready();
    return this.#acknowledgements.read(token);
  }

  /**
   * All that a human needs in order to ask the user for nothing again: every page of the session's log, its messages and
   * their state, what the AI tried. Default view: standard, without private values.
   * @throws OrchestratorError `not_found`, `invalid_argument`
   */
  async context(
    id: string,
    options: {
      readonly view?: machine.ContextView;
      /** What the application says of its form: pages, labels, and which fields are private. */
      readonly form?: machine.ContextSources["form"];
    } = {},
  ): Promise<machine.ContextPackage> {
    const view = parseWith(viewSchema, options.view ?? "standard", { name: "view" });
    const context = await readContext(this.#runtime, await this.get(id), options.form);
    return machine.maskContext(context, view);
  }

  /**
   * Who did what with it and when, and what followed: every durable event, in order. Holds no message; numbers of cards and
   * the like are masked in reasons. What was refused leaves nothing.
   * @throws OrchestratorError `not_found`
   */
  async history(id: string): Promise<readonly machine.HistoryEntry[]> {
    return readHistory(this.#runtime, await this.get(id));
  }

  /**
   * How those went that were opened from one moment up to before another: times, breaches, hand-backs, and what people
   * thought of having been asked. Exact, up to a million escalations.
   * @throws OrchestratorError `invalid_argument`, `data_too_large`
   */
  async statistics(query: StatisticsQuery): Promise<machine.EscalationStatistics> {
    await this.#ready();
    return readStatistics(this.#runtime, query);
  }

  /** @throws OrchestratorError `not_found` */
  async get(id: string): Promise<Escalation> {
    await this.#ready();
    return readEscalation(this.#runtime, id);
  }

  async list(query: Partial<EscalationQuery> = {}): Promise<Page<Escalation>> {
    await this.#ready();
    return this.#runtime.storage.listEscalations({ limit: 100, ...query });
  }

  async #step(
    id: string,
    decide: (escalation: Escalation, work: SessionWork) => machine.Step,
  ): Promise<Escalation> {
    const { sessionId } = await this.get(id);
    return submitAbout(this.#runtime, { id, sessionId }, (escalation, work) => {
      const step = decide(escalation, work);
      applyStep(work, step);
      return step.escalation;
    });
  }
}

/** @throws OrchestratorError `not_found` */
export async function readEscalation({ storage }: Runtime, id: string): Promise<Escalation> {
  const escalation = await storage.getEscalation(id);
  if (escalation !== null) return escalation;
  throw escalationNotFound(id);
}

/** Puts something about an escalation, an ended one too, into the line of its session. */
export function submitAbout(
  runtime: Runtime,
  { id, sessionId }: Pick<Escalation, "id" | "sessionId">,
  apply: (escalation: Escalation, work: SessionWork) => Escalation,
): Promise<Escalation> {
  return runtime.submit(
    sessionId,
    (work) => {
      const escalation = work.escalation(id);
      if (escalation === undefined) throw escalationNotFound(id);
      return apply(escalation, work);
    },
    { escalationIds: [id] },
  );
}
