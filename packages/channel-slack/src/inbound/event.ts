import { type InboundMessage, maxInboundTextLength } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { externalIdOf } from "../address.js";
import { plainText } from "../text.js";

/** What a request to the events route is about. */
export type SlackEvent =
  | { readonly kind: "challenge"; readonly challenge: string }
  | { readonly kind: "message"; readonly message: InboundMessage }
  | { readonly kind: "ignored" }
  | { readonly kind: "malformed" };

const challengeSchema = z.object({ type: z.literal("url_verification"), challenge: z.string() });
const envelopeSchema = z.object({
  type: z.literal("event_callback"),
  event: z.looseObject({ type: z.string() }),
  authorizations: z.array(z.object({ user_id: z.string().optional() })).optional(),
});
const messageSchema = z.object({
  type: z.literal("message"),
  subtype: z.string().optional(),
  channel: z.string().min(1),
  channel_type: z.string().optional(),
  user: z.string().min(1),
  bot_id: z.unknown().optional(),
  text: z.string().catch(""),
  ts: z.string().regex(/^\d+\.\d+$/),
  thread_ts: z.string().optional(),
  files: z.array(z.unknown()).optional(),
});
type SlackMessageEvent = z.output<typeof messageSchema>;

/** Subtypes by which people say something new; the others tell of edits, deletions, members and bots. */
const spoken: readonly (string | undefined)[] = [undefined, "file_share", "thread_broadcast", "me_message"];

/** Source: docs.slack.dev, "Events API" and "message event". `channel` is the name of ours. */
export function parseEvent(json: unknown, channel: string): SlackEvent {
  const challenge = challengeSchema.safeParse(json);
  if (challenge.success) return { kind: "challenge", challenge: challenge.data.challenge };
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return { kind: json === undefined ? "malformed" : "ignored" };
  const { event, authorizations = [] } = envelope.data;
  const { data: said } = messageSchema.safeParse(event);
  if (said === undefined || !spoken.includes(said.subtype)) return { kind: "ignored" };
  // Our own messages come back as events too.
  if (said.bot_id != null || authorizations.some(({ user_id }) => user_id === said.user))
    return { kind: "ignored" };
  const isDirect = said.channel_type === "im" || said.channel.startsWith("D");
  const isReply = said.thread_ts !== undefined && said.thread_ts !== said.ts;
  // In a channel people talk among themselves; only what stands in a thread can be an answer.
  if (!isDirect && !isReply) return { kind: "ignored" };
  return { kind: "message", message: inboundMessage(said, { channel, isDirect, isReply }) };
}

function inboundMessage(
  said: SlackMessageEvent,
  {
    channel,
    isDirect,
    isReply,
  }: { readonly channel: string; readonly isDirect: boolean; readonly isReply: boolean },
): InboundMessage {
  const { channel: conversation, user, ts, thread_ts: threadTs, files = [] } = said;
  return {
    channel,
    externalId: externalIdOf({ conversation, ts }),
    ...(isReply && threadTs !== undefined && { inReplyTo: externalIdOf({ conversation, ts: threadTs }) }),
    // Not as the sender in a channel: a thread that is not ours would go to whichever session last wrote to them.
    ...(isDirect ? { from: user } : { author: user }),
    text: plainText(said.text).slice(0, maxInboundTextLength),
    data: {
      user,
      conversation,
      ts,
      ...(isReply && threadTs !== undefined && { threadTs }),
      ...(files.length > 0 && { files: files.length }),
    },
    occurredAt: Math.floor(Number(ts) * 1000),
  };
}

/** The same in each try to deliver one event, unlike its signature. */
export function eventIdOf(json: unknown): string | undefined {
  const { data } = z.object({ event_id: z.string().min(1).max(200) }).safeParse(json);
  return data?.event_id;
}
