import { domainOf, keepImapConnection } from "@hybrid-orchestrator/mail";
import type { Mailbox } from "../mail.js";
import { fetchNewest, searchMails } from "./queries.js";
import { createWatch, type ImapMailboxOptions } from "./watch.js";

/** A mailbox over IMAP that tells what happens in it and answers requests. */
export function startImapMailbox(options: ImapMailboxOptions): Mailbox {
  const { settings, clock, random, logger } = options;
  const domain = domainOf(settings.emailFrom);
  const { look } = createWatch(options);
  const connection = keepImapConnection({ settings, clock, random, logger, look });
  return {
    state: connection.state,
    newest: (limit) => connection.request((client) => fetchNewest(client, limit, domain)),
    search: (query, limit) => connection.request((client) => searchMails(client, query, limit, domain)),
    stop: connection.stop,
  };
}
