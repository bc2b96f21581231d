/** What is known of a mail without its text. Missing texts are empty. */
export interface MailSummary {
  /** With its angle brackets. */
  readonly messageId: string;
  readonly subject: string;
  /** The address alone. */
  readonly from: string;
  readonly fromName: string;
  /** Addresses, separated by commas. */
  readonly to: string;
  /** ISO 8601: the mail's own date, else when it arrived. */
  readonly date: string;
}

/** A mail as `GET /api/emails/inbox` and the search list it. */
export interface Mail extends MailSummary {
  /** What wrote it: a person as far as can be told, a program, or a mail system that could not deliver. */
  readonly kind: "message" | "automatic" | "bounce";
  /** The plain text, cut to 20,000 characters. Quoted parts are left in. */
  readonly text: string;
  readonly textTruncated: boolean;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** The thread of one of our sessions, as the answer to the send named it, or null. */
  readonly threadId: string | null;
  /** For a bounce: the Message-ID of ours that it is about, or null. */
  readonly bouncedMessageId: string | null;
  /** For a bounce that failed, not one that is only late: its status (RFC 3463), as in `5.1.1`; else null. */
  readonly bounceStatus: string | null;
  readonly attachmentCount: number;
  readonly isRead: boolean;
  readonly isStarred: boolean;
}

export type MailEventType = "email_received" | "email_sent" | "email_starred" | "email_archived";

/** What those who listen are told: a summary at least, and all that is known where a mail arrived. */
export interface MailEvent extends MailSummary, Partial<Omit<Mail, keyof MailSummary>> {
  readonly eventType: MailEventType;
  /** ISO 8601: when it was noticed. */
  readonly timestamp: string;
}

/** A mailbox to read from. */
export interface Mailbox {
  state(): "off" | "connecting" | "connected";
  /** The newest mails, newest first. Rejects with `MailboxUnavailable` while there is no connection. */
  newest(limit: number): Promise<readonly Mail[]>;
  /** The newest mails whose subject, sender, recipient or text contains the query. */
  search(query: string, limit: number): Promise<readonly Mail[]>;
  stop(): Promise<void>;
}
