import type { Json, JsonObject } from "../json.js";
import type { Urgency } from "./message.js";
import type { EscalationPolicy, SlaTarget } from "./policy.js";
import type { Skill } from "./worker.js";

export const escalationKinds = ["takeover", "approval", "question"] as const;
/**
 * `takeover`: a human should own the session. `approval`: a human decides about one action that an AI proposes.
 * `question`: a human answers, the AI goes on.
 */
export type EscalationKind = (typeof escalationKinds)[number];

export const escalationStatuses = [
  "queued",
  "offered",
  "claimed",
  "in_progress",
  "waiting",
  "resolved",
  "cancelled",
  "expired",
] as const;
export type EscalationStatus = (typeof escalationStatuses)[number];

/** A state that nothing leads out of: reopening makes a child. */
export function hasEnded(status: EscalationStatus): boolean {
  return status === "resolved" || status === "cancelled" || status === "expired";
}

export const dispositions = ["needed", "not_needed", "too_late"] as const;
/** What the human thinks of having been asked. */
export type Disposition = (typeof dispositions)[number];

/** What a human leaves for the AI that goes on. */
export interface HandBackNote {
  readonly text: string;
  readonly facts: readonly string[];
  readonly decisions: readonly string[];
  readonly promises: readonly string[];
  /** What not to do. */
  readonly avoid: readonly string[];
}

/** A worker is asked, and capacity is held for the answer. */
export interface Offer {
  readonly id: string;
  readonly worker: string;
  readonly offeredAt: number;
  readonly expiresAt: number;
}

export interface Holder {
  readonly worker: string;
  readonly since: number;
  /** When there must have been a first word; null: there was one, or none is asked for. */
  readonly acknowledgeBy: number | null;
}

export interface Transfer {
  /** To whom: a worker, or whoever of a queue accepts first. */
  readonly to: { readonly worker: string } | { readonly queue: string };
  readonly note: string | null;
  readonly requestedAt: number;
  readonly expiresAt: number;
}

/** How a promised time stands. Exactly one breach is told for each. */
export interface SlaState {
  readonly target: SlaTarget;
  /** Null while it is paused. */
  readonly dueAt: number | null;
  /** What was left when it was paused, in milliseconds of its calendar. */
  readonly remainingMs: number | null;
  readonly metAt: number | null;
  readonly breachedAt: number | null;
}

/** How far the policy has come. */
export interface Progress {
  /** 1 for the first pass through the levels. */
  readonly cycle: number;
  /** Of these passes: how many repeat the one that began when it opened, or when its hours did. */
  readonly repeats: number;
  /** The level that fired last, 0 for the first; -1 before it. */
  readonly level: number;
  /** When the next one fires, or the cycle ends. Null: paused by a claim, held, or over. */
  readonly dueAt: number | null;
  /** What was left of the wait when a claim paused it. */
  readonly remainingMs: number | null;
  /** The level found nobody and waits for somebody. */
  readonly held: boolean;
  /** Some level of this cycle had a target. */
  readonly reachedSomebody: boolean;
  /** Every level has passed. */
  readonly exhausted: boolean;
  /** The fallback of the current level was told. */
  readonly fellBack: boolean;
  /** Workers of the levels of this cycle: who can be waited for. */
  readonly told: readonly string[];
  /** Whether a place was told in this cycle where nobody knows who reads. */
  readonly toldChannel: boolean;
}

export type ApprovalStatus =
  | "requested"
  | "approved"
  | "edited"
  | "rejected"
  | "responded"
  | "ignored"
  | "expired"
  | "superseded";

/** One action that an agent proposes. The decision counts for exactly this call, tool and hash of arguments. */
export interface Approval {
  readonly status: ApprovalStatus;
  /** Who proposes it and is told what became of it; null: the application, which asks for itself. */
  readonly agent: string | null;
  /** Who runs it: the orchestrator, which knows the tool, or whoever asked. */
  readonly runBy: "orchestrator" | "caller";
  readonly tool: string;
  readonly callId: string;
  readonly args: JsonObject;
  /** Of the proposed arguments. */
  readonly argsHash: string;
  /** Set by an edit: what is run instead, and its hash. */
  readonly editedArgs: JsonObject | null;
  readonly editedHash: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  /** What the human says to the agent. */
  readonly comment: string | null;
  /** `unknown`: it had begun, and nobody knows what became of it; it is not run again. */
  readonly execution: "none" | "pending" | "done" | "failed" | "unknown";
  readonly result: Json;
}

export interface EscalationNote {
  readonly worker: string;
  readonly at: number;
  readonly text: string;
}

/** Somebody human is wanted: for the session, for one decision, for one answer. */
export interface Escalation {
  readonly id: string;
  readonly sessionId: string;
  /** The ended one that this one takes up again. */
  readonly parentId: string | null;
  readonly kind: EscalationKind;
  readonly status: EscalationStatus;
  readonly reason: string;
  /** `agent:NAME`, `trigger:NAME`, `worker:ID`, `user` or `api`. */
  readonly requestedBy: string;
  readonly suggestedHumanAction: string | null;
  readonly priority: Urgency;
  readonly queue: string | null;
  readonly skills: readonly Skill[];
  /** What kind of work it is for a worker's capacity: `chat`, `voice`, … */
  readonly channel: string;
  readonly policyName: string;
  /** As it was when this was opened. */
  readonly policy: EscalationPolicy;
  readonly progress: Progress;
  /** Grows with each claim and each loss of one. */
  readonly claimEpoch: number;
  readonly holder: Holder | null;
  readonly offers: readonly Offer[];
  readonly transfer: Transfer | null;
  /** Who is not offered it for a while. */
  readonly skipped: readonly { readonly worker: string; readonly until: number }[];
  /** While `waiting`: until then, or until the user writes. */
  readonly snoozedUntil: number | null;
  readonly slas: readonly SlaState[];
  /** When it ends unless somebody holds it. */
  readonly expiresAt: number;
  /** When the presence of those it depends on is looked at again. */
  readonly checkAt: number | null;
  /** `seq` of the session's last activity when it was opened. */
  readonly openedSeq: number;
  readonly openedAt: number;
  /** When each escalation of the session in the hour before was opened, this one last. */
  readonly openings: readonly number[];
  readonly claimedAt: number | null;
  readonly respondedAt: number | null;
  readonly endedAt: number | null;
  /** How it ended, in words: who, why. */
  readonly outcome: string | null;
  readonly disposition: Disposition | null;
  readonly handBack: (HandBackNote & { readonly mode: "continue" | "wait_for_user" }) | null;
  /** How often a holder was lost, or gave it back. */
  readonly releases: number;
  /** How often it went from one holder to the next. */
  readonly transfers: number;
  /** Who holds it, or held or decided it last. */
  readonly lastHolder: string | null;
  readonly notes: readonly EscalationNote[];
  readonly question: string | null;
  readonly answer: string | null;
  readonly approval: Approval | null;
  /** Ids of single-use tokens that were used. */
  readonly usedTokens: readonly string[];
  readonly updatedAt: number;
}
