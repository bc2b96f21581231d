import { type Clock, errorMessage, type Logger } from "@hybrid-orchestrator/core";
import { domainOf, openMailbox } from "@hybrid-orchestrator/mail";
import type { ImapFlow } from "imapflow";
import type { MailEvent } from "../mail.js";
import type { Settings } from "../settings.js";
import { fetchMails, findArchive, holds, takeSnapshot } from "./queries.js";
import { acknowledge, compare, type Difference, type Row, type Snapshot } from "./snapshot.js";

export interface ImapMailboxOptions {
  readonly settings: Settings & { readonly imapHost: string };
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onEvent: (event: MailEvent) => void;
}

export interface Watch {
  /**
   * Looks at the mailbox and tells what happened since the last look, over this connection or an earlier one. True when
   * the mailbox was out of sight for a while, so that another look is needed before listening.
   */
  look(client: ImapFlow): Promise<boolean>;
}

type Told = (row: Row, change: keyof Difference) => void;

// A mail that was told is never told again, so few are read before they are told.
const mailsAtOnce = 20;

export function createWatch({ settings, clock, logger, onEvent }: ImapMailboxOptions): Watch {
  const domain = domainOf(settings.emailFrom);
  let before: Snapshot | undefined;

  return {
    async look(client) {
      await openMailbox(client, settings.imapMailbox);
      const now = await takeSnapshot(client, settings.imapWindow, before);
      const difference = compare(before, now);
      if (before !== undefined && before.uidValidity !== now.uidValidity)
        logger.warn("mailbox was numbered anew", { received: difference.received.length });
      const told = (row: Row, change: keyof Difference) => {
        if (before !== undefined) before = acknowledge(before, { row, change, uidValidity: now.uidValidity });
      };
      await tellReceived(client, difference.received, told);
      for (const row of difference.starred) {
        onEvent({ eventType: "email_starred", timestamp: timestamp(), ...row.summary });
        told(row, "starred");
      }
      const left = await tellArchived(client, difference.gone, told);
      before = now;
      if (left) await openMailbox(client, settings.imapMailbox);
      return left;
    },
  };

  async function tellReceived(client: ImapFlow, rows: readonly Row[], told: Told): Promise<void> {
    for (let from = 0; from < rows.length; from += mailsAtOnce) {
      const part = rows.slice(from, from + mailsAtOnce).toSorted((a, b) => a.uid - b.uid);
      const mails = await fetchMails(
        client,
        part.map(({ uid }) => uid),
        domain,
      );
      for (const row of part) {
        // Without a mail it was moved on in between; what the look saw of it is still told.
        const mail = mails.get(row.uid);
        onEvent({ eventType: "email_received", timestamp: timestamp(), ...mail, ...row.summary });
        told(row, "received");
      }
    }
  }

  /** What is gone was archived if the archive has it. Deleted mails are not an event of the contract. */
  async function tellArchived(client: ImapFlow, gone: readonly Row[], told: Told): Promise<boolean> {
    const named = gone.filter(({ summary }) => summary.messageId !== "");
    if (named.length === 0) return false;
    const archive = settings.imapArchive ?? (await findArchive(client));
    if (archive === undefined) {
      logger.debug("no archive mailbox", { gone: named.length });
      return false;
    }
    try {
      await openMailbox(client, archive);
    } catch (error) {
      // A wrong name must not keep the mailbox itself from being watched.
      if (!client.usable) throw error;
      logger.warn("archive mailbox cannot be opened", { error: errorMessage(error) });
      return true;
    }
    for (const row of named) {
      if (await holds(client, row.summary.messageId))
        onEvent({ eventType: "email_archived", timestamp: timestamp(), ...row.summary });
      told(row, "gone");
    }
    return true;
  }

  function timestamp(): string {
    return new Date(clock.now()).toISOString();
  }
}
