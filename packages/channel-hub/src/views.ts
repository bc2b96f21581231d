import type { ChannelCapabilities, Recipient, Session, Urgency } from "@hybrid-orchestrator/core";
import type { ChannelSettings, HubPolicy } from "./policy.js";

/** What decisions need to know of one registered channel. */
export interface ChannelView extends ChannelSettings {
  readonly name: string;
  readonly capabilities: ChannelCapabilities;
  /** The channel's own code: may throw. */
  canReach(recipient: Recipient): boolean;
  matchesUrgency(urgency: Urgency): boolean;
  /** The address that its opt-outs, caps and rates are kept by. Never throws. */
  destination(recipient: Recipient): string;
}

/** What decisions need to know of the hub, as it is at one moment. */
export interface HubViews {
  readonly policy: HubPolicy;
  /** By name, in order of priority, then name. */
  readonly channels: ReadonlyMap<string, ChannelView>;
  /** Channels by need, from plugins; before the policy's own. */
  readonly preferences: Readonly<Record<string, readonly string[]>>;
}

/** What decisions need to know of the session at the moment of sending. */
export type SessionView = Pick<Session, "status" | "owner" | "ownershipEpoch">;

/** Whether a message may be repeated on this channel after a try of unknown outcome. */
export function deduplicates(channel: string, { channels }: HubViews): boolean {
  return channels.get(channel)?.capabilities.idempotent === true;
}
