import { addressOn, hashParts, type Recipient } from "@hybrid-orchestrator/core";
import type { ChatAdapter } from "./adapter.js";

const maxIdLength = 500;

export interface AddressParts {
  readonly name: string;
  readonly adapter: ChatAdapter;
}

/** Where messages for this recipient go: a user's id on the platform, or the id of a place, `telegram:-1001`. */
export function destinationOf(recipient: Recipient, { name, adapter }: AddressParts): string | undefined {
  const address = addressOn(recipient, name)?.trim();
  if (address === undefined || !/^[^\s#]{1,400}$/.test(address)) return undefined;
  if (isPlace(address, adapter)) return isDirect(address, adapter) ? undefined : address;
  return adapter.openDM === undefined ? undefined : address;
}

export function isPlace(address: string, { name }: ChatAdapter): boolean {
  return address.startsWith(`${name}:`);
}

/** Whether a thread is one with a single person; also true of what the adapter does not take for a thread of its own. */
export function isDirect(threadId: string, adapter: ChatAdapter): boolean {
  try {
    return adapter.isDM?.(threadId) ?? false;
  } catch {
    return true;
  }
}

/** Whether it is a thread within a place or conversation, and not that itself. */
export function isThread(threadId: string, adapter: ChatAdapter): boolean {
  const channelId = adapter.channelIdFromThreadId(threadId);
  // Slack's direct messages are a thread without a time: `slack:D1:`.
  return threadId !== channelId && threadId !== `${channelId}:`;
}

/** A message's id is unique within its thread only. */
export function externalIdOf(threadId: string, messageId: string): string {
  const id = `${threadId}#${messageId}`;
  return id.length <= maxIdLength ? id : `sha256:${hashParts(threadId, messageId)}`;
}

/** The message that an id names; undefined for one that opened a thread, or whose id was too long to be kept. */
export function messageOf(
  externalId: string,
  { name }: ChatAdapter,
): { readonly threadId: string; readonly messageId: string } | undefined {
  const end = externalId.lastIndexOf("#");
  if (!externalId.startsWith(`${name}:`) || end === -1) return undefined;
  return { threadId: externalId.slice(0, end), messageId: externalId.slice(end + 1) };
}

/** The thread that a message of ours stands in; undefined where its id does not tell. */
export function threadOf(externalId: string, { name }: ChatAdapter): string | undefined {
  if (!externalId.startsWith(`${name}:`)) return undefined;
  const end = externalId.lastIndexOf("#");
  return end === -1 ? externalId : externalId.slice(0, end);
}
