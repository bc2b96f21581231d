import { renderMessage, safeReason } from "@hybrid-orchestrator/channel-hub";
import {
  type AgentUsage,
  errorMessage,
  OrchestratorError,
  parseWith,
  storableText,
  untilAborted,
} from "@hybrid-orchestrator/core";
import { agentFailedText } from "@hybrid-orchestrator/escalation";
import { z } from "zod";
import { type Answerer, askForStream, type StreamEnd, settleStream } from "../decide/answers.js";
import { isHeld } from "../decide/leases.js";
import { agentInput, beginCall, type Call, reportTo, silenced } from "../loops/agent-runner.js";
import type { Runtime } from "../runtime.js";
import type { ActivitiesApi } from "./activities.js";
import type { SessionRef } from "./refs.js";

const userMessageSchema = z.strictObject({
  text: z.string().min(1).max(20_000),
  channel: storableText.min(1).max(100).optional(),
  idempotencyKey: storableText.min(1).max(200).optional(),
});
export type UserMessage = z.input<typeof userMessageSchema>;

export interface Answer {
  /** `human`: a worker has the session and was told. `nobody`: a human was asked for and is waited for, or there is no agent. */
  readonly by: Answerer;
  /** Piece by piece; empty unless an agent answers. It ends early when a human takes over. Read it once. */
  readonly text: AsyncIterable<string>;
}

/** How often a stream looks whether another node gave the session to a human. */
const lookEveryMs = 500;
/** How often it is looked whether another call of the session has ended. */
const waitMs = 250;

/** Answers what the user writes, as a stream, for pages that show it as it comes. */
export class AnswersApi {
  readonly #runtime: Runtime;
  readonly #activities: ActivitiesApi;

  constructor(runtime: Runtime, activities: ActivitiesApi) {
    this.#runtime = runtime;
    this.#activities = activities;
  }

  async respond(
    session: SessionRef,
    message: UserMessage,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const { text, channel, idempotencyKey } = parseWith(userMessageSchema, message, { name: "message" });
    const activity = { type: "message", data: { text }, ...(channel !== undefined && { channel }) };
    let asked: ReturnType<typeof askForStream> = { by: "nobody", effectId: null };
    const { sessionId } = await this.#activities.submit(
      session,
      [activity],
      idempotencyKey === undefined ? {} : { idempotencyKey },
      (work) => {
        asked = askForStream(work, channel ?? null);
      },
    );
    const { by, effectId } = asked;
    if (effectId === null) return { by, text: nothing() };
    return { by, text: this.#stream({ sessionId, effectId, text, signal }) };
  }

  async *#stream(answering: Answering): AsyncGenerator<string, void, undefined> {
    const { sessionId, text: userMessage } = answering;
    const runtime = this.#runtime;
    const call = await this.#begin(answering);
    if (call === null) return;
    const stopped = silenced(await runtime.killSwitches.list(), call);
    const takeover = watchTakeover(runtime, call);
    const usage: AgentUsage[] = [];
    let said = "";
    let cut: StreamEnd["cut"] = "not_read";
    let error: string | null = null;
    try {
      if (stopped?.ok === false) throw new Error(stopped.error);
      const { reason, agent: name } = call.effect.call;
      const agent = name === null ? undefined : runtime.registry.agents.get(name);
      if (agent === undefined) throw new Error(`No agent is named ${name}.`);
      const input = { ...(await agentInput(runtime, sessionId, { reason })), userMessage };
      const limit = timeLimit(runtime, [takeover.signal, answering.signal]);
      try {
        const pieces = agent.respond(input, { signal: limit.signal, reportUsage: reportTo(usage) });
        for await (const piece of piecesUntil(pieces, limit.signal)) {
          if (await takeover.happened()) break;
          said += piece;
          yield piece;
        }
      } finally {
        limit.release();
      }
      cut = takeover.signal.aborted ? "taken_over" : null;
    } catch (thrown) {
      if (takeover.signal.aborted) cut = "taken_over";
      else if (answering.signal?.aborted !== true) {
        cut = "failed";
        error = safeReason(errorMessage(thrown));
        const { locale } = (await runtime.storage.getSession(sessionId))?.recipient ?? {};
        const words = renderMessage(agentFailedText, {
          template: false,
          variables: {},
          ...(locale !== undefined && { locale }),
        });
        const piece = said === "" ? words : `\n\n${words}`;
        said += piece;
        yield piece;
      }
    } finally {
      takeover.release();
      await this.#settle(call, { text: said, usage, cut, error });
    }
  }

  /** Waits for its turn: calls of one session run one after the other. Null: somebody else answers. */
  async #begin({ sessionId, effectId, signal }: Answering): Promise<Call | null> {
    const { settings } = this.#runtime;
    const until = settings.clock.now() + settings.agentTimeoutMs;
    for (;;) {
      const begun = await this.#runtime.submit(sessionId, (work) => {
        const effect = work.effect(effectId);
        if (effect?.kind !== "agent" || effect.dueAt === null || effect.tries > 0) return "over";
        // It may be due later, when the call that is under way has ended.
        if (effect.dueAt > work.session.evaluatedAt)
          work.putEffect({ ...effect, dueAt: work.session.evaluatedAt });
        return beginCall(this.#runtime, work, effectId) ?? "wait";
      });
      if (begun === "over") return null;
      if (begun !== "wait") return begun;
      // The effect stays, and whoever finds it due answers instead.
      if (signal?.aborted === true || settings.clock.now() >= until) return null;
      await pause(this.#runtime, waitMs);
    }
  }

  async #settle({ effect }: Call, end: StreamEnd): Promise<void> {
    await this.#runtime.submit(effect.sessionId, (work) => {
      const current = work.effect(effect.id);
      if (current?.kind === "agent" && isHeld(current, effect.tries)) settleStream(work, current, end);
    });
  }
}

interface Answering {
  readonly sessionId: string;
  readonly effectId: string;
  readonly text: string;
  readonly signal: AbortSignal | undefined;
}

/** Notices that the session has changed hands: at once where this process does it, soon where another does. */
function watchTakeover(runtime: Runtime, { effect: { sessionId, ownershipEpoch } }: Call) {
  const controller = new AbortController();
  const { clock } = runtime.settings;
  let lookedAt = clock.now();
  const release = runtime.bus.on("session.owner_changed", (event) => {
    if (event.sessionId === sessionId) controller.abort(new Error("A human has taken over."));
  });
  return {
    signal: controller.signal,
    release,
    async happened(): Promise<boolean> {
      if (!controller.signal.aborted && clock.now() - lookedAt >= lookEveryMs) {
        lookedAt = clock.now();
        const session = await runtime.storage.getSession(sessionId);
        if (session?.ownershipEpoch !== ownershipEpoch)
          controller.abort(new Error("A human has taken over."));
      }
      return controller.signal.aborted;
    },
  };
}

function timeLimit({ settings }: Runtime, signals: readonly (AbortSignal | undefined)[]) {
  const controller = new AbortController();
  const { clock, agentTimeoutMs } = settings;
  const release = clock.setTimeout(
    () =>
      controller.abort(new OrchestratorError("timeout", `The agent took longer than ${agentTimeoutMs} ms.`)),
    agentTimeoutMs,
  );
  const given = signals.filter((signal) => signal !== undefined);
  return { signal: AbortSignal.any([controller.signal, ...given]), release };
}

/** The pieces as they come; a signal ends the waiting for the next one, whatever the agent does. */
async function* piecesUntil(pieces: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: an agent that hangs would hang its reader too.
    void iterator.return?.()?.catch(() => undefined);
  }
}

function pause({ settings: { clock } }: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}

async function* nothing(): AsyncGenerator<string> {}
