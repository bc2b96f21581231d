import type { AgentInput, AgentUsage } from "@hybrid-orchestrator/core";
import { sampleAgentInput } from "@hybrid-orchestrator/testkit";
import { onTestFinished } from "vitest";
import { type ClaudeAgent, type ClaudeAgentOptions, claudeAgent } from "../src/index.js";
import {
  apiKey,
  type MessagesServer,
  messagesServer,
  type Reply,
  type Script,
  says,
} from "./messages-server.js";
import type { MessagesRequest } from "./request-shape.js";

export interface Bench {
  readonly server: MessagesServer;
  readonly agent: ClaudeAgent;
  readonly usage: AgentUsage[];
  readonly signal: AbortSignal;
  analyze(input?: AgentInput): ReturnType<ClaudeAgent["analyze"]>;
  /** The pieces of an answer; what was yielded before a throw stays in `pieces`. */
  respond(userMessage?: string, input?: AgentInput): Promise<string[]>;
  readonly pieces: string[];
}

/** An agent, and the server it asks. The server's answers are these, in order. */
export async function bench(
  scripts: readonly Script[] = [],
  options: ClaudeAgentOptions = {},
): Promise<Bench> {
  const server = await messagesServer(sensible);
  onTestFinished(() => server.close());
  server.next(...scripts);
  const { agent } = claudeAgent({ apiKey, baseUrl: server.url, ...options });
  const usage: AgentUsage[] = [];
  const pieces: string[] = [];
  const { signal } = new AbortController();
  const call = { signal, reportUsage: (taken: AgentUsage) => void usage.push(taken) };
  return {
    server,
    agent,
    usage,
    signal,
    pieces,
    analyze: (input = sampleAgentInput()) => agent.analyze(input, call),
    async respond(userMessage = "Which format?", input = sampleAgentInput()) {
      for await (const piece of agent.respond({ ...input, userMessage }, call)) pieces.push(piece);
      return pieces;
    },
  };
}

const goOn = {
  reasoning: "All is well.",
  action: "continue",
  message: null,
  confidence: 0.9,
  escalationReason: null,
  suggestedHumanAction: null,
};

/** The answer of a model that decides this. */
export function decides(
  changes: Partial<Record<keyof typeof goOn, unknown>> = {},
  rest: Omit<Reply, "content"> = {},
): Reply {
  return says(JSON.stringify({ ...goOn, ...changes }), rest);
}

export function usesTool(name: string, input: unknown = {}, id = "toolu_1"): Reply {
  return { content: [{ type: "tool_use", id, name, input }] };
}

export const emptySummary = {
  situation: "The user fills in the form.",
  promises: [],
  avoid: [],
  decisions: [],
  open: [],
  facts: [],
  tried: [],
};

/** What a model that answers sensibly says to a request of any kind. */
export function sensible(request: MessagesRequest): Script {
  const schema = JSON.stringify(request.output_config?.format?.schema ?? null);
  if (schema === "null") return says("It needs nine digits, like 123-45-6789.");
  return schema.includes('"situation"') ? says(JSON.stringify(emptySummary)) : decides();
}
