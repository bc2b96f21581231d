import { convert } from "html-to-text";
import PostalMime, { type Address, type Email } from "postal-mime";
import { type DeliveryStatusField, readDeliveryStatus } from "./delivery-status.js";

/** What stands in a mail. Missing texts are empty; Message-IDs have their angle brackets. */
export interface ReadMail {
  readonly messageId: string;
  readonly subject: string;
  /** The address alone. */
  readonly from: string;
  readonly fromName: string;
  readonly to: readonly string[];
  /** Where it was delivered, as the last mail system wrote it: Delivered-To and X-Original-To. */
  readonly deliveredTo: readonly string[];
  /** ISO 8601: the mail's own date, else `receivedAt`. */
  readonly date: string;
  /** What wrote it: a person as far as can be told, a program, or a mail system about a mail of ours. */
  readonly kind: "message" | "automatic" | "bounce";
  /** The plain text, or the HTML as text. Quoted parts are left in. */
  readonly text: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** For a bounce: what it says of each recipient. */
  readonly deliveryStatus: readonly DeliveryStatusField[];
  /** For a bounce: every Message-ID in it, headers of the returned mail included. */
  readonly returnedIds: readonly string[];
  readonly attachmentCount: number;
}

// Attachments are not decoded: they are only counted, and a report is found in them.
const parserLimits = { attachmentEncoding: "arraybuffer", maxNestingDepth: 20 } as const;
// The parser throws for what is nested too deep. Such a mail must not keep the others from being read.
const unreadable: Email = { headers: [], headerLines: [], attachments: [] };

/** Reads a mail leniently: whatever is missing or malformed is empty. No mail makes it throw. */
export async function readMail(source: Buffer, { receivedAt }: { receivedAt: number }): Promise<ReadMail> {
  const email = await PostalMime.parse(source, parserLimits).catch(() => unreadable);
  const [from] = mailboxes(email.from === undefined ? [] : [email.from]);
  const kind = kindOf(email);
  return {
    messageId: messageIdsIn(email.messageId)[0] ?? "",
    subject: email.subject ?? "",
    from: from?.address ?? "",
    fromName: from?.name ?? "",
    to: mailboxes(email.to ?? []).map(({ address }) => address),
    deliveredTo: headersOf(email, "delivered-to", "x-original-to"),
    date: dateOf(email.date, receivedAt),
    kind,
    text: (email.text ?? textOf(email.html ?? "")).replace(/\r\n/g, "\n").trimEnd(),
    inReplyTo: messageIdsIn(email.inReplyTo)[0] ?? "",
    references: messageIdsIn(email.references),
    deliveryStatus: kind === "bounce" ? deliveryStatusOf(email) : [],
    returnedIds: kind === "bounce" ? messageIdsIn(source.toString("latin1")) : [],
    attachmentCount: email.attachments.length,
  };
}

function deliveryStatusOf({ attachments }: Email): DeliveryStatusField[] {
  return attachments
    .filter(({ mimeType }) => /^message\/(global-)?delivery-status$/i.test(mimeType))
    .flatMap(({ content }) =>
      readDeliveryStatus(
        typeof content === "string" ? content : Buffer.from(new Uint8Array(content)).toString("latin1"),
      ),
    );
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
function kindOf(email: Email): ReadMail["kind"] {
  const header = (name: string) => headersOf(email, name)[0]?.toLowerCase() ?? "";
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

function headersOf({ headers }: Email, ...names: readonly string[]): string[] {
  return headers.filter(({ key }) => names.includes(key)).map(({ value }) => value);
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
