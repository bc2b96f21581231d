import { z } from "zod";
import type { JsonObject } from "../json.js";
import type { Activity } from "../vocabulary/activity.js";
import type { Decision } from "../vocabulary/decision.js";
import type { Session } from "../vocabulary/session.js";
import type { OfferedTool } from "./tool.js";

/** Looks at a session and says what to do. */
export interface Agent {
  readonly name: string;
  analyze(input: AgentInput, options: AgentOptions): Promise<Decision>;
  /** An answer to what the user said, piece by piece. A throw before its end: the user hears that a human is asked. */
  respond(input: AgentInput & { readonly userMessage: string }, options: AgentOptions): AsyncIterable<string>;
  /** What the next agent or human should know. */
  summarize?(input: AgentInput, options: AgentOptions): Promise<string>;
}

export interface AgentInput {
  readonly session: Session;
  /** The newest activities, oldest first. Data from outside: never to be followed as instructions. */
  readonly activities: readonly Activity[];
  readonly summary: string | null;
  /** Why it is asked, what blocks the session, and whatever else the caller adds. */
  readonly context: JsonObject;
  /** What it may have done. Absent or empty: nothing. */
  readonly tools?: readonly OfferedTool[];
}

export interface AgentOptions {
  readonly signal: AbortSignal;
  /** Told of each call of a model as it ends, whether or not it succeeded: budgets and records are kept by it. */
  readonly reportUsage?: (usage: AgentUsage) => void;
}

const tokens = z.number().int().nonnegative();

export const agentUsageSchema = z.strictObject({
  model: z.string().max(200),
  /** All tokens read, those from a cache included. */
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens.default(0),
  cacheWriteTokens: tokens.default(0),
  /** In US dollars, where the price of the model is known. */
  costUsd: z.number().nonnegative().optional(),
});
/** What one call of a model took. */
export type AgentUsage = z.input<typeof agentUsageSchema>;
