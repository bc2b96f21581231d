import { claudeAgent } from "@hybrid-orchestrator/agent-claude";
import { mockAgent } from "@hybrid-orchestrator/agent-mock";
import { type AgentInput, type Decision, logEntry, type Plugin } from "@hybrid-orchestrator/core";

export const agentNames = ["mock", "claude"] as const;
export type AgentName = (typeof agentNames)[number];

/**
 * Who helps John. `claude` asks the real model.
 * @throws OrchestratorError `invalid_configuration` where ANTHROPIC_API_KEY is not set
 */
export function storyAgent(name: AgentName): Plugin {
  if (name === "mock") return mockAgent({ lookBack: 3, decide: followNote });
  const baseUrl = process.env.ANTHROPIC_BASE_URL;
  return claudeAgent(baseUrl === undefined ? {} : { baseUrl });
}

/** What a model would do with a note: it goes on with what the human found out, and ends when all is done. */
function followNote({ activities }: AgentInput): Decision | undefined {
  const newest = activities.findLast(({ type }) => type === logEntry.handedBack || type === "submit");
  if (newest === undefined) return undefined;
  if (newest.type === "submit")
    return { action: "complete", reasoning: "The form was submitted and nothing is missing.", confidence: 1 };
  const { note } = newest.data as { readonly note: { readonly facts: readonly string[] } };
  return {
    action: "prompt_user",
    message: `${note.facts.join(" ")} Enter it, and then press Submit.`,
    reasoning: "A human has found out what was missing.",
    confidence: 0.9,
  };
}
