import { errorMessage, OrchestratorError } from "@hybrid-orchestrator/core";
import { type ImapConnection, keepImapConnection, readMail } from "@hybrid-orchestrator/mail";
import type { FetchMessageObject, ImapFlow } from "imapflow";
import type { ImapConfig } from "../config.js";
import type { Email } from "../email.js";
import type { Surroundings } from "../way.js";
import { type Cursor, nextUids } from "./cursor.js";

export interface ImapInbox {
  state(): "connecting" | "connected";
  newest(limit: number): Promise<readonly Email[]>;
  search(query: string, limit: number): Promise<readonly Email[]>;
  stop(): Promise<void>;
}

// Of a mail's source. The text comes first in nearly every mail; attachments are not wanted.
const maxSourceBytes = 131_072;
const hourMs = 3_600_000;

/**
 * A mailbox whose mails are handed in, each until `handle` resolves; only then is the next one read. A start and a
 * mailbox that was numbered anew look back by `lookBackHours`, so mails can come twice, but none is left out.
 */
export function watchInbox(
  imap: ImapConfig,
  { clock, logger, random }: Surroundings,
  handle: (email: Email) => Promise<void>,
): ImapInbox {
  let cursor: Cursor | undefined;

  async function look(client: ImapFlow): Promise<boolean> {
    // Answers to it bring the number of mails up to date.
    await client.noop();
    const { uidValidity, uidNext } = openOf(client);
    const numbering = String(uidValidity);
    const known = cursor?.uidValidity === numbering ? cursor : undefined;
    if (cursor !== undefined && known === undefined) logger.warn("mailbox was numbered anew");
    const lookedAt = clock.now();
    const since = (cursor?.lookedAt ?? lookedAt) - imap.lookBackHours * hourMs;
    const found = await client.search(
      known === undefined ? { since: new Date(since) } : { uid: `${known.lastUid + 1}:*` },
      { uid: true },
    );
    if (!Array.isArray(found)) throw new Error("The mail server refused the search.");
    for (const uid of nextUids(found, known)) {
      const email = await fetchOne(client, uid);
      if (email !== undefined) await handle(email);
      cursor = { uidValidity: numbering, lastUid: uid, lookedAt: known?.lookedAt ?? lookedAt };
    }
    // What came meanwhile has a UID of uidNext or more, and is news for the next look.
    const lastUid = Math.max(uidNext - 1, cursor?.uidValidity === numbering ? cursor.lastUid : 0);
    cursor = { uidValidity: numbering, lastUid, lookedAt };
    return false;
  }

  const connection: ImapConnection = keepImapConnection({
    settings: {
      imapHost: imap.host,
      imapPort: imap.port ?? (imap.security === "tls" ? 993 : 143),
      imapSecurity: imap.security,
      imapUser: imap.user,
      imapPassword: imap.password,
      imapMailbox: imap.mailbox,
      imapPollSeconds: imap.pollSeconds,
      imapTimeoutSeconds: imap.timeoutSeconds,
    },
    clock,
    random,
    logger,
    look,
  });

  async function request<Value>(task: (client: ImapFlow) => Promise<Value>): Promise<Value> {
    try {
      return await connection.request(task);
    } catch (error) {
      throw new OrchestratorError("unavailable", `The mailbox cannot be read. ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }

  return {
    state: connection.state,
    newest: (limit) =>
      request(async (client) => {
        await client.noop();
        const { exists } = openOf(client);
        if (exists === 0) return [];
        return await readAll(await client.fetchAll(`${Math.max(1, exists - limit + 1)}:*`, wholeMail));
      }),
    search: (query, limit) =>
      request(async (client) => {
        const found = await client.search(
          { or: [{ subject: query }, { from: query }, { to: query }, { body: query }] },
          { uid: true },
        );
        if (!Array.isArray(found)) throw new Error("The mail server refused the search.");
        const uids = found.toSorted((a, b) => b - a).slice(0, limit);
        if (uids.length === 0) return [];
        return await readAll(await client.fetchAll(uids.join(","), wholeMail, { uid: true }));
      }),
    stop: connection.stop,
  };
}

const wholeMail = {
  uid: true,
  internalDate: true,
  source: { start: 0, maxLength: maxSourceBytes },
} as const;

/** Undefined for a mail that was moved on in between. */
async function fetchOne(client: ImapFlow, uid: number): Promise<Email | undefined> {
  const message = await client.fetchOne(String(uid), wholeMail, { uid: true });
  return message === false ? undefined : await read(message);
}

async function readAll(messages: readonly FetchMessageObject[]): Promise<Email[]> {
  return await Promise.all(messages.toSorted((a, b) => b.uid - a.uid).map(read));
}

async function read({ source = Buffer.alloc(0), internalDate }: FetchMessageObject): Promise<Email> {
  const { deliveryStatus, returnedIds, ...mail } = await readMail(source, {
    receivedAt: new Date(internalDate ?? 0).getTime(),
  });
  if (mail.kind !== "bounce") return { ...mail, bounce: null };
  const told = deliveryStatus[0];
  const outcome = told?.action === "failed" || told?.action === "delivered" ? told.action : "delayed";
  return {
    ...mail,
    bounce: {
      messageIds: returnedIds,
      outcome,
      status: told?.status ?? "",
      isDeadAddress: told?.isDeadAddress ?? false,
    },
  };
}

function openOf(client: ImapFlow) {
  if (client.mailbox === false) throw new Error("No mailbox is open.");
  return client.mailbox;
}
