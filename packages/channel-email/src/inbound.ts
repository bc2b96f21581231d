import {
  type DeliveryReport,
  hashParts,
  type InboundMessage,
  maxInboundTextLength,
} from "@hybrid-orchestrator/core";
import { parseAddress } from "@hybrid-orchestrator/mail";
import EmailReplyParser from "email-reply-parser";
import type { EmailSettings } from "./config.js";
import type { Bounce, Email } from "./email.js";
import { storable } from "./text.js";
import type { Way } from "./way.js";

/** What becomes of a mail that came in. */
export type Inbound =
  | { readonly kind: "message"; readonly message: InboundMessage }
  | { readonly kind: "report"; readonly report: DeliveryReport }
  | { readonly kind: "ignored"; readonly why: "our own" | "automatic" | "no mail of ours" | "only delayed" };

type Words = Pick<EmailSettings, "name" | "optOutWords" | "optInWords" | "humanWords">;

interface InboundContext {
  readonly settings: Words;
  readonly way: Pick<Way, "correlate" | "ownIdIn">;
  readonly now: number;
}

export function readInbound(email: Email, { settings, way, now }: InboundContext): Inbound {
  if (email.bounce !== null) return readBounce(email.bounce, { channel: settings.name, way });
  const { session, inReplyTo, isAnswer, isOurOwn } = way.correlate(email);
  if (isOurOwn) return { kind: "ignored", why: "our own" };
  // RFC 3834: an answer to it would have the two machines write to each other for ever.
  if (email.kind !== "message") return { kind: "ignored", why: "automatic" };

  const from = addressKey(email.from);
  const text = newTextOf(email.text);
  // Anybody can write any sender, so only who has a mail of ours can opt that address out.
  const intent = isAnswer ? intentOf(email.subject, text, settings) : undefined;
  const at = Date.parse(email.date);
  return {
    kind: "message",
    message: {
      channel: settings.name,
      externalId: externalIdOf(email),
      ...(session !== undefined && { session }),
      ...(inReplyTo !== undefined && inReplyTo.length <= 500 && { inReplyTo }),
      ...(from !== undefined && { from, unproven: true }),
      text,
      ...(intent !== undefined && { intent }),
      data: { subject: storable(email.subject).slice(0, 500) },
      // A sender's clock may be ahead of ours.
      ...(at >= 0 && { occurredAt: Math.min(at, now) }),
    },
  };
}

/** The address in the one spelling by which opt-outs, caps and answers are matched. */
function addressKey(address: string): string | undefined {
  return parseAddress(address)?.toLowerCase();
}

function readBounce(
  { messageIds, outcome, status, isDeadAddress }: Bounce,
  { channel, way }: { readonly channel: string; readonly way: Pick<Way, "ownIdIn"> },
): Inbound {
  const externalId = way.ownIdIn(messageIds);
  if (externalId === undefined) return { kind: "ignored", why: "no mail of ours" };
  switch (outcome) {
    case "delayed":
      return { kind: "ignored", why: "only delayed" };
    case "delivered":
      return { kind: "report", report: { channel, externalId, status: "delivered" } };
    case "failed": {
      const hard = status.startsWith("5.");
      const reason = `${hard ? "refused for good" : "undelivered"}${status === "" ? "" : `, status ${status}`}`;
      return {
        kind: "report",
        report: { channel, externalId, status: "bounced", reason, ...(isDeadAddress && { suppress: true }) },
      };
    }
  }
}

/** One Message-ID is taken once; a mail without a usable one goes by what it says. */
function externalIdOf({ messageId, from, date, subject, text }: Email): string {
  if (messageId !== "" && messageId.length <= 500 && storable(messageId) === messageId) return messageId;
  return hashParts("mail", messageId, from, date, subject, text);
}

/** What was written anew: without the quoted mail and the signature, unless nothing else is there. */
function newTextOf(text: string): string {
  const whole = storable(text).slice(0, maxInboundTextLength).trim();
  const visible = new EmailReplyParser().parseReply(whole).trim();
  return visible === "" ? whole : visible;
}

function intentOf(subject: string, text: string, words: Words): InboundMessage["intent"] | undefined {
  const plain = (spoken: string) =>
    spoken
      .trim()
      .replace(/[.!]+$/, "")
      .toUpperCase();
  const among = (list: readonly string[], spoken: string) =>
    list.some((word) => plain(word) === plain(spoken));
  // A subject alone is what a mailto link for unsubscribing writes.
  if (among(words.optOutWords, text) || among(words.optOutWords, subject)) return "opt_out";
  if (among(words.optInWords, text)) return "opt_in";
  return among(words.humanWords, text) ? "human" : undefined;
}
