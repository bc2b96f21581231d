import type { InboundMessage, JsonObject } from "@hybrid-orchestrator/core";
import type { SmsSettings } from "./config.js";
import { toE164 } from "./number.js";

export interface Inbound {
  readonly message: InboundMessage;
  /** Twilio answers opt-outs, opt-ins and requests for help itself; a text of ours would be a second answer. */
  readonly answeredByTwilio: boolean;
}

const helpWords = ["HELP", "INFO"];
const mostMedia = 10;

/**
 * Twilio's webhook of an incoming message; undefined where it is none.
 * Source: twilio.com/docs/messaging/guides/webhook-request.
 */
export function readInbound(form: URLSearchParams, settings: SmsSettings): Inbound | undefined {
  const externalId = form.get("MessageSid");
  const sender = form.get("From");
  if (externalId === null || externalId === "" || sender === null) return undefined;
  const text = form.get("Body") ?? "";
  const keyword = keywordOf(text, form.get("OptOutType"), settings);
  const from = toE164(sender);
  const inReplyTo = form.get("OriginalRepliedMessageSid");
  const message: InboundMessage = {
    channel: settings.name,
    externalId,
    text,
    // A short code or a name is nobody we wrote to.
    ...(from !== undefined && { from }),
    ...(inReplyTo && { inReplyTo }),
    ...((keyword === "opt_out" || keyword === "opt_in" || keyword === "human") && { intent: keyword }),
    data: dataOf(form),
  };
  return { message, answeredByTwilio: keyword !== undefined && keyword !== "human" };
}

type Keyword = "opt_out" | "opt_in" | "help" | "human";

/**
 * What the whole text asks for. With Advanced Opt-Out Twilio says what it took it for, in the customer's own words and
 * languages, and that goes before our words. "YES" is not among them: it may answer a question (decision 0019).
 */
function keywordOf(text: string, optOutType: string | null, settings: SmsSettings): Keyword | undefined {
  switch (optOutType?.toUpperCase()) {
    case "STOP":
      return "opt_out";
    case "START":
      return "opt_in";
    case "HELP":
      return "help";
  }
  const spoken = plain(text);
  const among = (words: readonly string[]) => words.some((word) => plain(word) === spoken);
  if (among(settings.optOutWords)) return "opt_out";
  if (among(settings.optInWords)) return "opt_in";
  if (among(helpWords)) return "help";
  return among(settings.humanWords) ? "human" : undefined;
}

function plain(text: string): string {
  return text.trim().toUpperCase();
}

function dataOf(form: URLSearchParams): JsonObject {
  const count = Math.min(Number(form.get("NumMedia") ?? 0) || 0, mostMedia);
  const media = Array.from({ length: count }, (_, index) => ({
    url: form.get(`MediaUrl${index}`),
    contentType: form.get(`MediaContentType${index}`),
  })).filter(({ url }) => url !== null);
  const to = form.get("To");
  return { ...(to !== null && { to }), ...(media.length > 0 && { media }) };
}
