import type { ChannelHub } from "@hybrid-orchestrator/channel-hub";
import type { EscalationPolicy } from "@hybrid-orchestrator/core";
import type { Staff } from "@hybrid-orchestrator/escalation";
import type { RuleSet } from "@hybrid-orchestrator/triggers";

/** What decisions are made by, the same for every session. */
export interface Rulebook {
  readonly rules: RuleSet;
  readonly hub: ChannelHub;
  /** The agent that is asked where none is named, and owns new sessions. */
  readonly defaultAgent: string | null;
  /** Null: nobody is waited for, so that a request for a human is told and nothing else. */
  readonly escalation: EscalationRules | null;
}

/** How people are asked for. */
export interface EscalationRules {
  /** @throws OrchestratorError `unknown_name` */
  policy(name: string): EscalationPolicy;
  readonly defaultPolicy: string;
  readonly maxPerHour: number;
  /** Who could help, as this process knows it now. */
  staff(): Staff;
}
