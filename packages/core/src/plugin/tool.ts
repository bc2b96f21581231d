import type { Json, JsonObject } from "../json.js";
import type { Session } from "../vocabulary/session.js";

/** Something that agents can have done in the world. The orchestrator runs it, never the agent. */
export interface Tool {
  readonly name: string;
  /** For the model: what it does, when to use it. */
  readonly description: string;
  /** JSON Schema of its arguments, an object. */
  readonly parameters: JsonObject;
  /** The agents that may use it. Absent: all. */
  readonly agents?: readonly string[];
  /** A human has to allow each call: always, or where the function says so of the arguments. Default: never. */
  readonly needsApproval?: boolean | ((args: JsonObject) => boolean);
  /** Running it again with one idempotency key has the effect of running it once. Default: false. */
  readonly idempotent?: boolean;
  /** Throws for arguments that it cannot take; `execute` is then not called. */
  readonly check?: (args: JsonObject) => void;
  execute(args: JsonObject, context: ToolContext): Promise<Json>;
}

export interface ToolContext {
  readonly session: Session;
  /** Who asked for it; null: the application. */
  readonly agent: string | null;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
}

/** A tool as an agent gets it: bound to its session and to this one call of the agent. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  /** `callId` is the model's own id of the call: the same id is the same call. */
  call(request: { readonly callId: string; readonly args: JsonObject }): Promise<ToolResult>;
}

/**
 * What became of a call. None of them is thrown, so that a model can be told each.
 * - `awaiting_approval`: a human was asked. The agent ends its turn; it is asked again when the human has decided.
 * - `refused`: the agent no longer speaks for the session, the tool is unknown, or its arguments are wrong.
 */
export type ToolResult =
  | { readonly status: "done"; readonly result: Json }
  | { readonly status: "failed"; readonly error: string }
  | { readonly status: "refused"; readonly error: string }
  | { readonly status: "awaiting_approval"; readonly approvalId: string };
