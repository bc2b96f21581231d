import type { Channel, DeliveryEffect, Message, Recipient } from "@hybrid-orchestrator/core";
import { sampleRecipient, sendingChannel, type TestChannelOptions } from "@hybrid-orchestrator/testkit";
import {
  type Begin,
  type BeginContext,
  beginAttempt,
  type ChannelHub,
  type ChannelHubOptions,
  createChannelHub,
  type HubViews,
  newDelivery,
  newDeliveryEffect,
  type SessionView,
} from "../src/index.js";

export const start = Date.UTC(2025, 0, 1);
export const seconds = 1_000;
export const minutes = 60 * seconds;

export const activeSession: SessionView = { status: "active", owner: { kind: "nobody" }, ownershipEpoch: 0 };

export function message(changes: Partial<Message> = {}): Message {
  return {
    id: "message_1",
    content: "Do you need help?",
    template: false,
    subject: null,
    urgency: "normal",
    audience: "user",
    need: null,
    severity: null,
    channel: null,
    validWhile: ["active"],
    whileHuman: "drop",
    kind: "prompt",
    metadata: {},
    recipient: recipient(),
    trigger: null,
    reason: null,
    automated: true,
    createdAt: start,
    ...changes,
  };
}

export function recipient(changes: Partial<Recipient> = {}): Recipient {
  return sampleRecipient(changes);
}

/** A channel of that name that takes everything. */
export function channel(name: string, options: TestChannelOptions = {}): Channel {
  return sendingChannel({ name, ...options });
}

/** A hub with these channels; a name alone stands for a channel that takes everything. */
export function hubOf(channels: readonly (string | Channel)[], options: ChannelHubOptions = {}): ChannelHub {
  const hub = createChannelHub(options);
  for (const entry of channels) hub.register(typeof entry === "string" ? channel(entry) : entry);
  return hub;
}

export function effectOf(
  views: HubViews,
  changes: Partial<Message> = {},
  options: { now?: number; pinned?: boolean } = {},
): DeliveryEffect {
  const { now = start, pinned = false } = options;
  const delivery = newDelivery(message(changes), views, now, { pinned });
  return newDeliveryEffect(delivery, { id: "delivery_1", sessionId: "session_1", ownershipEpoch: 0, now })
    .effect;
}

let attempts = 0;

export function begin(effect: DeliveryEffect, views: HubViews, context: Partial<BeginContext> = {}): Begin {
  attempts += 1;
  return beginAttempt(effect, {
    now: effect.dueAt ?? start,
    session: activeSession,
    views,
    holder: "node_1",
    attemptId: `attempt_${attempts}`,
    busy: [],
    ...context,
  });
}

/** Begins an attempt that must begin. */
export function mustSend(
  effect: DeliveryEffect,
  views: HubViews,
  context: Partial<BeginContext> = {},
): Extract<Begin, { kind: "send" }> {
  const begun = begin(effect, views, context);
  if (begun.kind !== "send") throw new Error(`expected a send, got ${JSON.stringify(begun)}`);
  return begun;
}

/** The kinds and channels of events, e.g. `rerouted email`. */
export function told(events: readonly { type: string; data: object }[]): string[] {
  return events.map(
    ({ type, data }) =>
      `${type.replace("delivery.", "")} ${(data as { channel: string | null }).channel ?? "-"}`,
  );
}
