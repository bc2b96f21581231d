import {
  type Escalation,
  hasEnded,
  OrchestratorError,
  type Owner,
  type Urgency,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import type { Context } from "../machine/context.js";
import { offer, whomToOffer } from "../machine/offer.js";
import { isSameOwner, ownerAfter, wordsFor } from "../machine/owner.js";
import type { Consequence, Step } from "../machine/step.js";
import { announcementText } from "../policy/texts.js";
import { reserve, settle, slotFor } from "../staff/capacity.js";
import type { Staff } from "../staff/staff.js";
import type { SimulationStep, ToldSomebody } from "./simulation.js";

/** How long a place is kept for a claim that is on its way, in the orchestrator. */
const claimMs = 60_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Happened = Mutable<Pick<SimulationStep, "agentAsked">> & {
  readonly events: SimulationStep["events"][number][];
  readonly told: ToldSomebody[];
  readonly userHears: SimulationStep["userHears"][number][];
};

/**
 * What surrounds the machine: the workers' places, the owner of the session, whoever is told. It follows a transition's
 * consequences as the orchestrator does, with every effect carried out at the moment of its commit.
 */
export class Desk {
  escalation: Escalation;
  owner: Owner;
  readonly workers: Map<string, WorkerRecord>;
  readonly #staff: Staff;
  readonly #agent: string | null;
  readonly #places = new Map<string, number>();
  #happened: Happened = nothing();
  #offers = 0;

  constructor(
    escalation: Escalation,
    { staff, agent }: { readonly staff: Staff; readonly agent: string | null },
  ) {
    this.escalation = escalation;
    this.#staff = staff;
    this.#agent = agent;
    this.workers = new Map(staff.workers);
    this.owner = agent === null ? { kind: "nobody" } : { kind: "ai", agent };
  }

  context(now: number): Context {
    return { now, staff: { ...this.#staff, workers: this.workers } };
  }

  /** What has happened since it was last asked. */
  happened(): Happened {
    const happened = this.#happened;
    this.#happened = nothing();
    return happened;
  }

  /** Takes over a step, and does what follows from it, offers and all. */
  apply({ escalation, consequences }: Step, now: number): void {
    this.escalation = escalation;
    for (const consequence of consequences) this.#follow(consequence);
    for (const consequence of consequences) {
      if (consequence.type === "settle") this.settle(consequence.worker, now, true);
      else if (consequence.type === "seek_offer") this.#makeOffer(now);
    }
  }

  /** When a place is looked at again that was kept for a claim on its way; null: none is. */
  nextPlaceAt(): number | null {
    return this.#places.size === 0 ? null : Math.min(...this.#places.values());
  }

  settleDue(now: number): void {
    for (const [worker, at] of this.#places) if (at <= now) this.settle(worker, now, true);
  }

  settle(id: string, now: number, spare: boolean): void {
    const record = this.workers.get(id);
    this.#places.delete(id);
    if (record === undefined) return;
    const { escalation } = this;
    const settled = settle(record, { escalationId: escalation.id, escalation }, { now, spare });
    this.workers.set(id, settled);
    const kept = settled.slots.find(({ escalationId }) => escalationId === escalation.id);
    if (slotFor(escalation, id) === null && kept?.until != null)
      this.#places.set(id, Math.max(kept.until, now + 1));
  }

  /** @throws OrchestratorError `not_found`, `no_capacity` */
  reserve(id: string, now: number): WorkerRecord {
    const record = this.workers.get(id);
    if (record === undefined) throw new OrchestratorError("not_found", `No worker has the id ${id}.`);
    const reserved = reserve(record, this.escalation, now + claimMs);
    if (reserved === null)
      throw new OrchestratorError(
        "no_capacity",
        `Worker ${id} has ${record.slots.length} of ${record.capacity.total} places taken.`,
      );
    this.workers.set(id, reserved);
    return reserved;
  }

  #makeOffer(now: number): void {
    for (const { id } of whomToOffer(this.escalation, this.context(now))) {
      let worker: WorkerRecord;
      try {
        worker = this.reserve(id, now);
      } catch (error) {
        if (OrchestratorError.isInstance(error, "no_capacity")) continue;
        throw error;
      }
      const before = this.escalation;
      this.#offers += 1;
      this.apply(offer(before, { id: `offer ${this.#offers}`, worker }, this.context(now)), now);
      if (this.escalation === before) this.settle(id, now, false);
      return;
    }
  }

  #follow(one: Consequence): void {
    const { events, told, userHears } = this.#happened;
    switch (one.type) {
      case "event":
        events.push({ name: one.name, data: one.data });
        return;
      case "notify":
        this.#call(one);
        return;
      case "owner":
        this.#own(one);
        return;
      case "say": {
        const { announcement, text } = one;
        userHears.push({ announcement, text: announcementText(announcement, { text, worker: null }) });
        return;
      }
      case "withdraw":
        if (!hasEnded(this.escalation.status))
          for (const worker of this.escalation.progress.told)
            if (worker !== one.except) told.push(news({ worker }, "taken", "low", one.reason));
        return;
      case "tell":
        told.push(news({ worker: one.worker }, "news", "high", one.text));
        return;
      case "ask_agent":
        this.#happened.agentAsked ||= (one.agent ?? this.#agent) !== null;
        return;
      case "settle":
      case "seek_offer":
      case "hand_back":
      case "execute":
        return;
    }
  }

  #call({
    workers,
    channels,
    urgency,
    offer: offered,
    transferFrom,
  }: Extract<Consequence, { type: "notify" }>) {
    const kind = offered !== null ? "offer" : transferFrom !== null ? "transfer" : "call";
    const until = offered?.expiresAt ?? null;
    for (const worker of workers)
      this.#happened.told.push({ to: { worker }, kind, urgency, until, text: null });
    for (const channel of channels)
      this.#happened.told.push({ to: { channel }, kind, urgency, until, text: null });
  }

  #own(one: Extract<Consequence, { type: "owner" }>): void {
    // Whoever left is named when the session is lost.
    const who = one.worker ?? (this.owner.kind === "human" ? this.owner.worker : null);
    const worker = who === null ? null : (this.workers.get(who)?.name ?? null);
    const owner = ownerAfter(one, this.#agent);
    const changed = !isSameOwner(this.owner, owner);
    this.owner = owner;
    const words = wordsFor(one, this.escalation.policy, { changed });
    if (words === null) return;
    const { announcement } = one;
    this.#happened.userHears.push({
      announcement,
      text: announcementText(announcement, { ...words, worker }),
    });
  }
}

function nothing(): Happened {
  return { events: [], told: [], userHears: [], agentAsked: false };
}

function news(
  to: ToldSomebody["to"],
  kind: ToldSomebody["kind"],
  urgency: Urgency,
  text: string,
): ToldSomebody {
  return { to, kind, urgency, until: null, text };
}
