import { OrchestratorError, type OutboundMessage } from "@hybrid-orchestrator/core";
import { actionsBlock, actionsOf } from "./actions.js";
import { placeOf } from "./address.js";
import { escapedPieces, escapeText } from "./text.js";

/** Slack documents no limit for all blocks together; messages past about 13,000 characters were seen refused. */
export const maxTextLength = 12_000;
/** Source: docs.slack.dev, "Section block". */
const maxSectionLength = 3_000;

/** The body of chat.postMessage and chat.update. */
export interface SlackMessage {
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly object[];
  readonly thread_ts?: string;
  readonly unfurl_links?: false;
  readonly unfurl_media?: false;
}

export type Writable = Pick<OutboundMessage, "content" | "subject" | "metadata" | "deliveryId" | "sessionId">;

/** @throws OrchestratorError `invalid_argument`, `data_too_large` for what Slack would not take. */
export function postMessageBody(message: OutboundMessage, destination: string): SlackMessage {
  const thread = message.thread === undefined ? undefined : placeOf(message.thread);
  return {
    // The thread's own conversation, since a message to a user has ended up in one of another id.
    channel: thread?.conversation ?? destination,
    ...messageBody(message),
    ...(thread !== undefined && { thread_ts: thread.ts }),
    // Else Slack opens each link for a preview, also one that holds a token.
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** What stands in a message, new or rewritten. */
export function messageBody(message: Writable): Pick<SlackMessage, "text" | "blocks"> {
  const { content, subject } = message;
  if (content.trim() === "") throw new OrchestratorError("invalid_argument", "The message has no text.");
  if (content.length > maxTextLength)
    throw new OrchestratorError(
      "data_too_large",
      `The message has ${content.length} characters; Slack takes ${maxTextLength}.`,
    );
  const heading = subject?.replace(/\s+/g, " ").trim();
  const pieces = escapedPieces(content, maxSectionLength);
  const actions = actionsOf(message);
  return {
    // What notifications show.
    text: [heading && escapeText(heading), pieces[0]].filter(Boolean).join(": "),
    blocks: [
      ...(heading ? [section(`*${escapeText(heading)}*`)] : []),
      ...pieces.map(section),
      ...(actions.length > 0 ? [actionsBlock(actions, message)] : []),
    ],
  };
}

function section(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text } };
}
