import type { Message, MessageParam, TextBlockParam } from "@anthropic-ai/sdk/resources/messages";
import {
  failureError,
  type ModelInput,
  modelPrompt,
  type Purpose,
  type SystemPrompt,
} from "@hybrid-orchestrator/agent-kit";
import type { OrchestratorError } from "@hybrid-orchestrator/core";
import type { RequestParams } from "./client.js";
import type { ClaudeSettings } from "./config.js";
import { knownModel } from "./models.js";
import { createToolbox } from "./tools.js";

export interface ConversationParts {
  readonly settings: ClaudeSettings;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly purpose: Purpose;
  readonly input: ModelInput;
  readonly now: number;
}

/** What is sent to the model for one call of the agent, and what was answered: it only grows. */
export interface Conversation {
  /** The next request. */
  params(): RequestParams;
  /**
   * Whether the answer asks for tools; they have then been run, and the next request tells what came of them.
   * @throws OrchestratorError `agent_failed` when the answer is none, or asks for tools that it must not.
   */
  goesOn(message: Message, signal: AbortSignal): Promise<boolean>;
}

const cached = { cache_control: { type: "ephemeral" as const } };

export function startConversation(parts: ConversationParts): Conversation {
  const { settings, purpose, input } = parts;
  const tools = purpose === "summarize" || settings.maxToolRounds === 0 ? [] : (input.tools ?? []);
  const { system, data, task, privacy } = modelPrompt(parts);
  const toolbox = createToolbox(tools, privacy);
  const offered = toolbox.definitions.length > 0;
  let mayCall = offered;
  let rounds = 0;

  const messages: MessageParam[] = [
    {
      role: "user",
      content: [
        { type: "text", text: data },
        // Only a call with tools reads it again.
        { type: "text", text: task, ...(offered ? cached : {}) },
      ],
    },
  ];
  const fixed = {
    model: settings.model,
    max_tokens: settings.maxTokens,
    system: systemBlocks(system),
    ...modelOptions(settings),
  };

  return {
    params: () => ({
      ...fixed,
      messages: [...messages],
      ...(offered
        ? {
            tools: toolbox.definitions.map((definition) => ({ ...definition })),
            tool_choice: { type: mayCall ? ("auto" as const) : ("none" as const) },
          }
        : {}),
    }),
    async goesOn(message, signal) {
      const problem = endProblem(message.stop_reason);
      if (problem !== null) throw problem;
      if (message.stop_reason !== "tool_use") return false;
      if (!mayCall)
        throw failureError({
          reason: "The model asked for a tool although it may call none.",
          retryable: true,
        });
      rounds += 1;
      const { results, humanAsked } = await toolbox.run(message.content, signal);
      if (results.length === 0)
        throw failureError({ reason: "The model asked for tools but named none.", retryable: true });
      mayCall = !humanAsked && rounds < settings.maxToolRounds;
      const last: TextBlockParam[] = mayCall
        ? []
        : [{ type: "text", text: "No more tools can be called. Answer now with what you know." }];
      // As it came, thinking included: the API refuses a history that was changed.
      messages.push({ role: "assistant", content: message.content });
      messages.push({ role: "user", content: [...results, ...last] });
      return true;
    },
  };
}

function systemBlocks(texts: readonly string[]): TextBlockParam[] {
  return texts.map((text, index) => ({
    type: "text",
    text,
    // The last one's mark covers all before it, the tools too.
    ...(index === texts.length - 1 ? cached : {}),
  }));
}

function modelOptions({ model, temperature, effort }: ClaudeSettings): Partial<RequestParams> {
  const level = effort ?? (knownModel(model)?.effort === true ? "low" : undefined);
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(level === undefined ? {} : { output_config: { effort: level } }),
  };
}

/** Why an answer that ended so is none, or null. */
function endProblem(stopReason: Message["stop_reason"]): OrchestratorError | null {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return null;
    case "max_tokens":
      return failureError({ reason: "The model's answer was cut off at maxTokens.", retryable: true });
    case "refusal":
      return failureError({ reason: "The model refused to answer.", retryable: false });
    case "model_context_window_exceeded":
      return failureError({
        reason: "The request is too long for the model. Lower maxDataBytes or lookBack.",
        retryable: false,
      });
    default:
      return failureError({ reason: "The model stopped before its answer was complete.", retryable: true });
  }
}
