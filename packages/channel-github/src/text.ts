import type { OutboundMessage, Urgency } from "@hybrid-orchestrator/core";

// GitHub refuses longer ones: 256 characters for a title, 65,536 for a body.
const maxTitleLength = 256;
const maxReasonLength = 500;
const previewLength = 50;

/** Leaves room for the heading and the footer. */
export const maxContentLength = 60_000;

const prefixes: Record<Urgency, string> = {
  critical: "[URGENT] ",
  high: "[Important] ",
  normal: "",
  low: "",
};

export interface TextOptions {
  readonly allowMentions: boolean;
}

/** The title of the issue that a message opens. */
export function titleOf(message: OutboundMessage): string {
  const content = oneLine(message.content);
  const preview = content.length > previewLength ? `${cut(content, previewLength).trimEnd()}...` : content;
  const title = headingOf(message) ?? preview;
  return cut(title === "" ? `Session ${oneLine(message.sessionId)}` : title, maxTitleLength);
}

/** The body of an issue or comment. A comment has no title, so what would stand there comes first. */
export function bodyOf(message: OutboundMessage, kind: "issue" | "comment", options: TextOptions): string {
  const heading = kind === "comment" ? headingOf(message) : undefined;
  const text = harmless(clean(message.content), options)
    .replace(/^\s*\n/, "")
    .trimEnd();
  return [
    ...(heading === undefined ? [] : [`**${escaped(cut(heading, maxTitleLength))}**`]),
    ...(text === "" ? [] : [text]),
    // A rule right under a text would make a headline of it; the parts are therefore joined by an empty line.
    "---",
    `<sub>${footerOf(message)}</sub>`,
    markerOf(message.deliveryId),
  ].join("\n\n");
}

/** Tells our own issues and comments from people's, and finds the one that a delivery made. Not shown on the page. */
export function markerOf(deliveryId: string): string {
  return `<!-- hybrid: ${deliveryId.replace(/[^\w.-]/g, "_")} -->`;
}

/** Whether a text ends with a marker. A quotation of one does not. */
export function isOurs(body: string): boolean {
  return /(?:^|\n)<!-- hybrid: [\w.-]+ -->\s*$/.test(body);
}

function headingOf({ subject, trigger, urgency, content }: OutboundMessage): string | undefined {
  const given = oneLine(subject ?? "");
  if (given !== "") return given;
  if (trigger !== undefined) return `${prefixes[urgency]}Alert: ${oneLine(trigger)}`;
  if (prefixes[urgency] === "") return undefined;
  const text = oneLine(content);
  return (
    prefixes[urgency] + (text.length > previewLength ? `${cut(text, previewLength).trimEnd()}...` : text)
  );
}

function footerOf({ sessionId, trigger, reason }: OutboundMessage): string {
  const parts = [`Session ${escaped(oneLine(sessionId))}`];
  if (trigger !== undefined) parts.push(`trigger ${escaped(oneLine(trigger))}`);
  if (reason !== undefined) parts.push(escaped(cut(oneLine(reason), maxReasonLength)));
  return parts.join(" · ");
}

/** The message's Markdown, without what reaches beyond it: names that notify people, comments that hide the rest. */
function harmless(text: string, { allowMentions }: TextOptions): string {
  const closed = text.replaceAll("<!--", "&lt;!--");
  return allowMentions ? closed : withoutMentions(closed);
}

/** A blank of no width after the sign: GitHub then sees no name. It does not see one in ada@example.com either. */
function withoutMentions(text: string): string {
  return text.replace(/(?<![\w.+-])@(?=[a-z\d])/gi, "@\u200b");
}

/** As it is, without Markdown's and HTML's meaning. */
function escaped(text: string): string {
  return withoutMentions(text.replace(/[\\`*_[\]<>~|&#]/g, "\\$&"));
}

function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, " ").trim();
}

/** Without control characters and half surrogate pairs, which JSON can carry and GitHub refuses. */
function clean(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Never through the middle of a character. */
function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "");
}
