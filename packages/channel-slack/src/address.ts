import { addressOn, type Recipient } from "@hybrid-orchestrator/core";

/** A message's place: the vendor's `ts` is unique within its conversation only. */
export interface MessagePlace {
  readonly conversation: string;
  readonly ts: string;
}

/** Users (U, W), channels (C), private channels and groups (G), direct messages (D). */
export function isSlackId(text: string): boolean {
  return /^[UWCGD][A-Z0-9]{2,50}$/.test(text);
}

/** Where a message for this recipient goes: their own address for this channel, their Slack id, or the default. */
export function destinationOf(
  recipient: Recipient,
  { name, defaultChannel }: { readonly name: string; readonly defaultChannel?: string | undefined },
): string | undefined {
  const destination = addressOn(recipient, name) ?? recipient.slackId ?? defaultChannel;
  return destination !== undefined && isSlackId(destination) ? destination : undefined;
}

export function externalIdOf({ conversation, ts }: MessagePlace): string {
  return `${conversation}:${ts}`;
}

export function placeOf(externalId: string): MessagePlace | undefined {
  const [, conversation, ts] = /^([CGD][A-Z0-9]{2,50}):(\d{1,20}\.\d{1,10})$/.exec(externalId) ?? [];
  return conversation === undefined || ts === undefined ? undefined : { conversation, ts };
}
