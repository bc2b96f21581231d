import { OrchestratorError, parseWith, type Session } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { z } from "zod";

/** Who calls. The name comes from the configuration or the token, never from what a client says of itself. */
export interface McpClient {
  readonly name: string;
}

/** `own`: the sessions that the client itself started. A function decides about each. */
export type SessionAccess =
  | "own"
  | "all"
  | ((session: Session, client: McpClient) => boolean | Promise<boolean>);

const approvalWays = ["workers", "elicit", "elicit_then_workers"] as const;
/** Who decides about an action: a worker of ours, or whoever sits at the MCP client. */
export type ApprovalWay = (typeof approvalWays)[number];

export interface McpServerOptions {
  readonly orchestrator: Orchestrator;
  /** Which sessions a client may see and touch. Default: `own`. */
  readonly sessions?: SessionAccess;
  /** Default: `workers`. The other two trust the client to have asked its human. */
  readonly approvals?: ApprovalWay;
  /** Whether a client may say whom a session is with, and so whom rules write to. Default: false. */
  readonly recipients?: boolean;
  /** Whether secrets and private numbers are masked in what clients read. Default: true unless sessions are `own`. */
  readonly mask?: boolean;
  /** The longest that one call of `await_human` waits. Default: 50, below the minute after which clients give up. */
  readonly maxWaitSeconds?: number;
  /** How many calls of one client may wait at once. Default: 32. */
  readonly maxWaits?: number;
  /** How often a waiting call looks for what another process has committed. Default: 1,000. */
  readonly pollMs?: number;
  /** How long a person at the client may think about an approval. Default: 600. */
  readonly elicitationSeconds?: number;
  /**
   * At least 32 bytes that sign what goes through a client between two rounds of one call. Several processes behind one
   * address need the same. Default: random, of this process.
   */
  readonly stateKey?: string;
}

const name = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[\x21-\x7e]+$/, "must be of visible ASCII characters, without a space");
const count = z.number().int().positive();

export const mcpServerSettingsSchema = z.strictObject({
  sessions: z
    .union([
      z.enum(["own", "all"]),
      z.custom<Extract<SessionAccess, (...given: never[]) => unknown>>(
        (value) => typeof value === "function",
        "must be own, all or a function",
      ),
    ])
    .default("own"),
  approvals: z.enum(approvalWays).default("workers"),
  recipients: z.boolean().default(false),
  mask: z.boolean().optional(),
  maxWaitSeconds: count.max(3_600).default(50),
  maxWaits: count.max(10_000).default(32),
  pollMs: count.max(60_000).default(1_000),
  elicitationSeconds: count.max(86_400).default(600),
  stateKey: z.string().min(32).optional(),
});
export type Settings = z.output<typeof mcpServerSettingsSchema>;

/** @throws OrchestratorError `invalid_configuration` that lists every mistake. */
export function readOptions({ orchestrator, ...rest }: McpServerOptions): Settings {
  if (typeof orchestrator?.health !== "function") {
    throw new OrchestratorError(
      "invalid_configuration",
      "The orchestrator is missing. Pass one, e.g. orchestrator: createOrchestrator({ … }).",
    );
  }
  return parseWith(mcpServerSettingsSchema, rest, {
    name: "MCP server's configuration",
    code: "invalid_configuration",
  });
}

/** @throws OrchestratorError `invalid_configuration` */
export function readClientName(given: string): string {
  return parseWith(name, given, { name: "name of the MCP client", code: "invalid_configuration" });
}
