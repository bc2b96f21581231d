import type {
  EscalationEventData,
  EscalationStatus,
  LocalizedText,
  Owner,
  Urgency,
} from "@hybrid-orchestrator/core";
import type { Announcement, EscalationEventName } from "../machine/step.js";
import type { ScriptedAction } from "./script.js";

/** Somebody who is told something. */
export interface ToldSomebody {
  /** A worker's id, or the name of a channel where a team reads. */
  readonly to: { readonly worker: string } | { readonly channel: string };
  /**
   * - `call`: somebody is wanted. `offer`: it is theirs to accept until `until`. `transfer`: a colleague asks.
   * - `taken`: it no longer is theirs to take. `news`: what else a holder learns.
   */
  readonly kind: "call" | "offer" | "transfer" | "taken" | "news";
  readonly urgency: Urgency;
  readonly until: number | null;
  /** Null for a call: what it says depends on the session. */
  readonly text: string | null;
}

/** What happens at one moment, by one cause. */
export interface SimulationStep {
  readonly at: number;
  /** Since the start. */
  readonly afterMs: number;
  /** `opened`, `time`, or what somebody does. */
  readonly cause: "opened" | "time" | ScriptedAction;
  /** What the machine or a full desk says to that action: no. */
  readonly refused: string | null;
  readonly events: readonly { readonly name: EscalationEventName; readonly data: EscalationEventData }[];
  readonly told: readonly ToldSomebody[];
  readonly userHears: readonly { readonly announcement: Announcement; readonly text: LocalizedText }[];
  /** The AI is asked to look at the session again. */
  readonly agentAsked: boolean;
  /** How it stands afterwards. */
  readonly owner: Owner;
  readonly status: EscalationStatus;
  readonly holder: string | null;
  /** The level, 0 for the first, waits for somebody or for its hours. */
  readonly held: boolean;
  /** When the next level fires; null: paused, held with nothing known, or over. */
  readonly nextLevelAt: number | null;
}

/** How a simulation stops. */
export interface SimulationEnd {
  readonly at: number;
  readonly afterMs: number;
  /**
   * - `ended`: the escalation has ended. `held`: a worker holds it, or nothing more happens by itself.
   * - `until`: it is open still when the simulated time is over. `too_many_steps`: so is the patience.
   */
  readonly reason: "ended" | "held" | "until" | "too_many_steps";
  readonly status: EscalationStatus;
  readonly owner: Owner;
  /** In words. */
  readonly outcome: string;
}

export interface Simulation {
  readonly policyName: string;
  readonly startAt: number;
  /** In order; moments at which nothing happens are left out. */
  readonly steps: readonly SimulationStep[];
  readonly end: SimulationEnd;
  /** By id, for whoever reads it. */
  readonly workerNames: Readonly<Record<string, string>>;
}
