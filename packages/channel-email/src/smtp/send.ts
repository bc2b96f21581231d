import type { Clock, SendOptions, SendResult } from "@hybrid-orchestrator/core";
import { checkSmtp, type SmtpOutcome, type SmtpSettings, submitMail } from "@hybrid-orchestrator/mail";
import type { SenderSettings } from "../config.js";
import type { ReplyTokens } from "../reply-tokens.js";
import { unsubscribe } from "../unsubscribe.js";
import type { OutgoingEmail } from "../way.js";

export interface SmtpSender {
  send(email: OutgoingEmail, options: SendOptions): Promise<SendResult>;
  /** Whether the server lets us in. */
  check(): Promise<SmtpOutcome>;
}

export interface SmtpSenderOptions {
  readonly sender: SenderSettings;
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly tokens: ReplyTokens;
  readonly clock: Clock;
}

export function smtpSender({ sender, name, timeoutSeconds, tokens, clock }: SmtpSenderOptions): SmtpSender {
  const { from, fromName = "", smtp } = sender;
  const server: SmtpSettings = {
    smtpHost: smtp.host,
    smtpPort: smtp.port ?? { tls: 465, starttls: 587, none: 25 }[smtp.security],
    smtpSecurity: smtp.security,
    smtpUser: smtp.user,
    smtpPassword: smtp.password,
    sendTimeoutSeconds: timeoutSeconds,
  };
  const unsubscribing = unsubscribe(sender, name);

  return {
    async send({ to, message, subject, text, html }, { signal, idempotencyKey }) {
      const { messageId, root, replyTo } = tokens.headersFor({ ...message, idempotencyKey });
      const outcome = await submitMail(server, {
        clock,
        signal,
        from,
        to,
        mail: {
          from: { address: from, name: fromName },
          to: { address: to, name: "" },
          ...(replyTo !== undefined && { replyTo: { address: replyTo, name: fromName } }),
          subject,
          text,
          html,
          messageId,
          inReplyTo: root,
          references: root,
          headers: {
            // RFC 3834: so that responders do not answer.
            "Auto-Submitted": "auto-generated",
            ...(message.audience === "user" && unsubscribing?.headersFor(to, message.createdAt)),
          },
        },
      });
      return resultOf(outcome, messageId);
    },
    check: () => checkSmtp(server, clock),
  };
}

function resultOf(outcome: SmtpOutcome, messageId: string): SendResult {
  switch (outcome.outcome) {
    case "sent":
      return { outcome: "sent", externalId: messageId };
    case "ambiguous":
      // A bounce may tell of it later.
      return { ...outcome, externalId: messageId };
    case "retryable": {
      const { reason, retryAfterSeconds } = outcome;
      return {
        outcome: "retryable",
        reason,
        ...(retryAfterSeconds !== undefined && { retryAfterMs: retryAfterSeconds * 1_000 }),
      };
    }
    case "permanent":
    case "misconfigured":
      return outcome;
  }
}
