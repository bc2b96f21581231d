export { domainOf, maskAddresses, parseAddress } from "./address.js";
export { backoffMs } from "./backoff.js";
export type { DeliveryStatusField } from "./delivery-status.js";
export {
  type ImapConnection,
  type ImapConnectionOptions,
  type ImapSettings,
  keepImapConnection,
  MailboxUnavailable,
  openMailbox,
} from "./imap-connection.js";
export { dateOf, type ReadMail, readMail } from "./read-mail.js";
export { type Signal, signal } from "./signal.js";
export { checkSmtp, type SmtpSettings, type SmtpSubmission, submitMail } from "./smtp.js";
export { namesDeadAddress, type SmtpOutcome } from "./smtp-outcome.js";
