import { type Activity, type Clock, hashParts } from "@hybrid-orchestrator/core";
import type { TextStreamPart, ToolSet } from "ai";
import { textIn } from "../text-stream.js";
import { botActivity } from "./conversation.js";
import { type HandoffOrchestrator, silenceOf } from "./orchestrator.js";

/** A result of `streamText`, or a text in pieces. */
export type BotReply =
  // The tools of a result are its own; nothing here looks at them.
  { readonly fullStream: AsyncIterable<TextStreamPart<ToolSet>> } | AsyncIterable<string>;

interface Ownership {
  readonly sessionId: string;
  readonly epoch: number;
  /** Aborted when the owner changes. */
  readonly signal: AbortSignal;
  end(): void;
}

interface Watch {
  end(): void;
  /** From now on a change to a later epoch than this aborts. */
  bind(epoch: number): Ownership;
}

/** Watches who owns the session: nobody asks again and again, the commit tells. */
export function watchOwner(orchestrator: HandoffOrchestrator, sessionId: string): Watch {
  const controller = new AbortController();
  let epoch: number | null = null;
  let newest = -1;
  const check = (): void => {
    if (epoch !== null && newest > epoch) controller.abort();
  };
  const end = orchestrator.on("activity.recorded", (event) => {
    const { type, data } = event.data;
    if (event.sessionId !== sessionId || type !== "session.owner_changed") return;
    newest = Math.max(
      newest,
      typeof data.ownershipEpoch === "number" ? data.ownershipEpoch : Number.POSITIVE_INFINITY,
    );
    check();
  });
  return {
    end,
    bind(to: number): Ownership {
      epoch = to;
      check();
      return { sessionId, epoch: to, signal: controller.signal, end };
    },
  };
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
    dropped = signal.aborted || !whole || !(await isStillOwned(orchestrator, ownership));
    ownership.end();
    if (said !== "" || dropped) await record();
  }
  return { dropped };

  async function record(): Promise<void> {
    const reason = signal.aborted || whole ? "owner_changed" : "broken_off";
    const type = dropped ? botActivity.dropped : botActivity.reply;
    const data = { text: said, replyTo: userMessage.id, ...(dropped && { reason }) };
    const idempotencyKey = hashParts(type, userMessage.id);
    await orchestrator.recordActivity(sessionId, { type, actor: "ai", data }, { idempotencyKey });
  }
}

async function isStillOwned(
  orchestrator: HandoffOrchestrator,
  { sessionId, epoch }: Ownership,
): Promise<boolean> {
  const session = await orchestrator.getSession(sessionId);
  return session.ownershipEpoch === epoch && silenceOf(session) === null;
}
