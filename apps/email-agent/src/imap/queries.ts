import { dateOf, MailboxUnavailable } from "@hybrid-orchestrator/mail";
import type { FetchMessageObject, ImapFlow, MessageEnvelopeObject } from "imapflow";
import type { Mail, MailSummary } from "../mail.js";
import { parseMail } from "../parse-mail.js";
import type { Row, Snapshot } from "./snapshot.js";

// Of a mail's source. The text comes first in nearly every mail; attachments are not wanted.
const maxSourceBytes = 131_072;
// A list of UIDs has to fit a command line.
const uidsPerCommand = 200;

/** A look at the open mailbox: its newest `window` mails, and all that came since `before`. */
export async function takeSnapshot(
  client: ImapFlow,
  window: number,
  before: Snapshot | undefined,
): Promise<Snapshot> {
  // Answers to it bring the number of mails up to date.
  await client.noop();
  const { uidValidity, uidNext, exists } = openOf(client);
  const known = before?.uidValidity === String(uidValidity) ? before : undefined;
  const listed = new Map<number, { readonly starred: boolean; readonly receivedAt: number }>();
  const list = (message: FetchMessageObject) =>
    listed.set(message.uid, { starred: isStarred(message), receivedAt: receivedAt(message) });
  const query = { uid: true, flags: true, internalDate: true } as const;

  if (exists > 0) (await client.fetchAll(`${Math.max(1, exists - window + 1)}:*`, query)).forEach(list);
  const firstUid = exists > window ? Math.min(...listed.keys()) : 0;
  if (known !== undefined && known.lastUid < firstUid - 1) {
    // More came than the window holds. `n:*` names the last mail too, if it has a lower UID.
    const late = await client.fetchAll(`${known.lastUid + 1}:${firstUid - 1}`, query, { uid: true });
    late.forEach(list);
  }
  const summaries = await fetchSummaries(
    client,
    [...listed.keys()].filter((uid) => known?.rows.has(uid) !== true),
  );
  const rows = new Map<number, Row>();
  for (const [uid, found] of listed) {
    const summary = known?.rows.get(uid)?.summary ?? summaries.get(uid);
    if (summary !== undefined) rows.set(uid, { uid, ...found, summary });
  }
  const lastUid = Math.max(known?.lastUid ?? uidNext - 1, ...rows.keys());
  return { uidValidity: String(uidValidity), lastUid, firstUid, rows };
}

/** The newest mails of the open mailbox, newest first. */
export async function fetchNewest(client: ImapFlow, limit: number, domain: string): Promise<Mail[]> {
  await client.noop();
  const { exists } = openOf(client);
  if (exists === 0) return [];
  const messages = await client.fetchAll(`${Math.max(1, exists - limit + 1)}:*`, wholeMail);
  return await parseAll(messages, domain);
}

export async function fetchMails(
  client: ImapFlow,
  uids: readonly number[],
  domain: string,
): Promise<ReadonlyMap<number, Mail>> {
  const mails = new Map<number, Mail>();
  for (const part of partsOf(uids)) {
    for (const message of await client.fetchAll(part, wholeMail, { uid: true }))
      mails.set(message.uid, await parseOne(message, domain));
  }
  return mails;
}

export async function searchMails(
  client: ImapFlow,
  query: string,
  limit: number,
  domain: string,
): Promise<Mail[]> {
  const found = await client.search(
    { or: [{ subject: query }, { from: query }, { to: query }, { body: query }] },
    { uid: true },
  );
  if (!Array.isArray(found)) throw new MailboxUnavailable("The mail server refused the search.");
  const uids = found.toSorted((a, b) => b - a).slice(0, limit);
  const mails = await fetchMails(client, uids, domain);
  return uids.flatMap((uid) => mails.get(uid) ?? []);
}

/** Whether the open mailbox holds a mail of that Message-ID. */
export async function holds(client: ImapFlow, messageId: string): Promise<boolean> {
  const found = await client.search({ header: { "message-id": messageId } }, { uid: true });
  return Array.isArray(found) && found.length > 0;
}

/** The mailbox that the server marks as its archive (RFC 6154), or where all mail is, as Gmail has it. */
export async function findArchive(client: ImapFlow): Promise<string | undefined> {
  const mailboxes = await client.list();
  const marked = (use: string) => mailboxes.find(({ specialUse }) => specialUse === use)?.path;
  return marked("\\Archive") ?? marked("\\All");
}

const wholeMail = {
  uid: true,
  flags: true,
  internalDate: true,
  source: { start: 0, maxLength: maxSourceBytes },
} as const;

async function fetchSummaries(client: ImapFlow, uids: readonly number[]): Promise<Map<number, MailSummary>> {
  const summaries = new Map<number, MailSummary>();
  for (const part of partsOf(uids)) {
    for (const message of await client.fetchAll(
      part,
      { uid: true, envelope: true, internalDate: true },
      { uid: true },
    ))
      summaries.set(message.uid, summaryOf(message.envelope ?? {}, receivedAt(message)));
  }
  return summaries;
}

function summaryOf(envelope: MessageEnvelopeObject, at: number): MailSummary {
  return {
    messageId: envelope.messageId ?? "",
    subject: envelope.subject ?? "",
    from: envelope.from?.[0]?.address ?? "",
    fromName: envelope.from?.[0]?.name ?? "",
    to: (envelope.to ?? []).map(({ address }) => address ?? "").join(", "),
    date: dateOf(envelope.date, at),
  };
}

async function parseAll(messages: readonly FetchMessageObject[], domain: string): Promise<Mail[]> {
  const newestFirst = messages.toSorted((a, b) => b.uid - a.uid);
  return await Promise.all(newestFirst.map((message) => parseOne(message, domain)));
}

async function parseOne(message: FetchMessageObject, domain: string): Promise<Mail> {
  return await parseMail(message.source ?? Buffer.alloc(0), {
    receivedAt: receivedAt(message),
    isRead: message.flags?.has("\\Seen") ?? false,
    isStarred: isStarred(message),
    domain,
  });
}

function openOf(client: ImapFlow) {
  if (client.mailbox === false) throw new Error("No mailbox is open.");
  return client.mailbox;
}

function isStarred({ flags }: FetchMessageObject): boolean {
  return flags?.has("\\Flagged") ?? false;
}

function receivedAt({ internalDate }: FetchMessageObject): number {
  return new Date(internalDate ?? 0).getTime();
}

function* partsOf(uids: readonly number[]): Generator<string> {
  for (let from = 0; from < uids.length; from += uidsPerCommand)
    yield uids.slice(from, from + uidsPerCommand).join(",");
}
