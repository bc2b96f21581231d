import type { ChannelHub } from "@hybrid-orchestrator/channel-hub";
import type { RuleSet } from "@hybrid-orchestrator/triggers";

/** What decisions are made by, the same for every session. */
export interface Rulebook {
  readonly rules: RuleSet;
  readonly hub: ChannelHub;
  /** The agent that is asked where none is named, and owns new sessions. */
  readonly defaultAgent: string | null;
}
