import type {
  Escalation,
  EscalationEventData,
  HandBackNote,
  JsonObject,
  LocalizedText,
  NewEvent,
  Owner,
  Urgency,
} from "@hybrid-orchestrator/core";

export type EscalationEventName = Exclude<
  Extract<NewEvent["type"], `escalation.${string}` | `approval.${string}`>,
  "escalation.requested"
>;

/** What the user is told, and when the library has a text of its own for it. */
export type Announcement =
  | "waiting"
  | "human"
  | "lost"
  | "ai"
  /** Nobody came: the AI is back, the user is asked for contact details, it goes on when somebody is there, it is over. */
  | "back_to_ai"
  | "take_contact"
  | "hold_until_open"
  | "expire";

/** What follows from a transition, for whoever commits it. All of it belongs into the same commit. */
export type Consequence =
  | { readonly type: "event"; readonly name: EscalationEventName; readonly data: EscalationEventData }
  /** Tell these that somebody is wanted. `offer`: it is theirs to accept until then. */
  | {
      readonly type: "notify";
      readonly workers: readonly string[];
      readonly channels: readonly string[];
      readonly urgency: Urgency;
      readonly offer: { readonly id: string; readonly expiresAt: number } | null;
      readonly transferFrom: string | null;
    }
  /** Somebody has to be found who can be offered it. */
  | { readonly type: "seek_offer" }
  /** This worker's capacity is to be brought in line. */
  | { readonly type: "settle"; readonly worker: string }
  /** The session changes hands. The announcement belongs to the change. */
  | {
      readonly type: "owner";
      readonly owner: Owner["kind"];
      readonly worker: string | null;
      readonly announcement: Announcement;
      /** Replaces the announcement's own text. */
      readonly text: LocalizedText | null;
      readonly reason: string;
    }
  /** The user hears this. Null: the library's own text. */
  | { readonly type: "say"; readonly announcement: Announcement; readonly text: LocalizedText | null }
  /** Those who were told it is theirs to take learn that it no longer is. */
  | { readonly type: "withdraw"; readonly reason: string; readonly except: string | null }
  /** A worker learns of something: the user wrote, a transfer ended. */
  | { readonly type: "tell"; readonly worker: string; readonly text: string }
  | {
      readonly type: "hand_back";
      readonly note: HandBackNote;
      readonly mode: "continue" | "wait_for_user";
      readonly worker: string | null;
    }
  /** The AI has something new to look at: an answer, a decision, a session that is its again. */
  | { readonly type: "ask_agent"; readonly reason: string; readonly agent: string | null }
  /** What was approved is to be run, once. */
  | { readonly type: "execute" };

/** What an event is about besides its escalation. */
export interface EventSubject {
  readonly worker?: string | null;
  readonly reason?: string | null;
  readonly details?: JsonObject;
}

/** What an event tells of an escalation. */
export function eventData(
  { id, kind, status, claimEpoch, progress }: Escalation,
  { worker = null, reason = null, details = {} }: EventSubject,
): EscalationEventData {
  const { cycle, level } = progress;
  return { escalationId: id, kind, status, claimEpoch, cycle, level, worker, reason, details };
}

export interface Step {
  readonly escalation: Escalation;
  readonly consequences: readonly Consequence[];
}

/** Collects what one transition does to an escalation. */
export class Transition {
  #escalation: Escalation;
  readonly #before: Escalation;
  readonly #consequences: Consequence[] = [];

  constructor(
    escalation: Escalation,
    readonly now: number,
  ) {
    this.#escalation = escalation;
    this.#before = escalation;
  }

  get escalation(): Escalation {
    return this.#escalation;
  }

  set(fields: Partial<Escalation>): this {
    this.#escalation = { ...this.#escalation, ...fields };
    return this;
  }

  progress(fields: Partial<Escalation["progress"]>): this {
    return this.set({ progress: { ...this.#escalation.progress, ...fields } });
  }

  add(...consequences: readonly Consequence[]): this {
    this.#consequences.push(...consequences);
    return this;
  }

  event(name: EscalationEventName, about: EventSubject = {}): this {
    return this.add({ type: "event", name, data: eventData(this.#escalation, about) });
  }

  /** The very same escalation where nothing has changed. */
  done(): Step {
    const changed = this.#escalation !== this.#before;
    return {
      escalation: changed ? { ...this.#escalation, updatedAt: this.now } : this.#escalation,
      consequences: this.#consequences,
    };
  }
}
