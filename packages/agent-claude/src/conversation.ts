import type { Message, MessageParam, TextBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { type AgentInput, errorMessage } from "@hybrid-orchestrator/core";
import type { RequestParams } from "./client.js";
import type { ClaudeSettings } from "./config.js";
import { fenced, sessionDocument } from "./document.js";
import { CallFailed } from "./failure.js";
import { knownModel } from "./models.js";
import {
  defaultSystemPrompt,
  type Purpose,
  type SystemPromptContext,
  systemTexts,
  taskText,
} from "./prompt.js";
import { createToolbox } from "./tools.js";

export type SystemPrompt = string | ((context: SystemPromptContext) => string);

export interface ConversationParts {
  readonly settings: ClaudeSettings;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly purpose: Purpose;
  readonly input: AgentInput & { readonly userMessage?: string };
  readonly now: number;
}

/** What is sent to the model for one call of the agent, and what was answered: it only grows. */
export interface Conversation {
  /** The next request. */
  params(): RequestParams;
  /**
   * Whether the answer asks for tools; they have then been run, and the next request tells what came of them.
   * @throws CallFailed when the answer is none, or asks for tools that it must not.
   */
  goesOn(message: Message, signal: AbortSignal): Promise<boolean>;
}

const cached = { cache_control: { type: "ephemeral" as const } };

export function startConversation(parts: ConversationParts): Conversation {
  const { settings, purpose, input, now } = parts;
  const tools = purpose === "summarize" || settings.maxToolRounds === 0 ? [] : (input.tools ?? []);
  const toolbox = createToolbox(tools);
  const offered = toolbox.definitions.length > 0;
  let mayCall = offered;
  let rounds = 0;

  const task = taskText(purpose, { ...input, tools }, settings);
  const messages: MessageParam[] = [
    {
      role: "user",
      content: [
        { type: "text", text: fenced(sessionDocument(input, settings, now)) },
        // Only a call with tools reads it again.
        { type: "text", text: task, ...(offered ? cached : {}) },
      ],
    },
  ];
  const fixed = {
    model: settings.model,
    max_tokens: settings.maxTokens,
    system: systemBlocks(parts),
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
      if (!mayCall) throw new CallFailed("The model asked for a tool although it may call none.", true);
      rounds += 1;
      const { results, humanAsked } = await toolbox.run(message.content, signal);
      if (results.length === 0) throw new CallFailed("The model asked for tools but named none.", true);
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

function systemBlocks({ settings, systemPrompt, purpose, input }: ConversationParts): TextBlockParam[] {
  const guidance = guidanceOf(systemPrompt, { purpose, session: input.session, context: input.context });
  const texts = systemTexts(guidance, settings);
  return texts.map((text, index) => ({
    type: "text",
    text,
    // The last one's mark covers all before it, the tools too.
    ...(index === texts.length - 1 ? cached : {}),
  }));
}

function guidanceOf(systemPrompt: SystemPrompt = defaultSystemPrompt, context: SystemPromptContext): string {
  if (typeof systemPrompt === "string") return systemPrompt;
  let text: unknown;
  try {
    text = systemPrompt(context);
  } catch (error) {
    throw new CallFailed(`The option systemPrompt threw: ${errorMessage(error).slice(0, 300)}`, false);
  }
  if (typeof text !== "string" || text.trim() === "")
    throw new CallFailed("The option systemPrompt gave no text.", false);
  return text;
}

function modelOptions({ model, temperature, effort }: ClaudeSettings): Partial<RequestParams> {
  const level = effort ?? (knownModel(model)?.effort === true ? "low" : undefined);
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(level === undefined ? {} : { output_config: { effort: level } }),
  };
}

/** Why an answer that ended so is none, or null. */
function endProblem(stopReason: Message["stop_reason"]): CallFailed | null {
  switch (stopReason) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return null;
    case "max_tokens":
      return new CallFailed("The model's answer was cut off at maxTokens.", true);
    case "refusal":
      return new CallFailed("The model refused to answer.", false);
    case "model_context_window_exceeded":
      return new CallFailed("The request is too long for the model. Lower maxDataBytes or lookBack.", false);
    default:
      return new CallFailed("The model stopped before its answer was complete.", true);
  }
}
