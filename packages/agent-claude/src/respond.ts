import { checkedPieces, type MessageCheck } from "@hybrid-orchestrator/agent-kit";
import type { ModelClient } from "./client.js";
import type { Conversation } from "./conversation.js";
import type { Reporter } from "./reporter.js";
import type { TokenCounts } from "./usage.js";

export interface ResponseParts {
  readonly client: ModelClient;
  readonly conversation: Conversation;
  readonly check: MessageCheck;
  readonly signal: AbortSignal;
  readonly report: Reporter;
}

/**
 * The answer to the user in pieces of whole words.
 * @throws OrchestratorError `agent_failed`, or what the client throws.
 */
export function responsePieces({ check, ...parts }: ResponseParts): AsyncGenerator<string> {
  return checkedPieces(words(parts), check);
}

async function* words(parts: Omit<ResponseParts, "check">): AsyncGenerator<string> {
  const { client, conversation, signal, report } = parts;
  let last = "";
  for (;;) {
    const answer = client.stream(conversation.params(), signal);
    let model: string | undefined;
    let counts: TokenCounts | undefined;
    // What was said before a tool was called and what is said after it are two sentences.
    if (last !== "" && !/\s$/.test(last)) yield "\n";
    try {
      for await (const event of answer.events) {
        if (event.type === "message_start") {
          model = event.message.model;
          counts = event.message.usage;
        } else if (event.type === "message_delta") {
          counts = { ...counts, ...present(event.usage) };
        } else if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
          last = event.delta.text || last;
          yield event.delta.text;
        }
      }
      if (!(await conversation.goesOn(await answer.final(), signal))) return;
    } finally {
      report(model, counts);
    }
  }
}

/** The counts that an event holds: they replace earlier ones, and what is null or missing stays as it was. */
function present(counts: TokenCounts): TokenCounts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => typeof count === "number"));
}
