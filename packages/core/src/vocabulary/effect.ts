import type { JsonObject } from "../json.js";
import type { Decision } from "./decision.js";
import type { Delivery } from "./delivery.js";

/**
 * A leased row for something to do after the commit that wrote it. While `dueAt` is a number somebody has to look at
 * it then: to start, to retry, or because the lease of whoever had started has run out. Null: nothing is left to do.
 */
interface EffectBase {
  readonly id: string;
  readonly sessionId: string;
  /** What may run side by side and what waits in line: a channel's name, `agent:NAME`, `action:NAME`, `tool:NAME`. */
  readonly lane: string;
  readonly dueAt: number | null;
  /** Who is at work on it, and until when that is believed. */
  readonly lease: { readonly holder: string; readonly until: number } | null;
  /** How often work on it has begun. */
  readonly tries: number;
  /** The session's ownership epoch when it was written. */
  readonly ownershipEpoch: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface DeliveryEffect extends EffectBase {
  readonly kind: "delivery";
  readonly delivery: Delivery;
}

export interface AgentEffect extends EffectBase {
  readonly kind: "agent";
  readonly call: {
    readonly agent: string | null;
    readonly reason: string;
    readonly trigger: string | null;
    /** `respond`: a stream of text to whoever has just written. `summarize`: the session's summary. Absent: a decision. */
    readonly purpose?: "respond" | "summarize";
    /** The user has written and waits for an answer: a failure is not the end of it. */
    readonly answers?: { readonly channel: string | null };
    readonly status: "pending" | "running" | "done" | "failed";
    readonly decision: Decision | null;
    readonly error: string | null;
    /** Why it is to be asked again when it has answered: something came while it was thinking. */
    readonly again?: string;
  };
}

export interface ActionEffect extends EffectBase {
  readonly kind: "action";
  readonly action: {
    readonly name: string;
    readonly trigger: string | null;
    /** The place of the action in its trigger, by which an inline function is found again. */
    readonly index: number;
    readonly reason: string;
    readonly params: JsonObject;
    readonly status: "pending" | "running" | "done" | "failed";
    readonly error: string | null;
  };
}

/** What an escalation needs of a worker's record, which no commit of the session can change. */
export interface StaffingEffect extends EffectBase {
  readonly kind: "staffing";
  readonly staffing: {
    /** `settle`: the worker's capacity is brought in line. `offer`: somebody is found who can be offered it. */
    readonly task: "settle" | "offer";
    readonly escalationId: string;
    /** Whose capacity; null for an offer. */
    readonly worker: string | null;
    readonly status: "pending" | "done";
  };
}

/** Calls that were sent are to say that they are over, where their channels can rewrite what they sent. */
export interface RewriteEffect extends EffectBase {
  readonly kind: "rewrite";
  readonly rewrite: {
    readonly escalationId: string;
    /** What stands in their place. */
    readonly text: string;
    /** Deliveries of which nothing is left to do. */
    readonly done: readonly string[];
    readonly status: "pending" | "done" | "failed";
  };
}

/** One call of a tool, asked for by an agent or allowed by a human. */
export interface ToolEffect extends EffectBase {
  readonly kind: "tool";
  readonly tool: {
    readonly name: string;
    /** Who asked for it; null: the application. */
    readonly agent: string | null;
    readonly callId: string;
    readonly args: JsonObject;
    /** The escalation in which a human allowed exactly these arguments, where one had to. */
    readonly approvalId: string | null;
    /** `unknown`: it had begun, and nobody knows what became of it; it is not run again. */
    readonly status: "pending" | "running" | "done" | "failed" | "unknown";
    readonly error: string | null;
  };
}

export type Effect =
  | DeliveryEffect
  | AgentEffect
  | ActionEffect
  | StaffingEffect
  | RewriteEffect
  | ToolEffect;
export type EffectKind = Effect["kind"];

/** Where an effect stands, one word for every kind. */
export function effectStatus(effect: Effect): string {
  switch (effect.kind) {
    case "delivery":
      return effect.delivery.status;
    case "agent":
      return effect.call.status;
    case "action":
      return effect.action.status;
    case "staffing":
      return effect.staffing.status;
    case "rewrite":
      return effect.rewrite.status;
    case "tool":
      return effect.tool.status;
  }
}
