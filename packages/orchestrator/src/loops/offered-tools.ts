import { safeReason, silencedBy } from "@hybrid-orchestrator/channel-hub";
import {
  type AgentEffect,
  errorMessage,
  type JsonObject,
  type OfferedTool,
  OrchestratorError,
  type Tool,
  type ToolResult,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { isHeld } from "../decide/leases.js";
import { beginCall, requestApproval, settleCall, type ToolCall } from "../decide/tools.js";
import type { SessionWork } from "../decide/work.js";
import { maxToolArgsBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { publicSession } from "../views.js";
import { execute } from "./tool-runner.js";

/** More calls than this in one turn of an agent are refused. */
const maxCalls = 50;

export interface Toolbox {
  readonly tools: readonly OfferedTool[];
  /** The turn is over: what still runs is interrupted, and stands recorded when this resolves. */
  close(): Promise<void>;
}

/** The tools that an agent may have run, bound to one of its turns: once that has ended or lost the session, all refuse. */
export function openToolbox(
  runtime: Runtime,
  { signal, ...turn }: { readonly effect: AgentEffect; readonly agent: string; readonly signal: AbortSignal },
): Toolbox {
  const calls = new Map<string, Promise<ToolResult>>();
  const turnEnd = new AbortController();
  const interrupted = AbortSignal.any([signal, turnEnd.signal]);
  const tools = runtime.registry.tools
    .values()
    .filter(({ agents }) => agents === undefined || agents.includes(turn.agent))
    .map(
      (tool): OfferedTool => ({
        name: tool.name,
        description: tool.description,
        parameters: tool.parameters,
        call({ callId, args }) {
          const key = `${tool.name}\0${callId}`;
          const known = calls.get(key);
          if (known !== undefined) return known;
          if (calls.size >= maxCalls)
            return Promise.resolve(refused(`At most ${maxCalls} calls of tools are taken in one turn.`));
          const result = call(runtime, tool, { ...turn, signal: interrupted, callId, args }).catch(
            (error): ToolResult => ({ status: "failed", error: safeReason(errorMessage(error)) }),
          );
          calls.set(key, result);
          return result;
        },
      }),
    );
  return {
    tools,
    async close() {
      turnEnd.abort();
      await Promise.all(calls.values());
    },
  };
}

interface Calling {
  readonly effect: AgentEffect;
  readonly agent: string;
  readonly signal: AbortSignal;
  readonly callId: string;
  readonly args: JsonObject;
}

async function call(runtime: Runtime, tool: Tool, calling: Calling): Promise<ToolResult> {
  const { effect: turn, agent, signal } = calling;
  if (signal.aborted) return refused("This turn of the agent has ended.");
  const args = checkedArgs(tool, calling.args);
  if (typeof args === "string") return refused(args);
  const proposed: ToolCall = { name: tool.name, agent, callId: calling.callId.slice(0, 200), args };
  const switches = await runtime.killSwitches.list();
  const decided = await runtime.submit(turn.sessionId, (work) => {
    const refusal = whyNotHeard(work, turn) ?? silencedBy(switches, work.session.workflow, agent);
    if (refusal !== null) return { refusal };
    if (needsApproval(tool, args)) return askHuman(work, proposed);
    const { actionTimeoutMs: timeoutMs } = runtime.settings;
    const effect = beginCall(work, proposed, { holder: runtime.node, timeoutMs });
    return { effect, session: publicSession(work.session) };
  });
  if ("refusal" in decided) return refused(decided.refusal);
  if ("approvalId" in decided) return { status: "awaiting_approval", approvalId: decided.approvalId };
  const end = await execute(runtime, { tool, signal, ...decided });
  await runtime.submit(turn.sessionId, (work) => {
    const effect = work.effect(decided.effect.id);
    if (effect?.kind === "tool" && isHeld(effect, decided.effect.tries)) settleCall(work, effect, end);
  });
  return end.status === "done"
    ? { status: "done", result: end.result }
    : { status: "failed", error: end.error ?? "It failed." };
}

/** A copy of the arguments, or why the tool cannot take them. */
function checkedArgs(tool: Tool, given: JsonObject): JsonObject | string {
  try {
    const args = toJsonObject(given, { name: `arguments of ${tool.name}`, maxBytes: maxToolArgsBytes });
    tool.check?.(args);
    return args;
  } catch (error) {
    return safeReason(errorMessage(error));
  }
}

/** A tool that cannot say asks. */
function needsApproval({ needsApproval: needs = false }: Tool, args: JsonObject): boolean {
  if (typeof needs === "boolean") return needs;
  try {
    return needs(args) !== false;
  } catch {
    return true;
  }
}

function askHuman(work: SessionWork, call: ToolCall) {
  const { agent, name } = call;
  try {
    const approvalId = requestApproval(work, call, {
      reason: `${agent} wants to run ${name}.`,
      requestedBy: `agent:${agent}`,
      suggestedHumanAction: null,
      channel: "approval",
      runBy: "orchestrator",
    });
    return { approvalId };
  } catch (error) {
    if (OrchestratorError.isInstance(error) && error.code !== "internal") return { refusal: error.message };
    throw error;
  }
}

/** Why what the agent wants does not count any more, or null. */
function whyNotHeard(work: SessionWork, turn: AgentEffect): string | null {
  const effect = work.effect(turn.id);
  const { status, ownershipEpoch } = work.session;
  if (effect === undefined || !isHeld(effect, turn.tries)) return "This turn of the agent has ended.";
  if (status !== "active") return `The session is ${status}.`;
  return ownershipEpoch === effect.ownershipEpoch
    ? null
    : "The session has changed hands since the agent was asked.";
}

function refused(error: string): ToolResult {
  return { status: "refused", error };
}
