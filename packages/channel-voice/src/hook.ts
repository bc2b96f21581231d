import {
  errorMessage,
  hashParts,
  maxInboundTextLength,
  type NewActivity,
  OrchestratorError,
  type PluginHost,
  type Route,
  withTimeout,
} from "@hybrid-orchestrator/core";
import type { Form } from "@hybrid-orchestrator/screen-state";
import { handleSigned, seenIds, type Verifier } from "@hybrid-orchestrator/signatures";
import { type CallOf, callSessions } from "./call-sessions.js";
import { callEnd } from "./ended-reason.js";
import type { Surroundings } from "./send.js";
import {
  readServerMessage,
  type ServerMessage,
  speakerOf,
  type Turn,
  toolCallsOf,
  turnsOf,
} from "./server-message.js";
import { createTools } from "./tools.js";
import { workerTools } from "./worker-tools.js";

/** The report of a long call holds all that was said, several times. */
const maxBytes = 8 * 1024 * 1024;
/** Vapi drops the caller after 7.5 s. */
const assistantTimeoutMs = 6_000;
/** Turns of a report that are recorded at once. */
const batchSize = 200;
const mostTurns = 5_000;
const day = 86_400;

/**
 * The route that Vapi calls. What it proves to be Vapi's is answered with 200, whatever becomes of it: another status
 * may hang up on the caller. Only a report that could not be stored, when the call is over, is asked for again.
 */
export function hook(
  host: PluginHost,
  around: Surroundings & { readonly form: Form; readonly verify: Verifier },
): Route {
  const { settings, calls, clock } = around;
  const { name } = settings;
  const { logger, sessions } = host;
  const runTool = createTools({ ...around, logger });
  // Several a second for each call; what finds no room is answered with 503. A million take about 100 MB.
  const seen = seenIds({ maxIds: 1_000_000 });

  const { originOf, sessionOf, liveSession } = callSessions(around);
  const answerCall = workerTools(host, name);

  async function assistantRequest(message: ServerMessage): Promise<object> {
    const { assistantId, recordingConsent, greeting } = settings;
    const firstMessage = [recordingConsent, greeting].filter((part) => part !== undefined).join(" ");
    const first = firstMessage === "" ? {} : { firstMessage };
    try {
      const sessionId = await withTimeout(
        { clock, timeoutMs: assistantTimeoutMs, name: "Opening a session" },
        () => (message.call === undefined ? null : sessionOf(message.call, message)),
      );
      const variables = sessionId === null ? {} : { variableValues: { sessionId } };
      return { assistantId, assistantOverrides: { ...first, ...variables } };
    } catch (error) {
      // Whoever calls is answered all the same; the call's next message tries again.
      logger.error("no session could be opened for a call", { error: errorMessage(error) });
      return { assistantId, assistantOverrides: first };
    }
  }

  async function toolCalls(message: ServerMessage): Promise<object> {
    const asked = toolCallsOf(message);
    const { call } = message;
    if (call === undefined)
      return { results: asked.map(({ id }) => ({ toolCallId: id, error: "The message names no call." })) };
    try {
      if (originOf(call)?.toWorker)
        return { results: await Promise.all(asked.map((each) => answerCall(each, call))) };
      const sessionId = await liveSession(call, message, { answered: true });
      return {
        results: await Promise.all(asked.map((each) => runTool(each, { callId: call.id, sessionId }))),
      };
    } catch (error) {
      logger.error("the session of a call could not be had", { error: errorMessage(error) });
      const words = "That did not work just now; go on without it.";
      return { results: asked.map(({ id }) => ({ toolCallId: id, error: words })) };
    }
  }

  async function statusUpdate(call: CallOf, message: ServerMessage): Promise<void> {
    switch (message.status) {
      case "in-progress": {
        const sessionId = await liveSession(call, message, { answered: true });
        await log(sessionId, `started:${call.id}`, [
          { type: "call_started", actor: "system", data: { callId: call.id } },
        ]);
        return;
      }
      case "ended":
        calls.end(call.id);
        await reportEnd(call, message.endedReason);
        return;
      default:
    }
  }

  /** Said once, whichever message tells it: the engine moves a delivery forward alone. */
  async function reportEnd(call: CallOf, endedReason: string | undefined): Promise<void> {
    const origin = originOf(call);
    if (origin === null || endedReason === undefined) return;
    const report = { deliveryId: origin.deliveryId, channel: name, externalId: call.id } as const;
    switch (callEnd(endedReason)) {
      case "reached":
        await host.reportStatus({ ...report, status: "delivered" });
        return;
      case "missed":
      case "failed":
        await host.reportStatus({ ...report, status: "bounced", reason: `Vapi: ${wordOf(endedReason)}` });
        return;
      case "unknown":
    }
  }

  async function endOfCall(call: CallOf, message: ServerMessage): Promise<void> {
    const sessionId = await sessionOf(call, message);
    calls.end(call.id);
    if (settings.transcripts === "after")
      await logTurns(sessionId, call.id, turnsOf(message).slice(0, mostTurns));
    const { endedReason, durationSeconds, cost, analysis, artifact } = message;
    const recordingUrl = settings.keepRecordingUrls ? artifact?.recordingUrl : undefined;
    const summary = analysis?.summary?.slice(0, 5_000);
    await log(sessionId, `ended:${call.id}`, [
      {
        type: "call_ended",
        actor: "system",
        data: {
          callId: call.id,
          ...(endedReason !== undefined && { endedReason: wordOf(endedReason) }),
          ...(durationSeconds !== undefined && durationSeconds < day && { durationSeconds }),
          ...(cost !== undefined && { cost }),
          ...(summary !== undefined && { summary }),
          ...(recordingUrl !== undefined && { recordingUrl }),
        },
      },
    ]);
    await reportEnd(call, endedReason);
  }

  async function transcript(call: CallOf, message: ServerMessage): Promise<void> {
    const isFinal = message.transcriptType === "final" || message.type.includes('transcriptType="final"');
    const role = speakerOf(message.role);
    const said = message.transcript?.trim() ?? "";
    if (settings.transcripts !== "live" || !isFinal || role === null || said === "") return;
    const sessionId = await sessionOf(call, message);
    const key = hashParts(call.id, role, String(message.timestamp ?? ""), said);
    await logTurn(sessionId, call.id, key, { role, text: said, atSeconds: null });
  }

  async function logTurns(sessionId: string, callId: string, turns: readonly Turn[]): Promise<void> {
    for (let from = 0; from < turns.length; from += batchSize) {
      const batch = turns.slice(from, from + batchSize).map(({ role, text, atSeconds }) => ({
        type: "message",
        actor: role,
        data: { text: text.slice(0, maxInboundTextLength), callId, ...(atSeconds !== null && { atSeconds }) },
      }));
      await log(sessionId, `turns:${callId}:${from}`, batch);
    }
  }

  /** What the user says is an answer like any other; what the assistant says is kept beside it. */
  async function logTurn(
    sessionId: string,
    callId: string,
    key: string,
    { role, text }: Turn,
  ): Promise<void> {
    const said = text.slice(0, maxInboundTextLength);
    if (role === "user") {
      await host.receive({
        channel: name,
        externalId: key,
        session: sessionId,
        text: said,
        data: { callId },
      });
      return;
    }
    await log(sessionId, `said:${key}`, [{ type: "message", actor: "ai", data: { text: said, callId } }]);
  }

  /** Into the session's log; one that has ended takes nothing more, and that is no failure. */
  async function log(sessionId: string, key: string, activities: readonly NewActivity[]): Promise<void> {
    try {
      const own = activities.map((activity) => ({ ...activity, channel: name }));
      await sessions.record(sessionId, own, { idempotencyKey: `${name}:${key}` });
    } catch (error) {
      const closed = ["session_closed", "session_expired"] as const;
      if (!closed.some((code) => OrchestratorError.isInstance(error, code))) throw error;
      logger.info("a session that has ended takes no more of its call", { sessionId });
    }
  }

  async function take(message: ServerMessage): Promise<void> {
    const { call, type } = message;
    if (call === undefined) return;
    if (originOf(call)?.toWorker) {
      // What a worker says on the telephone is none of the user's words, and the call is not the session's.
      const isOver = type === "end-of-call-report" || message.status === "ended";
      if (isOver) await reportEnd(call, message.endedReason);
      return;
    }
    if (type === "status-update") return statusUpdate(call, message);
    if (type === "end-of-call-report") return endOfCall(call, message);
    if (type.startsWith("transcript")) return transcript(call, message);
    if (type === "speech-update" && message.role === "user")
      await liveSession(call, message, { answered: true, userSpeaks: message.status === "started" });
  }

  async function answer(body: string): Promise<Response> {
    const message = readServerMessage(body);
    if (message === null) {
      logger.warn("a request to /messages of the voice channel holds no message");
      return Response.json({ error: "This is no server message." });
    }
    switch (message.type) {
      case "assistant-request":
        return Response.json(await assistantRequest(message));
      case "tool-calls":
        return Response.json(await toolCalls(message));
      case "transfer-destination-request":
        return Response.json(transferDestination(settings.transferTo));
    }
    try {
      await take(message);
      return Response.json({});
    } catch (error) {
      logger.error("a message of Vapi's could not be kept", {
        type: message.type,
        error: errorMessage(error),
      });
      const isOver = message.type === "end-of-call-report";
      return Response.json({ error: "It could not be kept." }, { status: isOver ? 503 : 200 });
    }
  }

  return {
    method: "POST",
    path: "/messages",
    handle: (request) =>
      handleSigned(
        request,
        {
          verify: around.verify,
          now: clock.now(),
          maxBytes,
          signal: request.signal,
          seenIds: seen,
          // What wants an answer gets the same one again.
          onReplayed: ({ body }) => (wantsAnswer(body) ? answer(body) : Response.json({})),
          onRefused: ({ reason, detail }) =>
            logger.warn("refused a request to the hook of the voice channel", { reason, detail }),
        },
        ({ body }) => answer(body),
      ),
  };
}

function wantsAnswer(body: string): boolean {
  const type = readServerMessage(body)?.type ?? "";
  return ["assistant-request", "tool-calls", "transfer-destination-request"].includes(type);
}

function transferDestination(number: string | undefined): object {
  return number === undefined
    ? { error: "Nobody can take the call just now." }
    : { destination: { type: "number", number } };
}

/** A vendor's word, as one. */
function wordOf(endedReason: string): string {
  return endedReason.replaceAll(/[^\w.-]/g, "").slice(0, 120);
}
