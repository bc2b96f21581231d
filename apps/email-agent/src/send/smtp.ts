import type { Clock } from "@hybrid-orchestrator/core";
import { type SmtpOutcome, type SmtpSettings, submitMail } from "@hybrid-orchestrator/mail";
import type { OutgoingMail } from "./request.js";

export type Deliver = (mail: OutgoingMail) => Promise<SmtpOutcome>;

/** Hands mails to an SMTP server, one connection a mail. */
export function smtpDelivery(settings: SmtpSettings, clock: Clock): Deliver {
  return (mail) =>
    submitMail(settings, {
      clock,
      from: mail.from.address,
      to: mail.to,
      mail: {
        from: mail.from,
        to: { name: "", address: mail.to },
        subject: mail.subject,
        text: mail.body,
        messageId: mail.messageId,
        inReplyTo: mail.inReplyTo,
        references: mail.references,
        // RFC 3834: so that responders do not answer.
        headers: { "Auto-Submitted": "auto-generated" },
      },
    });
}
