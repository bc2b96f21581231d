/** A mail that came in, whichever way. Missing texts are empty; Message-IDs have their angle brackets. */
export interface Email {
  readonly messageId: string;
  readonly subject: string;
  /** The address alone. */
  readonly from: string;
  readonly fromName: string;
  readonly to: readonly string[];
  /** ISO 8601. */
  readonly date: string;
  readonly text: string;
  readonly kind: "message" | "automatic" | "bounce";
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** Where it was delivered, as mail systems noted it. */
  readonly deliveredTo: readonly string[];
  /** For a mail about a mail of ours; null for any other. */
  readonly bounce: Bounce | null;
}

export interface Bounce {
  /** The Message-IDs among which that of ours is. */
  readonly messageIds: readonly string[];
  readonly outcome: "failed" | "delayed" | "delivered";
  /** RFC 3463, as in `5.1.1`; empty where it is not told. */
  readonly status: string;
  readonly isDeadAddress: boolean;
}
