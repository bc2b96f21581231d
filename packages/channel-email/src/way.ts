import type {
  ChannelHealth,
  Clock,
  Logger,
  OutboundMessage,
  SendOptions,
  SendResult,
} from "@hybrid-orchestrator/core";
import type { Composed } from "./compose.js";
import type { Email } from "./email.js";

/** A mail to one recipient, ready for whichever way it goes. */
export interface OutgoingEmail extends Composed {
  readonly to: string;
  readonly message: OutboundMessage;
}

/** How an incoming mail belongs to us. */
export interface Correlation {
  /** By a token of ours in the mail. */
  readonly session?: string;
  /** A Message-ID that may be ours. */
  readonly inReplyTo?: string;
  /** It answers a mail that we wrote, and nobody else can have made that up. */
  readonly isAnswer: boolean;
  readonly isOurOwn: boolean;
}

/** One way for mail to leave and to come. The channel is built on it and decides everything else. */
export interface Way {
  /** Absent: nothing can leave this way. */
  send?(email: OutgoingEmail, options: SendOptions): Promise<SendResult>;
  /** The newest, newest first. Absent: nothing can be read this way. */
  getInbox?(limit: number): Promise<readonly Email[]>;
  searchEmails?(query: string, limit: number): Promise<readonly Email[]>;
  checkHealth(): Promise<ChannelHealth>;
  correlate(email: Email): Correlation;
  /** Our own Message-ID among those of a returned mail. */
  ownIdIn(messageIds: readonly string[]): string | undefined;
  /**
   * Begins to hand in what comes, one at a time, again until `handle` resolves. A mail may be handed in more than once.
   */
  watch?(handle: (email: Email) => Promise<void>): void;
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}
