import type { JsonObject } from "../json.js";
import type { Audience, Urgency } from "../vocabulary/message.js";
import type { Recipient } from "../vocabulary/recipient.js";

/** A way to reach people. It never retries and never falls back to another: that is the hub's. */
export interface Channel {
  /** An open string. Two channels of one kind may be registered under two names. */
  readonly name: string;
  readonly capabilities: ChannelCapabilities;
  /**
   * Tries once. Every expected end is a result; a throw counts as `ambiguous`, because nobody knows how far it came
   * (`retryable` on an idempotent channel). Must give up when `signal` is aborted.
   */
  send(message: OutboundMessage, options: SendOptions): Promise<SendResult>;
  /** Whether it has an address for this recipient. Absent: everybody can be reached. */
  canReach?(recipient: Recipient): boolean;
  /**
   * The address a message would go to, in one spelling. Opt-outs, caps and rates are kept by it, so that two recipients
   * with one number count as one. Absent or undefined: the recipient's id. A throw: the channel is not used for them.
   */
  destination?(recipient: Recipient): string | undefined;
  /** Whether it suits this urgency. Absent: it suits every one. */
  matchesUrgency?(urgency: Urgency): boolean;
  /**
   * Rewrites a message that was sent: what `message` says stands in its place from now on, and nothing of it can be
   * pressed any more. May be called again with the same.
   */
  update?(message: OutboundMessage, options: UpdateOptions): Promise<SendResult>;
  health?(): Promise<ChannelHealth>;
}

export interface ChannelCapabilities {
  /** Sending twice with one idempotency key has the effect of sending once. */
  readonly idempotent: boolean;
  readonly twoWay: boolean;
  /** Reports later what became of a message. */
  readonly statusCallbacks: boolean;
  /**
   * Keeps the messages of one session to one address together: each carries the `externalId` of the first as its
   * `thread`, and the second does not leave before the first has answered.
   */
  readonly threads?: boolean;
  /**
   * How a worker who is called there can answer. `buttons`: it shows `metadata.actions`, and the `value` of a pressed one
   * comes back as the `action` of an inbound message. `words`: a link, and a reply where it is two-way. `speech`: it is
   * heard and not read; `metadata.actions` are for tools. Absent: not at all, as where others read along.
   */
  readonly answers?: "buttons" | "words" | "speech";
  /** Longest text in UTF-16 units, where there is a limit. */
  readonly maxLength?: number;
  readonly richText: boolean;
  readonly audience: Audience | "both";
}

/** A message ready to leave: its text rendered, its recipient known. */
export interface OutboundMessage {
  readonly id: string;
  readonly deliveryId: string;
  readonly sessionId: string;
  readonly recipient: Recipient;
  readonly content: string;
  readonly subject?: string;
  readonly urgency: Urgency;
  readonly audience: Audience;
  readonly trigger?: string;
  readonly reason?: string;
  readonly metadata: JsonObject;
  readonly createdAt: number;
  /** The vendor's id of the first message of this session to this address, on a channel that `threads`. */
  readonly thread?: string;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** The same for every try to send this message on this channel. */
  readonly idempotencyKey: string;
}

export interface UpdateOptions {
  readonly signal: AbortSignal;
  /** The vendor's id, as `send` told it. */
  readonly externalId: string;
}

/** What became of one try. `reason` is for people and holds no secret and no full address. */
export type SendResult =
  | { readonly outcome: "sent"; readonly externalId?: string; readonly status?: "sent" | "delivered" }
  | { readonly outcome: "retryable"; readonly reason: string; readonly retryAfterMs?: number }
  | {
      readonly outcome: "permanent";
      readonly reason: string;
      /** The address must not be written to again. */
      readonly suppress?: boolean;
    }
  | { readonly outcome: "ambiguous"; readonly reason: string; readonly externalId?: string }
  | { readonly outcome: "misconfigured"; readonly reason: string };

export interface ChannelHealth {
  readonly healthy: boolean;
  readonly detail?: string;
}

/**
 * Something that came in over a two-way channel. It belongs to the session that is named; else to the one whose message
 * it answers; else to the one that last wrote to the sender.
 */
export interface InboundMessage {
  readonly channel: string;
  /** The vendor's id of it; one id is taken once. */
  readonly externalId: string;
  /** A session's id, access token or external id. */
  readonly session?: string;
  /** The vendor's id of a message of ours: the one that is answered, or the first of the thread. */
  readonly inReplyTo?: string;
  /** The sender's address as {@link Channel.destination} spells it. */
  readonly from?: string;
  /** Where `from` would not name one person, as in a place that many read: the address of whoever wrote or pressed. */
  readonly author?: string;
  /**
   * Anybody can write any sender there, as in mail: the address proves nobody, unless `inReplyTo` names a message that
   * only went there.
   */
  readonly unproven?: boolean;
  readonly text: string;
  /** The `value` of the button that was pressed. */
  readonly action?: string;
  /** What the channel knows the sender to want besides: nothing more to this address, more again, or a human. */
  readonly intent?: "opt_out" | "opt_in" | "human";
  readonly data?: JsonObject;
  readonly occurredAt?: number;
}

/**
 * What became of it. Each is the end of it for whoever handed it in.
 * - `acknowledged`: a worker answered a call by it. `refused`: they tried to, and it did nothing. `reply` is what to tell
 *   them at once, where the channel can; null: they are told by a message.
 * - `unmatched`: belongs to no session that is open, was told as an event `inbound.unmatched`, and is kept nowhere else.
 */
export type Received =
  | { readonly status: "recorded" | "repeated"; readonly sessionId: string }
  | {
      readonly status: "acknowledged" | "refused";
      readonly sessionId: string | null;
      readonly reply: string | null;
    }
  | { readonly status: "unmatched"; readonly reason: "unknown" | "closed" };
