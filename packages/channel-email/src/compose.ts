import type { OutboundMessage, Urgency } from "@hybrid-orchestrator/core";
import type { EmailSettings } from "./config.js";
import { storable } from "./text.js";

export interface Composed {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const mostSubjectCharacters = 200;
const subjectStart = 50;

/** What a message looks like as a mail: text with its footer, the same as HTML, and a subject of one line. */
export function compose(message: OutboundMessage, footerFor: EmailSettings["footerFor"]): Composed {
  const content = printable(message.content);
  const footer = footerLines(message, footerFor);
  const text = footer.length === 0 ? content : `${content}\n\n-- \n${footer.join("\n")}`;
  const small = footer.map(toHtml).join("<br>");
  return {
    subject: subjectOf(message),
    text,
    html: `<p>${toHtml(content)}</p>${footer.length === 0 ? "" : `<p style="color:#666;font-size:small">${small}</p>`}`,
  };
}

function subjectOf({ subject, trigger, content, urgency }: OutboundMessage): string {
  const oneLine = (text: string) => printable(text).replace(/\s+/g, " ").trim();
  const words =
    oneLine(subject ?? (trigger === undefined ? "" : `Alert: ${trigger}`)) || start(oneLine(content));
  return [...(prefixOf(urgency) + words)].slice(0, mostSubjectCharacters).join("");
}

function prefixOf(urgency: Urgency): string {
  switch (urgency) {
    case "critical":
      return "[URGENT] ";
    case "high":
      return "[Important] ";
    case "normal":
    case "low":
      return "";
  }
}

function start(text: string): string {
  const characters = [...text];
  return characters.length > subjectStart ? `${characters.slice(0, subjectStart).join("")}...` : text;
}

function footerLines(message: OutboundMessage, footerFor: EmailSettings["footerFor"]): string[] {
  if (footerFor === "nobody" || (footerFor === "workers" && message.audience !== "worker")) return [];
  const { sessionId, trigger, reason } = message;
  return [
    `Session: ${sessionId}`,
    ...(trigger ? [`Trigger: ${trigger}`] : []),
    ...(reason ? [`Reason: ${reason}`] : []),
  ].map((line) => printable(line).replace(/\s+/g, " "));
}

/** Without control characters but tabs and line ends. */
function printable(text: string): string {
  return storable(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function toHtml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? "")
    .replace(/\bhttps?:\/\/[^\s&]+(?:&amp;[^\s&]+)*/g, (url) => {
      const end = /[.,;:!?)\]]*$/.exec(url)?.[0] ?? "";
      const link = url.slice(0, url.length - end.length);
      return `<a href="${link}">${link}</a>${end}`;
    })
    .replace(/\n/g, "<br>\n");
}
