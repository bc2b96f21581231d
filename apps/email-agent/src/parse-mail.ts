import { convert } from "html-to-text";
import PostalMime, { type Address, type Email } from "postal-mime";
import type { Mail } from "./mail.js";
import { threadIdIn } from "./thread.js";

const maxTextLength = 20_000;
const parserLimits = { attachmentEncoding: "arraybuffer", maxNestingDepth: 20 } as const;
// The parser throws for what is nested too deep. Such a mail must not keep the others from being read.
const unreadable: Email = { headers: [], headerLines: [], attachments: [] };

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
  const email = await PostalMime.parse(source, parserLimits).catch(() => unreadable);
  const [from] = mailboxes(email.from === undefined ? [] : [email.from]);
  const references = messageIdsIn(email.references);
  const inReplyTo = messageIdsIn(email.inReplyTo)[0] ?? "";
  const kind = kindOf(email);
  const ownIds = kind === "bounce" ? messageIdsIn(source.toString("latin1")) : [];
  const bouncedMessageId = ownIds.find((id) => threadIdIn([id], context.domain) !== null && !isRoot(id));
  const text = (email.text ?? textOf(email.html ?? "")).replace(/\r\n/g, "\n").trimEnd();
  return {
    messageId: messageIdsIn(email.messageId)[0] ?? "",
    subject: email.subject ?? "",
    from: from?.address ?? "",
    fromName: from?.name ?? "",
    to: mailboxes(email.to ?? [])
      .map(({ address }) => address)
      .join(", "),
    date: dateOf(email.date, context.receivedAt),
    kind,
    text: text.slice(0, maxTextLength),
    textTruncated: text.length > maxTextLength,
    inReplyTo,
    references,
    threadId: threadIdIn([inReplyTo, ...references, ...ownIds], context.domain),
    bouncedMessageId: bouncedMessageId ?? null,
    attachmentCount: email.attachments.length,
    isRead: context.isRead,
    isStarred: context.isStarred,
  };
}

function textOf(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: 200_000, maxDepth: 100, maxChildNodes: 10_000 },
    selectors: [
      { selector: "a", options: { ignoreHref: true } },
      { selector: "img", format: "skip" },
    ],
  });
}

/** ISO 8601, of a header's date if it is one. */
export function dateOf(date: string | Date | undefined, otherwise: number): string {
  const at = date === undefined ? Number.NaN : new Date(date).getTime();
  return new Date(Number.isNaN(at) ? otherwise : at).toISOString();
}

// RFC 3834 for Auto-Submitted; the others are what older responders and lists write.
function kindOf({ headers }: Email): Mail["kind"] {
  const header = (name: string) => headers.find(({ key }) => key === name)?.value.toLowerCase() ?? "";
  const contentType = header("content-type");
  if (contentType.includes("multipart/report") && contentType.includes("delivery-status")) return "bounce";
  const autoSubmitted = header("auto-submitted");
  const automatic =
    (autoSubmitted !== "" && !autoSubmitted.startsWith("no")) ||
    header("x-autoreply") !== "" ||
    header("x-autorespond") !== "" ||
    ["auto_reply", "bulk", "junk", "list"].includes(header("precedence"));
  return automatic ? "automatic" : "message";
}

function mailboxes(addresses: readonly Address[]): { name: string; address: string }[] {
  return addresses.flatMap((entry) => {
    const boxes = entry.group ?? [entry];
    return boxes.map(({ name, address }) => ({ name, address: address ?? "" }));
  });
}

function messageIdsIn(text: string | undefined): string[] {
  return text?.match(/<[^<>\s@]+@[^<>\s@]+>/g)?.slice(0, 200) ?? [];
}

function isRoot(messageId: string): boolean {
  return messageId.startsWith("<session.");
}
