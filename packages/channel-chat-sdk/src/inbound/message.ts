import { type InboundMessage, maxInboundTextLength } from "@hybrid-orchestrator/core";
import type { ActionEvent, Author, Message, SlashCommandEvent } from "chat";
import { externalIdOf, isDirect, isThread } from "../address.js";
import type { Settings } from "../config.js";
import { answeredIdOf, eventIdOf } from "./raw.js";

type Reading = Pick<Settings, "name" | "adapter" | "optOutWords" | "optInWords" | "humanWords">;

/** What somebody wrote; undefined for what is none of ours: bots, edits, talk in a place outside of threads. */
export function readMessage(
  threadId: string,
  message: Message,
  reading: Reading,
): InboundMessage | undefined {
  const { id, author, text, metadata, attachments, replyTo, raw } = message;
  if (!isPerson(author) || metadata.edited) return undefined;
  const direct = isDirect(threadId, reading.adapter);
  // In a place people also answer each other.
  const repliedTo = replyTo?.author.isMe || direct ? replyTo?.id : undefined;
  const opensThread = threadId.endsWith(`:${id}`);
  const inReplyTo = opensThread ? undefined : answered(threadId, repliedTo ?? answeredIdOf(raw), reading);
  if (!direct && inReplyTo === undefined) return undefined;
  const occurredAt = metadata.dateSent.getTime();
  return {
    ...inboundMessage({ threadId, author, text, inReplyTo, direct, reading }),
    externalId: externalIdOf(threadId, id),
    data: {
      ...sourceOf(author, threadId),
      message: id,
      ...(attachments.length > 0 && { attachments: attachments.length }),
    },
    ...(Number.isSafeInteger(occurredAt) && occurredAt >= 0 && { occurredAt }),
  };
}

/** A click; its text is what the button brings back. */
export function readAction(
  event: Pick<ActionEvent, "actionId" | "value" | "messageId" | "threadId" | "user" | "raw">,
  reading: Reading,
): InboundMessage | undefined {
  const { actionId, value, messageId, threadId, user, raw } = event;
  if (!isPerson(user)) return undefined;
  const message = answeredIdOf(raw) ?? messageId;
  const direct = isDirect(threadId, reading.adapter);
  const text = value ?? actionId;
  // Without an id of its own, a click counts once for each person and button.
  const clickId = eventIdOf(raw) ?? `${messageId}:${user.userId}:${actionId}`;
  return {
    ...inboundMessage({
      threadId,
      author: user,
      text,
      inReplyTo: answered(threadId, message, reading),
      direct,
      reading,
    }),
    action: text.slice(0, 2_000),
    externalId: externalIdOf(threadId, `click:${clickId}`),
    data: { ...sourceOf(user, threadId), message, actionId, value: value ?? null },
  };
}

/** Text that begins with a slash, which adapters tell apart. Undefined also for a command that nothing tells from another. */
export function readCommand(
  event: Pick<SlashCommandEvent, "command" | "text" | "user" | "raw"> & { readonly channelId: string },
  reading: Reading,
): InboundMessage | undefined {
  const { command, text, user, raw, channelId } = event;
  const id = eventIdOf(raw);
  const direct = isDirect(channelId, reading.adapter);
  if (!isPerson(user) || !direct || id === undefined) return undefined;
  return {
    ...inboundMessage({
      threadId: channelId,
      author: user,
      text: text === "" ? command : `${command} ${text}`,
      inReplyTo: undefined,
      direct,
      reading,
    }),
    externalId: externalIdOf(channelId, `command:${id}`),
    data: { ...sourceOf(user, channelId), command },
  };
}

interface Said {
  readonly threadId: string;
  readonly author: Author;
  readonly text: string;
  readonly inReplyTo: string | undefined;
  readonly direct: boolean;
  readonly reading: Reading;
}

function inboundMessage({
  author,
  text,
  inReplyTo,
  direct,
  reading,
}: Said): Omit<InboundMessage, "externalId"> {
  const intent = intentOf(text, reading);
  return {
    channel: reading.name,
    text: text.slice(0, maxInboundTextLength),
    ...(inReplyTo !== undefined && { inReplyTo }),
    // Not as the sender in a place: what is no answer to us would go to whichever session last wrote there.
    ...(direct ? { from: author.userId } : { author: author.userId }),
    // A place is nobody's own to opt out of.
    ...(intent !== undefined && (direct || intent === "human") && { intent }),
  };
}

/** The `externalId` of what is answered: the message itself, or its thread where our message opened that. */
function answered(threadId: string, messageId: string | undefined, { adapter }: Reading): string | undefined {
  const inThread = isThread(threadId, adapter);
  if (messageId !== undefined && !(inThread && threadId.endsWith(`:${messageId}`)))
    return externalIdOf(threadId, messageId);
  return inThread ? threadId : undefined;
}

function intentOf(text: string, { optOutWords, optInWords, humanWords }: Reading): InboundMessage["intent"] {
  const spoken = plain(text);
  const among = (words: readonly string[]) => words.some((word) => plain(word) === spoken);
  if (among(optOutWords)) return "opt_out";
  if (among(optInWords)) return "opt_in";
  return among(humanWords) ? "human" : undefined;
}

function plain(text: string): string {
  return text.trim().toUpperCase();
}

function isPerson({ isMe, isBot, isSystem }: Author): boolean {
  return !isMe && isBot !== true && isSystem !== true;
}

function sourceOf({ userId }: Author, threadId: string) {
  return { user: userId, thread: threadId };
}
