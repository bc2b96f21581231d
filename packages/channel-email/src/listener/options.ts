import type { Clock, JsonObject, Logger } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { EmailEvent, Profile } from "./event.js";

type Callback = (event: EmailEvent) => void | Promise<void>;

export interface EmailListenerOptions {
  /** Which e-mail agent it is. Default `orchestrator`. */
  readonly profile?: Profile;
  /** Such as `ws://localhost:3001/ws`. */
  readonly wsUrl: string;
  readonly apiKey?: string;
  /** Exact http or https origins that `wsUrl` may lead to although they are not public. */
  readonly trustedOrigins?: readonly string[];
  /** The longest first pause before another attempt; it doubles up to a minute, with full jitter. Default 5,000. */
  readonly reconnectDelayMs?: number;
  /** Attempts in a row that may fail before it gives up. 0: without end. Default 10. */
  readonly maxReconnectAttempts?: number;
  /** Events that may wait for their callbacks. Beyond, `onOverflow` is told and the inbox is read again. Default 1,000. */
  readonly maxBuffered?: number;
  /** A connection that says nothing for two such times is left for a new one. Default 30,000. */
  readonly pingIntervalMs?: number;
  /** The inbox, newest first: what arrived while there was no connection is found in it. */
  readonly resync?: () => Promise<readonly JsonObject[]>;
  /** Tells of the mails that are there at the start, too. Default: they are no news. */
  readonly includeExisting?: boolean;
  readonly onEmailReceived?: Callback;
  readonly onEmailSent?: Callback;
  readonly onEmailStarred?: Callback;
  readonly onEmailArchived?: Callback;
  /** Each event, of whatever type, after the callback of its type. */
  readonly onEvent?: Callback;
  readonly onOverflow?: (dropped: number) => void;
  /** It has given up and must be started anew. */
  readonly onGivenUp?: () => void;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** For the jitter, 0 to 1. */
  readonly random?: () => number;
}

export const listenerSettingsSchema = z.object({
  profile: z.enum(["orchestrator", "public-demo"]).default("orchestrator"),
  wsUrl: z.url({ protocol: /^wss?$/, error: "must be a ws or wss URL" }).max(500),
  apiKey: z.string().min(1).max(500).optional(),
  trustedOrigins: z.array(z.string()).max(10).default([]),
  reconnectDelayMs: z.int().min(1).max(60_000).default(5_000),
  maxReconnectAttempts: z.int().min(0).max(1_000_000).default(10),
  maxBuffered: z.int().min(1).max(100_000).default(1_000),
  pingIntervalMs: z.int().min(10).max(600_000).default(30_000),
  includeExisting: z.boolean().default(false),
});
export type ListenerSettings = z.output<typeof listenerSettingsSchema>;
