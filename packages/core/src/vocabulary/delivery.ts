import { z } from "zod";
import type { Message } from "./message.js";

/**
 * - `pending`: waits for its next attempt. `sending`: an attempt has begun.
 * - `waiting`: an attempt ended ambiguous; waits for a callback, then `onAmbiguous` decides.
 * - `sent → delivered → read`, or `bounced` after a late failure.
 * - `failed`: in the dead letters, can be replayed. `suppressed`, `expired`, `superseded`: on purpose never sent.
 */
export const deliveryStatuses = [
  "pending",
  "sending",
  "waiting",
  "sent",
  "delivered",
  "read",
  "bounced",
  "failed",
  "suppressed",
  "expired",
  "superseded",
] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];
export const deliveryStatusSchema = z.enum(deliveryStatuses);

/**
 * - `sent`: the channel took it. `retryable`: it did not, and may later. `permanent`: it never will.
 * - `ambiguous`: the request was written and no answer came. `misconfigured`: our own set-up is wrong.
 */
export const attemptOutcomes = ["sent", "retryable", "permanent", "ambiguous", "misconfigured"] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One try to send on one channel. */
export interface Attempt {
  readonly id: string;
  readonly channel: string;
  /** Why this channel: `message`, `preference`, `need:link`, `urgency:high`, `priority`, … */
  readonly chosenBy: string;
  /** The delivery's generation when it began. */
  readonly generation: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string | null;
  /** The vendor's id of the message, by which callbacks name it. */
  readonly externalId: string | null;
}

/** A channel that was passed over, and why. */
export interface Skip {
  readonly channel: string;
  readonly reason: string;
  readonly at: number;
}

/** The intent to get one message to one recipient, on whichever channels that takes. */
export interface Delivery {
  readonly message: Message;
  /** Only the message's own channel may be used, as in a broadcast. */
  readonly pinned: boolean;
  readonly status: DeliveryStatus;
  /** The last word on it: why it was suppressed, what failed. */
  readonly reason: string | null;
  readonly attempts: readonly Attempt[];
  readonly skips: readonly Skip[];
  /** The channel of the next attempt, where one is planned. */
  readonly nextChannel: string | null;
  /** Channels that are out of the question for this delivery from now on. */
  readonly exhausted: readonly string[];
  /** Attempts after this moment are not begun on a channel; the next channel is taken. */
  readonly channelDeadlineAt: number | null;
  /** After this moment no attempt is begun at all. */
  readonly deadlineAt: number;
  /** Part of every attempt's idempotency key; moves when a dead letter is replayed. */
  readonly generation: number;
}

/** What a vendor reports later about a message it took. */
export const deliveryReportSchema = z.strictObject({
  /** The delivery's id where the channel knows it, else channel and the vendor's id. */
  deliveryId: z.string().optional(),
  channel: z.string(),
  externalId: z.string().optional(),
  status: z.enum(["sent", "delivered", "read", "bounced"]),
  reason: z.string().max(500).optional(),
  /** The address must not be written to again (opted out, does not exist). */
  suppress: z.boolean().optional(),
});
export type DeliveryReport = z.infer<typeof deliveryReportSchema>;
