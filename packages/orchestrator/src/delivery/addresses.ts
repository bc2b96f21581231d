import {
  type AddressState,
  addressId,
  answeredSession,
  type ChannelView,
  capFor,
  deliveryOfSlot,
  type HubViews,
  notified,
  type Reservation,
  readAddressState,
  reserveSlot,
  type Suppression,
  settleSlots,
  suppressed,
  toDocument,
  unsuppressed,
  writtenToBy,
} from "@hybrid-orchestrator/channel-hub";
import type { DeliveryEffect, Recipient } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { updateDocument } from "./documents.js";

/** An address on a channel. */
export interface Address {
  readonly channel: string;
  readonly destination: string;
}

export function addressOf(view: ChannelView, recipient: Recipient): Address {
  return { channel: view.name, destination: view.destination(recipient) };
}

/** How often the slots of those who died are settled before one more is asked for. */
const maxRounds = 3;

/** What is kept of addresses: who is not to be written to any more, and how much each has got today. */
export class Addresses {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async read({ channel, destination }: Address): Promise<AddressState> {
    const stored = await this.#runtime.storage.getDocument("recipient", addressId(channel, destination));
    return readAddressState(stored?.body ?? null);
  }

  /** Writes nothing more to that address. What is suppressed already stays as it is. */
  async suppress(address: Address, suppression: Suppression): Promise<void> {
    await this.#update(address, (state) => suppressed(state, suppression));
  }

  /** Says whether it was suppressed. */
  async unsuppress(address: Address): Promise<boolean> {
    let was = false;
    await this.#update(address, (state) => {
      was = state.suppression !== null;
      return unsuppressed(state);
    });
    return was;
  }

  /** Notes that this session writes to it, so that an answer finds the session. */
  async writtenToBy(address: Address, sessionId: string): Promise<void> {
    const now = this.#runtime.settings.clock.now();
    await this.#update(address, (state) => writtenToBy(state, sessionId, now));
  }

  /** Notes a message that goes there as to a worker, so that an answer is known as a worker's. */
  async notified(
    address: Address,
    notice: { readonly deliveryId: string; readonly sessionId: string },
  ): Promise<void> {
    const now = this.#runtime.settings.clock.now();
    await this.#update(address, (state) => notified(state, notice, now));
  }

  /** The session that an answer from there belongs to. */
  async answeredSession(address: Address): Promise<string | null> {
    return answeredSession(await this.read(address), this.#runtime.settings.clock.now());
  }

  /** Takes one of the day's slots; null: it is taken. Else until when somebody else may still give one back. */
  async reserve(
    address: Address,
    reservation: Reservation,
    { now, limit }: { readonly now: number; readonly limit: number },
  ): Promise<{ readonly heldUntil: number | null } | null> {
    for (let round = 1; ; round += 1) {
      const [reserved] = await this.#decide(address, (state) => {
        const outcome = reserveSlot(state, reservation, { now, limit });
        return [outcome, outcome.kind === "reserved" ? outcome.state : state];
      });
      if (reserved.kind === "reserved") return null;
      if (reserved.stale.length === 0 || round === maxRounds) return reserved;
      for (const key of reserved.stale) await this.#settleStale(address, deliveryOfSlot(key), now);
    }
  }

  /** Brings the slots of an address in line with what became of a delivery. May be repeated. */
  async settle(effect: DeliveryEffect, channel: string, attemptId: string | null = null): Promise<void> {
    const views = this.#runtime.hub.views();
    const view = views.channels.get(channel);
    if (view === undefined || capFor(effect, channel, views) === null) return;
    const address = addressOf(view, effect.delivery.message.recipient);
    await this.#settle(address, effect, { views, attemptId, now: this.#runtime.settings.clock.now() });
  }

  /** Somebody died with a slot in hand, before or after a commit: the delivery itself tells. */
  async #settleStale(address: Address, deliveryId: string, now: number): Promise<void> {
    const found = await this.#runtime.storage.findDelivery({ deliveryId });
    // Purged, so nobody knows: the slot counts as used for the rest of the day.
    if (found === null) return;
    const effect = await this.#runtime.submit(found.sessionId, (work) => work.effect(deliveryId), {
      effectIds: [deliveryId],
    });
    if (effect?.kind !== "delivery") return;
    await this.#settle(address, effect, { views: this.#runtime.hub.views(), attemptId: null, now });
  }

  async #settle(
    address: Address,
    effect: DeliveryEffect,
    how: { readonly views: HubViews; readonly attemptId: string | null; readonly now: number },
  ): Promise<void> {
    await this.#update(address, (state) => settleSlots(state, effect, { channel: address.channel, ...how }));
  }

  async #update(address: Address, change: (state: AddressState) => AddressState): Promise<void> {
    await this.#decide(address, (state) => [null, change(state)]);
  }

  async #decide<Outcome>(
    { channel, destination }: Address,
    decide: (state: AddressState) => readonly [Outcome, AddressState],
  ): Promise<readonly [Outcome]> {
    const { storage, settings } = this.#runtime;
    const outcomes: Outcome[] = [];
    const id = addressId(channel, destination);
    await updateDocument(storage, { aggregate: "recipient", id }, (body) => {
      const state = readAddressState(body);
      const [outcome, next] = decide(state);
      outcomes.push(outcome);
      return next === state ? null : toDocument(next, settings.clock.now());
    });
    return [outcomes.at(-1) as Outcome];
  }
}
