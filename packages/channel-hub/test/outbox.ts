import {
  type Clock,
  createId,
  type DeliveryEffect,
  type Message,
  type NewEvent,
  type SendResult,
} from "@hybrid-orchestrator/core";
import {
  beginAttempt,
  type ChannelHub,
  type DeliveryRef,
  type Dispatcher,
  idempotencyKey,
  newDelivery,
  newDeliveryEffect,
  type Outbox,
  type SessionView,
  settleAttempt,
} from "../src/index.js";
import { activeSession, message } from "./support.js";

/** Deliveries in memory, begun and settled by the same decisions as in a real storage. */
export interface MemoryOutbox extends Outbox {
  readonly effects: Map<string, DeliveryEffect>;
  readonly events: NewEvent[];
  readonly settled: { readonly effectId: string; readonly result: SendResult }[];
  session: SessionView;
  /** Called before each settle; a throw stands for a storage that fails. */
  beforeSettle: () => void | Promise<void>;
  add(changes?: Partial<Message>): DeliveryRef & { lane: string };
  /** Hands everything that is due to the dispatcher, until nothing is or its lanes are full. */
  pump(dispatcher: Dispatcher): void;
}

export function memoryOutbox(
  hub: ChannelHub,
  clock: Clock,
  { holder = "node_1", effects = new Map<string, DeliveryEffect>() } = {},
): MemoryOutbox {
  const events: NewEvent[] = [];
  const settled: { effectId: string; result: SendResult }[] = [];
  const underway = new Set<string>();

  function get(id: string): DeliveryEffect {
    const effect = effects.get(id);
    if (effect === undefined) throw new Error(`no effect ${id}`);
    return effect;
  }
  function write(step: { effect: DeliveryEffect; events: readonly NewEvent[] }): void {
    effects.set(step.effect.id, step.effect);
    events.push(...step.events);
  }

  const outbox: MemoryOutbox = {
    effects,
    events,
    settled,
    session: activeSession,
    beforeSettle: () => undefined,
    add(changes = {}) {
      const now = clock.now();
      const delivery = newDelivery(message(changes), hub.views(), now);
      const step = newDeliveryEffect(delivery, {
        id: createId(now),
        sessionId: "session_1",
        ownershipEpoch: 0,
        now,
      });
      write(step);
      return { sessionId: "session_1", effectId: step.effect.id, lane: step.effect.lane };
    },
    async begin({ effectId }, busy) {
      const effect = get(effectId);
      const begun = beginAttempt(effect, {
        now: clock.now(),
        session: outbox.session,
        views: hub.views(),
        holder,
        attemptId: createId(clock.now()),
        busy,
      });
      if (begun.kind === "deferred") return { kind: "deferred" };
      write(begun);
      if (begun.kind !== "send") return { kind: begun.kind === "closed" ? "closed" : "deferred" };
      const { recipient, urgency, audience, metadata, createdAt, content, id } =
        begun.effect.delivery.message;
      const outbound = {
        id,
        deliveryId: effectId,
        sessionId: "session_1",
        recipient,
        content: String(content),
        urgency,
        audience,
        metadata,
        createdAt,
      };
      return {
        kind: "send",
        channel: begun.channel,
        attemptId: begun.attemptId,
        message: outbound,
        idempotencyKey: idempotencyKey(begun.effect, begun.channel),
        timeoutMs: begun.timeoutMs,
      };
    },
    async settle({ effectId }, attemptId, result) {
      await outbox.beforeSettle();
      settled.push({ effectId, result });
      write(
        settleAttempt(get(effectId), {
          attemptId,
          result,
          now: clock.now(),
          random: 0.5,
          views: hub.views(),
        }),
      );
    },
    pump(dispatcher) {
      for (const { id, sessionId, lane, dueAt } of effects.values()) {
        if (dueAt === null || dueAt > clock.now() || underway.has(id)) continue;
        underway.add(id);
        void dispatcher.dispatch({ sessionId, effectId: id, lane }).then(() => underway.delete(id));
      }
    },
  };
  return outbox;
}
