import { setMaxListeners } from "node:events";
import {
  type Clock,
  errorMessage,
  type Logger,
  OrchestratorError,
  type OutboundMessage,
  type SendResult,
} from "@hybrid-orchestrator/core";
import { createGates, type Gates } from "./gates.js";
import type { ChannelHub } from "./hub.js";
import { safeReason } from "./mask.js";
import { sendOnce } from "./send.js";

export interface DeliveryRef {
  readonly sessionId: string;
  readonly effectId: string;
}

/** Where deliveries are kept. Each call is one durable commit. */
export interface Outbox {
  /** Decides with `beginAttempt` and commits. `busy`: channels on which nothing may be begun by this call. */
  begin(
    ref: DeliveryRef,
    busy: readonly string[],
  ): Promise<
    | {
        readonly kind: "send";
        readonly channel: string;
        readonly attemptId: string;
        readonly message: OutboundMessage;
        readonly idempotencyKey: string;
        readonly timeoutMs: number;
      }
    | { readonly kind: "deferred" }
    | { readonly kind: "closed" }
  >;
  /** Decides with `settleAttempt` and commits. */
  settle(ref: DeliveryRef, attemptId: string, result: SendResult): Promise<void>;
}

export interface DispatcherOptions {
  readonly hub: ChannelHub;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Learns what becomes of sends. Pass the one that `outbox` asks; default: one that nobody asks. */
  readonly gates?: Gates;
}

/** Does the sending: at most so many at once on each channel, none longer than its timeout, no failure passed on. */
export interface Dispatcher {
  /** How many more sends each channel takes now. Channels' names are the lanes of deliveries. */
  capacity(): Record<string, number>;
  /** Tries one delivery once. Resolves when that is settled; never rejects. Does nothing when its lane is full. */
  dispatch(ref: DeliveryRef & { readonly lane: string }): Promise<void>;
  readonly inFlight: number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Takes no more; waits so long for what is under way, then aborts it, which settles as ambiguous. */
  stop(graceMs: number): Promise<void>;
}

const settleTries = 5;
const settleBackoffMs = 100;
/** After an abort nothing is left to wait for but the storage. */
const lastWaitMs = 5_000;

export function createDispatcher({
  hub,
  outbox,
  clock,
  logger,
  gates = createGates(),
}: DispatcherOptions): Dispatcher {
  const running = new Set<Promise<void>>();
  const taken = new Map<string, number>();
  const stop = new AbortController();
  // Every send under way listens; Node takes more than ten for a leak.
  setMaxListeners(0, stop.signal);
  let stopped = false;

  function free(channel: string): number {
    return (hub.views().channels.get(channel)?.concurrency ?? 0) - (taken.get(channel) ?? 0);
  }

  async function attempt({ lane, ...ref }: DeliveryRef & { lane: string }): Promise<void> {
    const { channels } = hub.views();
    // A slot is held for the lane alone: a delivery that turns out to need another channel waits there for its turn.
    const busy = [...channels.keys()].filter((name) => name !== lane);
    const begun = await outbox.begin(ref, busy);
    if (begun.kind !== "send") return;
    const { channel: name, attemptId, message, idempotencyKey, timeoutMs } = begun;
    const channel = hub.get(name);
    let ended: (() => void) | null = null;
    const result: SendResult =
      channel === undefined
        ? { outcome: "misconfigured", reason: "the channel was removed" }
        : await sendOnce({
            channel,
            message,
            idempotencyKey,
            timeoutMs,
            clock,
            stop: stop.signal,
            onGivenUp() {
              ended = gates.hangs(name);
            },
            onLate(late) {
              ended?.();
              if (countsLate(late)) void track(settle(ref, attemptId, late));
            },
          });
    const view = channels.get(name);
    // A stop says nothing about the channel.
    if (view !== undefined && !stop.signal.aborted)
      gates.ended(view, {
        attemptId,
        outcome: result.outcome,
        now: clock.now(),
      });
    await settle(ref, attemptId, result);
  }

  /** A settle that fails for good is left to the lease: when that runs out, the attempt counts as ambiguous. */
  async function settle(ref: DeliveryRef, attemptId: string, result: SendResult): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await outbox.settle(ref, attemptId, result);
      } catch (error) {
        const hopeless = OrchestratorError.isInstance(error) && !error.retryable;
        if (hopeless || tries === settleTries) {
          return report(
            "The outcome of a send could not be stored; its lease will bring it back.",
            ref,
            error,
          );
        }
        await sleep(clock, settleBackoffMs * 2 ** (tries - 1));
      }
    }
  }

  function report(message: string, { sessionId, effectId }: DeliveryRef, error: unknown): void {
    logger.error(message, { sessionId, deliveryId: effectId, error: safeReason(errorMessage(error)) });
  }

  function track(work: Promise<void>): Promise<void> {
    running.add(work);
    return work.finally(() => running.delete(work));
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.allSettled(running);
  }

  return {
    capacity: () =>
      Object.fromEntries(
        [...hub.views().channels.keys()].map((name) => [name, stopped ? 0 : Math.max(0, free(name))]),
      ),
    async dispatch({ sessionId, effectId, lane }) {
      if (stopped) return;
      const bounded = hub.views().channels.has(lane);
      if (bounded && free(lane) <= 0) return;
      taken.set(lane, (taken.get(lane) ?? 0) + 1);
      const ref = { sessionId, effectId };
      const work = attempt({ ...ref, lane })
        .catch((error: unknown) => report("A delivery could not be begun.", ref, error))
        .finally(() => release(taken, lane));
      await track(work);
    },
    get inFlight() {
      return running.size;
    },
    idle,
    async stop(graceMs) {
      stopped = true;
      await within(clock, graceMs, idle());
      stop.abort();
      await within(clock, lastWaitMs, idle());
    },
  };
}

/** Of answers that come after the attempt was given up, that it was sent, and that nothing may follow, still say something. */
function countsLate(late: SendResult): boolean {
  return late.outcome === "sent" || (late.outcome === "permanent" && late.suppress === true);
}

function release(taken: Map<string, number>, lane: string): void {
  const left = (taken.get(lane) ?? 0) - 1;
  if (left > 0) taken.set(lane, left);
  else taken.delete(lane);
}

function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, milliseconds));
}

/** Waits for `work`, but no longer than so long. */
async function within(clock: Clock, milliseconds: number, work: Promise<void>): Promise<void> {
  let cancel: () => void = () => undefined;
  const timeout = new Promise<void>((resolve) => {
    cancel = clock.setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, timeout]);
  cancel();
}
