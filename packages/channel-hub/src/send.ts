import {
  type Channel,
  type Clock,
  errorMessage,
  type OutboundMessage,
  type SendResult,
} from "@hybrid-orchestrator/core";
import { safeReason } from "./mask.js";
import { readResult } from "./result.js";

export interface SendRequest {
  readonly channel: Channel;
  readonly message: OutboundMessage;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Aborted when the process stops. */
  readonly stop: AbortSignal;
  /** Told when this resolves while the channel is still at it. */
  readonly onGivenUp?: () => void;
  /** Told of an answer that comes after this has resolved. */
  readonly onLate: (result: SendResult) => void;
}

/** One send, always ended: by the channel's answer, by the timeout, or by the stop. Never rejects. */
export function sendOnce({
  clock,
  stop,
  timeoutMs,
  onGivenUp,
  onLate,
  ...request
}: SendRequest): Promise<SendResult> {
  if (stop.aborted)
    return Promise.resolve({ outcome: "retryable", reason: "the process stopped before the send began" });
  return new Promise((resolve) => {
    const controller = new AbortController();
    let ended = false;
    const cancelTimeout = clock.setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs);
    const onStop = () => giveUp("the process stopped while it was being sent");
    stop.addEventListener("abort", onStop);

    function end(result: SendResult): void {
      ended = true;
      cancelTimeout();
      stop.removeEventListener("abort", onStop);
      resolve(result);
    }
    function giveUp(reason: string): void {
      onGivenUp?.();
      end({ outcome: "ambiguous", reason });
      controller.abort(new Error(reason));
    }
    void ask(request, controller.signal).then((result) => (ended ? onLate(result) : end(result)));
  });
}

/** The channel's answer as a result, also when it throws. */
async function ask(
  { channel, message, idempotencyKey }: Pick<SendRequest, "channel" | "message" | "idempotencyKey">,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    // A copy: what a channel does to its message must not reach the session it came from.
    return readResult(await channel.send(structuredClone(message), { signal, idempotencyKey }));
  } catch (error) {
    const reason = safeReason(`the channel failed: ${errorMessage(error)}`);
    return { outcome: channel.capabilities.idempotent ? "retryable" : "ambiguous", reason };
  }
}
