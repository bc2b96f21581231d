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
  /** When agents are asked, and what they may take and decide. */
  readonly agents: AgentRules;
  /** Null: nobody is waited for, so that a request for a human is told and nothing else. */
  readonly escalation: EscalationRules | null;
}

interface AgentRules {
  readonly onMessage: "inbound" | "every" | "never";
  readonly minConfidence: number;
  readonly budget: {
    readonly calls: number | null;
    readonly tokens: number | null;
    readonly costUsd: number | null;
  };
  readonly maxRepeats: number | null;
  readonly summarizeEvery: number | null;
  /** The agent that keeps summaries current; null where none can. */
  readonly summarizer: string | null;
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
