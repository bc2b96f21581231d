import { type Activity, type Clock, hashParts, logEntry, OrchestratorError } from "@hybrid-orchestrator/core";
import type { TextStreamPart, ToolSet } from "ai";
import { textIn } from "../text-stream.js";
import { botActivity } from "./conversation.js";
import type { HandoffOrchestrator } from "./orchestrator.js";

/** A result of `streamText`, or a text in pieces. */
export type BotReply =
  // The tools of a result are its own; nothing here looks at them.
  { readonly fullStream: AsyncIterable<TextStreamPart<ToolSet>> } | AsyncIterable<string>;

/** Who owns a session while the bot speaks: nobody asks again and again, the commit tells. */
export interface Ownership {
  readonly sessionId: string;
  /** The epoch under which the bot speaks. */
  epoch(): number;
  /** Aborted when the session changes hands. */
  readonly signal: AbortSignal;
  /** From now on a change to a later epoch than this aborts. */
  bind(epoch: number): void;
  /** The bot itself asks for a human: the session may have become nobody's by that, and the bot ends its turn. */
  askFor(ask: () => Promise<unknown>): Promise<void>;
  end(): void;
}

interface Change {
  readonly epoch: number;
  readonly toNobody: boolean;
}

export function watchOwner(orchestrator: HandoffOrchestrator, sessionId: string): Ownership {
  const controller = new AbortController();
  const changes: Change[] = [];
  let bound: number | null = null;
  let asked = false;
  const check = (): void => {
    for (const { epoch, toNobody } of changes) {
      if (bound === null || epoch <= bound) continue;
      if (!asked || !toNobody) {
        controller.abort();
        return;
      }
      bound = epoch;
    }
  };
  const end = orchestrator.on("activity.recorded", (event) => {
    const { type, data } = event.data;
    if (event.sessionId !== sessionId || type !== logEntry.ownerChanged) return;
    changes.push(changeIn(data));
    check();
  });
  return {
    sessionId,
    signal: controller.signal,
    epoch: () => bound ?? 0,
    end,
    bind(epoch) {
      bound = epoch;
      check();
    },
    async askFor(ask) {
      asked = true;
      await ask();
      // The change may have been committed without having been told yet.
      const { owner, ownershipEpoch } = await orchestrator.getSession(sessionId);
      if (owner.kind === "nobody" && !controller.signal.aborted) bound = Math.max(bound ?? 0, ownershipEpoch);
    },
  };
}

/** What is not understood is taken for a change to somebody else. */
function changeIn({ ownershipEpoch, to }: Activity["data"]): Change {
  const kind = typeof to === "object" && to !== null && "kind" in to ? to.kind : undefined;
  const epoch = typeof ownershipEpoch === "number" ? ownershipEpoch : Number.POSITIVE_INFINITY;
  return { epoch, toNobody: kind === "nobody" };
}

export interface Release {
  readonly orchestrator: HandoffOrchestrator;
  readonly ownership: Ownership;
  readonly userMessage: Activity;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Lets the reply out piece by piece, ends at a change of owner, and records what became of it. */
export async function* release(
  begin: (signal: AbortSignal) => BotReply | Promise<BotReply>,
  { orchestrator, ownership, userMessage, clock, timeoutMs }: Release,
): AsyncGenerator<string, { readonly dropped: boolean }, void> {
  const { sessionId, signal } = ownership;
  // Whoever stops reading stops the model too.
  const controller = new AbortController();
  let said = "";
  let whole = false;
  let dropped = true;
  try {
    const abort = AbortSignal.any([signal, controller.signal]);
    const reply = await begin(abort);
    const pieces =
      "fullStream" in reply
        ? textIn(reply.fullStream, { clock, timeoutMs, name: "The bot's model", signal, maySayNothing: true })
        : reply;
    for await (const piece of pieces) {
      if (signal.aborted) break;
      said += piece;
      yield piece;
    }
    whole = true;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    controller.abort();
    ownership.end();
    dropped = signal.aborted || !whole || (said !== "" && !(await recordReply()));
    if (dropped)
      await record(botActivity.dropped, { reason: whole || signal.aborted ? "owner_changed" : "broken_off" });
  }
  return { dropped };

  /** Whether the reply counts: the orchestrator decides it with the record, so that no human comes between. */
  async function recordReply(): Promise<boolean> {
    try {
      await record(botActivity.reply, {}, ownership.epoch());
      return true;
    } catch (error) {
      if (OrchestratorError.isInstance(error, "stale_epoch")) return false;
      throw error;
    }
  }

  async function record(type: string, more: { readonly reason?: string }, ifEpoch?: number): Promise<void> {
    const data = { text: said, replyTo: userMessage.id, ...more };
    const options = {
      idempotencyKey: hashParts(type, userMessage.id),
      ...(ifEpoch !== undefined && { ifEpoch }),
    };
    await orchestrator.recordActivity(sessionId, { type, actor: "ai", data }, options);
  }
}
