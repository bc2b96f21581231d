import { type Clock, OrchestratorError, systemClock } from "@hybrid-orchestrator/core";
import { jsonSchema, type ModelMessage, type ToolSet, tool } from "ai";
import { botActivity, isAnswered, messagesOf } from "./conversation.js";
import { type HandoffOrchestrator, type Silence, silenceOf } from "./orchestrator.js";
import { type BotReply, release, watchOwner } from "./turn.js";

export interface HandoffRequest {
  readonly text: string;
  /** The platform's own id of the message: what comes twice is recorded and answered once. */
  readonly messageId?: string;
}

export interface BotTurn<Request> {
  readonly request: Request;
  /** What was said; the newest is the user's message. After a hand-back a system message with the note comes first. */
  readonly messages: ModelMessage[];
  readonly handoff: { readonly tools: ToolSet; readonly sessionId: string };
  /** Aborted when a human takes over. */
  readonly signal: AbortSignal;
}

export interface HandoffOptions<Request extends HandoffRequest> {
  readonly orchestrator: HandoffOrchestrator;
  /** The external id of the session that a request belongs to. */
  readonly session: (request: Request) => string;
  readonly generate: (turn: BotTurn<Request>) => BotReply | Promise<BotReply>;
  /** Asks for a human. Default: the orchestrator's own escalations. */
  readonly escalate?: (sessionId: string, request: { readonly reason: string }) => Promise<unknown>;
  /** How many of the newest activities are looked at. Default: 100. */
  readonly lookBack?: number;
  /** The longest wait between two pieces of a reply. Default: 60,000. */
  readonly timeoutMs?: number;
  /** For limits of time. Default: the system's. */
  readonly clock?: Clock;
}

export type HandoffTurn =
  | { readonly silent: true; readonly sessionId: string; readonly reason: Silence }
  | {
      readonly silent: false;
      readonly sessionId: string;
      /** To be read once. Ends at once when a human takes over; throws `agent_failed` when the model fails. */
      readonly textStream: AsyncIterable<string>;
      /** For platforms that post whole messages: the text, or null where a human took over before it was whole. */
      text(): Promise<string | null>;
    };

/**
 * Wraps a bot that runs already: its turns are recorded, it can ask for a human, is silent while one owns the session, and
 * goes on with the human's note.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function withHumanHandoff<Request extends HandoffRequest>(
  options: HandoffOptions<Request>,
): { turn(request: Request): Promise<HandoffTurn> } {
  const { orchestrator, lookBack = 100, timeoutMs = 60_000, clock = systemClock } = options;
  const { escalations } = orchestrator;
  const escalate =
    options.escalate ??
    (escalations === undefined
      ? undefined
      : (session: string, { reason }: { readonly reason: string }) =>
          escalations.open(session, { reason, requestedBy: "agent:bot" }));
  if (escalate === undefined) {
    throw new OrchestratorError(
      "invalid_configuration",
      "The orchestrator has no escalations. Pass escalate, which asks for a human.",
    );
  }
  const ask = escalate;

  async function openSession(externalId: string): Promise<string> {
    try {
      return (await orchestrator.getSession({ externalId })).id;
    } catch (error) {
      if (!OrchestratorError.isInstance(error, "session_not_found")) throw error;
      return (await orchestrator.createSession({ externalId, ifExists: "return" })).id;
    }
  }

  async function turn(request: Request): Promise<HandoffTurn> {
    const sessionId = await openSession(options.session(request));
    const { text, messageId } = request;
    const userMessage = await orchestrator.recordActivity(
      sessionId,
      {
        type: botActivity.user,
        actor: "user",
        data: { text, ...(messageId !== undefined && { messageId }) },
      },
      messageId === undefined ? {} : { idempotencyKey: `bot:${messageId}` },
    );
    // Watched first, so that no change falls between the look and the watch.
    const ownership = watchOwner(orchestrator, sessionId);
    try {
      const session = await orchestrator.getSession(sessionId);
      const { items } = await orchestrator.listActivities(sessionId, { limit: lookBack, order: "desc" });
      const reason =
        (await silenceOf(orchestrator, session)) ?? (isAnswered(items, userMessage.id) ? "answered" : null);
      if (reason !== null) {
        ownership.end();
        return { silent: true, sessionId, reason };
      }
      ownership.bind(session.ownershipEpoch);
      const askFor = (why: string) => ownership.askFor(() => ask(sessionId, { reason: why }));
      const pieces = release(
        (signal) =>
          options.generate({
            request,
            messages: messagesOf(items),
            handoff: { sessionId, tools: { ask_human: askHuman(askFor) } },
            signal,
          }),
        { orchestrator, ownership, userMessage, clock, timeoutMs },
      );
      return { silent: false, sessionId, textStream: pieces, text: () => whole(pieces) };
    } catch (error) {
      ownership.end();
      throw error;
    }
  }

  return { turn };
}

async function whole(pieces: AsyncGenerator<string, { readonly dropped: boolean }>): Promise<string | null> {
  let text = "";
  for (;;) {
    const next = await pieces.next();
    if (next.done) return next.value.dropped ? null : text;
    text += next.value;
  }
}

function askHuman(ask: (reason: string) => Promise<unknown>) {
  return tool({
    description:
      "Asks for a human colleague. Use it when the user asks for one, or when you cannot help. Then tell the user that a human will take over.",
    inputSchema: jsonSchema<{ reason?: unknown }>({
      type: "object",
      properties: { reason: { type: "string", description: "What the human needs to know first." } },
      required: ["reason"],
      additionalProperties: false,
    }),
    async execute({ reason }) {
      const why = typeof reason === "string" && reason.trim() !== "" ? reason : "The bot asked for a human.";
      await ask(why.slice(0, 2_000));
      return { status: "asked" };
    },
  });
}
