import type { JsonObject } from "@hybrid-orchestrator/core";
import { namesDeadAddress } from "@hybrid-orchestrator/mail";
import type { Email } from "../email.js";

/** A mail as an e-mail agent writes it: in camelCase, or as a row of the public demo in snake_case. Lenient. */
export function readRow(row: JsonObject): Email {
  const kind = textOf(row.kind);
  const bounceStatus = textOf(row.bounceStatus);
  const bounced = textOf(row.bouncedMessageId);
  return {
    messageId: textOf(row.messageId ?? row.message_id),
    subject: textOf(row.subject),
    from: textOf(row.from ?? row.from_address),
    fromName: textOf(row.fromName ?? row.from_name),
    to: listOf(row.to ?? row.to_addresses, ","),
    date: textOf(row.date ?? row.date_sent ?? row.timestamp),
    text: textOf(row.text ?? row.body_text ?? row.snippet),
    kind: kind === "bounce" ? kind : kind === "automatic" || looksAutomatic(row) ? "automatic" : "message",
    inReplyTo: textOf(row.inReplyTo ?? row.in_reply_to),
    references: listOf(row.references ?? row.email_references, /\s+/),
    deliveredTo: [],
    bounce:
      kind === "bounce"
        ? {
            messageIds: bounced === "" ? [] : [bounced],
            // An agent that tells no status says only that it came back.
            outcome: bounceStatus === "" && row.bounceStatus !== undefined ? "delayed" : "failed",
            status: bounceStatus,
            isDeadAddress: namesDeadAddress(bounceStatus),
          }
        : null,
  };
}

/** Where an agent tells no kind: by the mail's own headers (RFC 3834), or by who writes on a mail system's behalf. */
function looksAutomatic(row: JsonObject): boolean {
  const from = textOf(row.from ?? row.from_address);
  return (
    /auto-submitted["']?\s*[:,=]\s*["']?auto-/i.test(textOf(row.raw_headers).slice(0, 65_536)) ||
    (row.kind === undefined && /^(mailer-daemon|postmaster)@/i.test(from))
  );
}

/** Whether a row holds the mail itself, and not just what an event says of it. */
export function hasText(row: JsonObject): boolean {
  return ["text", "body_text"].some((name) => typeof row[name] === "string");
}

/** The thread of one of our sessions, which only the agent's key can make. */
export function hasThread(row: JsonObject): boolean {
  return typeof row.threadId === "string" && row.threadId !== "";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown, separator: string | RegExp): string[] {
  const list = Array.isArray(value) ? value.map(textOf) : textOf(value).split(separator);
  return list.map((text) => text.trim()).filter((text) => text !== "");
}
