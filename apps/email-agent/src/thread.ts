import { createHmac } from "node:crypto";

/**
 * The name of a session's thread of mails: 24 hexadecimal digits that only the key's holder can make, and that do not
 * tell the session's token. It stands in every Message-ID of the thread, so a reply is known by its headers alone,
 * after a restart too.
 */
export function threadIdOf(key: string, sessionToken: string): string {
  return digest(key, `thread:${sessionToken}`).slice(0, 24);
}

/** The same idempotency key gives the same Message-ID, by which many mail systems drop a second copy. */
export function uniquePartOf(key: string, idempotencyKey: string): string {
  return digest(key, `message:${idempotencyKey}`).slice(0, 32);
}

export function messageIdOf(unique: string, threadId: string | null, domain: string): string {
  return threadId === null ? `<${unique}@${domain}>` : `<${unique}.${threadId}@${domain}>`;
}

/** Mails of one session refer to one root that was never sent; mail programs show them as one conversation. */
export function threadHeaders(
  threadId: string | null,
  domain: string,
): { readonly inReplyTo?: string; readonly references?: string } {
  if (threadId === null) return {};
  const root = messageIdOf("session", threadId, domain);
  return { inReplyTo: root, references: root };
}

/** The thread that one of these Message-IDs belongs to, or null. */
export function threadIdIn(messageIds: readonly string[], domain: string): string | null {
  for (const id of messageIds) {
    const match = /^<[^<>@\s]+\.([0-9a-f]{24})@([^<>@\s]+)>$/.exec(id);
    if (match?.[1] !== undefined && match[2]?.toLowerCase() === domain) return match[1];
  }
  return null;
}

/** Whether it names the root of a thread, which was never sent. */
export function isRoot(messageId: string): boolean {
  return messageId.startsWith("<session.");
}

function digest(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex");
}
