import { failureError, fencesIn } from "@hybrid-orchestrator/agent-kit";
import type { Clock } from "@hybrid-orchestrator/core";
import { withTimeout } from "@hybrid-orchestrator/core";
import type { TextStreamPart, ToolSet } from "ai";
import { failureOf, failureOfFinish } from "./failure.js";

export interface TextStreamOptions {
  readonly clock: Clock;
  /** The longest wait for a part. */
  readonly timeoutMs: number;
  readonly name: string;
  readonly signal: AbortSignal;
  /** An end without words is none too early, as after a tool alone. */
  readonly maySayNothing?: boolean;
}

/**
 * The text in a stream of the SDK. What the SDK tells as parts of it (an error, an abort, an end too early) is thrown here:
 * `agent_failed`, or the signal's reason.
 */
export async function* textIn(
  stream: AsyncIterable<TextStreamPart<ToolSet>>,
  { clock, timeoutMs, name, signal, maySayNothing = false }: TextStreamOptions,
): AsyncGenerator<string, void, void> {
  const parts = stream[Symbol.asyncIterator]();
  let said = "";
  for (;;) {
    const { done, value: part } = await withTimeout(
      { clock, timeoutMs, name, signal, interruption: () => failureError(interrupted) },
      () => parts.next(),
    );
    if (done) throw failureError(brokeOff);
    switch (part.type) {
      case "text-start":
        // What is said before and after a tool's call are two things.
        if (said !== "" && !/\s$/.test(said)) {
          said += "\n\n";
          yield "\n\n";
        }
        break;
      case "text-delta":
        if (part.text === "") break;
        said += part.text;
        if (fencesIn(said.slice(-part.text.length - 30)))
          throw failureError({ reason: "The model repeated what it was shown.", retryable: true });
        yield part.text;
        break;
      case "error":
        throw failureError(failureOf(part.error, clock.now()));
      case "abort":
        signal.throwIfAborted();
        throw failureError(brokeOff);
      case "finish": {
        // Some providers know of no end but the connection's; then nothing says that the answer is whole.
        const failure =
          failureOfFinish(part.finishReason) ??
          (part.finishReason === "other" && part.rawFinishReason === undefined ? brokeOff : null);
        if (failure !== null) throw failureError(failure);
        if (said.trim() === "" && !maySayNothing)
          throw failureError({ reason: "The model said nothing.", retryable: true });
        return;
      }
    }
  }
}

const brokeOff = { reason: "The model's answer broke off.", retryable: true };
const interrupted = { reason: "The agent was interrupted.", retryable: true };
