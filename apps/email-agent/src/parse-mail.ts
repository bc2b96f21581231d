import { readMail } from "@hybrid-orchestrator/mail";
import type { Mail } from "./mail.js";
import { isRoot, threadIdIn } from "./thread.js";

const maxTextLength = 20_000;

/** What is known of a mail beside its source. */
export interface MailContext {
  readonly receivedAt: number;
  readonly isRead: boolean;
  readonly isStarred: boolean;
  /** The domain of our own Message-IDs. */
  readonly domain: string;
}

/** Reads a mail leniently: whatever is missing or malformed is empty. No mail makes it throw. */
export async function parseMail(source: Buffer, context: MailContext): Promise<Mail> {
  const { domain, isRead, isStarred } = context;
  const { to, text, deliveredTo: _, deliveryStatus, returnedIds, ...mail } = await readMail(source, context);
  const bouncedMessageId = returnedIds.find((id) => threadIdIn([id], domain) !== null && !isRoot(id));
  const failure = deliveryStatus.find(({ action }) => action === "failed");
  return {
    ...mail,
    to: to.join(", "),
    text: text.slice(0, maxTextLength),
    textTruncated: text.length > maxTextLength,
    threadId: threadIdIn([mail.inReplyTo, ...mail.references, ...returnedIds], domain),
    bouncedMessageId: bouncedMessageId ?? null,
    bounceStatus: failure?.status || null,
    isRead,
    isStarred,
  };
}
