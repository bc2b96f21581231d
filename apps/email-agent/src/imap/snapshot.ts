import type { MailSummary } from "../mail.js";

/** One mail as a look at the mailbox found it. */
export interface Row {
  readonly uid: number;
  readonly starred: boolean;
  readonly receivedAt: number;
  readonly summary: MailSummary;
}

/** What a look at the mailbox found: its newest mails. */
export interface Snapshot {
  /** UIDs have a meaning only under the same value (RFC 3501, 2.3.1.1). */
  readonly uidValidity: string;
  /** The highest UID that was ever seen; later mails have higher ones. */
  readonly lastUid: number;
  /** Every mail from this UID on is in `rows`. Below it nothing is known. */
  readonly firstUid: number;
  readonly rows: ReadonlyMap<number, Row>;
}

export interface Difference {
  readonly received: readonly Row[];
  readonly starred: readonly Row[];
  /** No longer in the mailbox: archived, moved or deleted. */
  readonly gone: readonly Row[];
}

/**
 * What happened between two looks, however long apart, lost connections included. The first look finds nothing new:
 * what was there before is not news.
 */
export function compare(before: Snapshot | undefined, now: Snapshot): Difference {
  if (before === undefined) return { received: [], starred: [], gone: [] };
  const rows = [...now.rows.values()];
  if (before.uidValidity !== now.uidValidity) return compareByMessageId(before, rows);
  return {
    received: rows.filter(({ uid }) => uid > before.lastUid),
    starred: rows.filter(({ uid, starred }) => starred && before.rows.get(uid)?.starred === false),
    gone: [...before.rows.values()].filter(({ uid }) => uid >= now.firstUid && !now.rows.has(uid)),
  };
}

/** `before` with one change that has been told, so that a lost connection does not have it told again. */
export function acknowledge(
  before: Snapshot,
  told: { readonly row: Row; readonly change: keyof Difference; readonly uidValidity: string },
): Snapshot {
  const { row, change, uidValidity } = told;
  const rows = new Map(before.rows);
  // Under another numbering mails are known by their Message-ID alone; no mail of the old one has a negative UID.
  if (uidValidity !== before.uidValidity) return { ...before, rows: rows.set(-row.uid, row) };
  if (change === "gone") rows.delete(row.uid);
  else rows.set(row.uid, row);
  return { ...before, rows, lastUid: Math.max(before.lastUid, row.uid) };
}

// The server has numbered the mails anew. What is gone cannot be told from what is below the window, so it is not told.
function compareByMessageId(before: Snapshot, rows: readonly Row[]): Difference {
  const known = new Map([...before.rows.values()].map((row) => [row.summary.messageId, row]));
  const newest = Math.max(0, ...[...before.rows.values()].map(({ receivedAt }) => receivedAt));
  const named = rows.filter(({ summary }) => summary.messageId !== "");
  return {
    received: named.filter(
      ({ summary, receivedAt }) => !known.has(summary.messageId) && receivedAt >= newest,
    ),
    starred: named.filter(
      ({ summary, starred }) => starred && known.get(summary.messageId)?.starred === false,
    ),
    gone: [],
  };
}
