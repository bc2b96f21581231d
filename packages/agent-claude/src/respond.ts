import type { AgentInput } from "@hybrid-orchestrator/core";
import type { ModelClient } from "./client.js";
import type { Conversation } from "./conversation.js";
import { CallFailed } from "./failure.js";
import type { MessageCheck } from "./message-rules.js";
import type { TokenCounts } from "./usage.js";

export type ResponseInput = AgentInput & { readonly userMessage: string };

export interface ResponseParts {
  readonly client: ModelClient;
  readonly conversation: Conversation;
  readonly check: MessageCheck;
  readonly signal: AbortSignal;
  /** Told the counts of each call as it ends, however it ends. */
  readonly report: (model: string, counts: TokenCounts) => void;
}

// Where a piece may end: at white space, or at the marks of scripts that have none between words.
const boundary = /^[\s\S]*[\s。！？，、；：]/;
const longestHeld = 40;

/**
 * The answer to the user in pieces of whole words. What breaks a rule is seen before it is handed on, since a banned
 * phrase ends with a word.
 * @throws CallFailed, or what the client throws.
 */
export async function* responsePieces(parts: ResponseParts): AsyncGenerator<string> {
  const { client, conversation, check, signal, report } = parts;
  let said = "";
  let held = "";

  /** Takes over as much of what is held as makes whole words, or all of it. */
  function release(all: boolean): string {
    const ready = all || held.length > longestHeld ? held : (boundary.exec(held)?.[0] ?? "");
    held = held.slice(ready.length);
    said += ready;
    const problem = check.sofar(said);
    if (problem !== null) throw new CallFailed(`The answer to the user breaks a rule: ${problem}.`, true);
    return ready;
  }

  for (;;) {
    const answer = client.stream(conversation.params(), signal);
    let model = "";
    let counts: TokenCounts | null = null;
    // What was said before a tool was called and what is said after it are two sentences.
    if (said !== "" && !/\s$/.test(said)) held = "\n";
    try {
      for await (const event of answer.events) {
        if (event.type === "message_start") {
          model = event.message.model;
          counts = event.message.usage;
        } else if (event.type === "message_delta") {
          counts = { ...(counts ?? {}), ...present(event.usage) };
        } else if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
          held += event.delta.text;
          const piece = release(false);
          if (piece !== "") yield piece;
        }
      }
      const message = await answer.final();
      if (!(await conversation.goesOn(message, signal))) break;
      held = held.trimEnd();
      const piece = release(true);
      if (piece !== "") yield piece;
    } finally {
      if (counts !== null) report(model, counts);
    }
  }

  const rest = held;
  const problem = check.whole(said + rest);
  if (problem !== null) throw new CallFailed(`The answer to the user breaks a rule: ${problem}.`, true);
  if (rest !== "") yield rest;
}

/** The counts that an event holds: they replace earlier ones, and what is null or missing stays as it was. */
function present(counts: TokenCounts): TokenCounts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => typeof count === "number"));
}
