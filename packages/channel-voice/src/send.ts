import type {
  Clock,
  OutboundMessage,
  PluginSessions,
  SendOptions,
  SendResult,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Call, Calls } from "./calls.js";
import type { VoiceSettings } from "./config.js";
import { numberOf } from "./number.js";
import type { Origins } from "./origin.js";
import { refusal } from "./outcome.js";
import { spoken } from "./speech.js";
import { type Answers, readCall, type Vapi } from "./vapi.js";

const actionsSchema = z.array(z.object({ id: z.string(), value: z.string().optional() }));

export interface Surroundings {
  readonly settings: VoiceSettings;
  readonly vapi: Vapi;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly sessions: PluginSessions;
  readonly origins: Origins;
}

interface Placing {
  readonly number: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

type CallOrPlaced =
  | { readonly call: Call; readonly placed: null }
  | { readonly call: null; readonly placed: SendResult };

/** So long a telephone may ring. */
const unsureMs = 60_000;
/** How many of a session's newest activities may lie between a call's beginning and now. */
const lookBack = 200;

/** Says a message in the session's call, or calls where there is none. */
export function sender(around: Surroundings) {
  const { settings, clock } = around;
  const placing = new Map<string, Promise<CallOrPlaced>>();
  /** Sessions for which a call may have been placed, and until when its first message is waited for. */
  const unsure = new Map<string, number>();

  return async (message: OutboundMessage, { signal }: SendOptions): Promise<SendResult> => {
    const number = numberOf(message.recipient, settings);
    if (number === undefined) return permanent("the recipient has no valid telephone number");
    const text = spoken(message.content, settings.maxSpelledLink);
    if (text === null) return permanent("its link is too long to be read aloud");
    if (text.trim() === "") return permanent("the message has no text");
    if (signal.aborted) return { outcome: "retryable", reason: "it was given up before it was said" };

    // The session's own call is the user's: what is for a worker must not be said in it.
    if (message.audience === "worker") return place(message, { number, text, signal });
    const { sessionId } = message;
    // Two messages at once must not make two calls: the second waits for the first's, and is said in it.
    while (placing.has(sessionId)) await placing.get(sessionId)?.catch(() => undefined);
    const unsureUntil = unsure.get(sessionId) ?? 0;
    if (clock.now() < unsureUntil && around.calls.ofSession(sessionId) === null)
      return { outcome: "retryable", reason: "it is not known whether a call was just placed" };
    unsure.delete(sessionId);
    const found = callOrPlace(message, { number, text, signal });
    placing.set(sessionId, found);
    const { call, placed } = await found.finally(() => placing.delete(sessionId));
    return placed ?? say(call, text, signal, around);
  };

  /** The call under way, or what became of placing one. */
  async function callOrPlace(message: OutboundMessage, how: Placing): Promise<CallOrPlaced> {
    const call = await callOf(message.sessionId, around, how.signal);
    return call === null ? { call, placed: await place(message, how) } : { call, placed: null };
  }

  async function place(message: OutboundMessage, { number, text, signal }: Placing): Promise<SendResult> {
    const { vapi, calls, origins } = around;
    const { sessionId, deliveryId, recipient } = message;
    const toWorker = message.audience === "worker";
    const { recordingConsent, credential } = settings;
    const firstMessage = [recordingConsent, text].filter((part) => part !== undefined).join(" ");
    const response = await vapi.createCall(
      {
        number,
        name: recipient.name,
        firstMessage,
        sessionId,
        origin: origins.sign({ sessionId, deliveryId, toWorker }, clock.now()),
        ...(toWorker && { answers: answersIn(message) }),
      },
      signal,
    );
    const refused = refusal(response, clock.now());
    if (refused?.outcome === "ambiguous" && !toWorker) unsure.set(sessionId, clock.now() + unsureMs);
    if (refused !== null) return refused;
    const call = response.outcome === "answered" ? readCall(response.body, vapi) : null;
    if (call === null) return { outcome: "sent" };
    // Without server messages nobody would tell that it has ended.
    if (credential !== undefined && !call.ended && !toWorker)
      calls.update(call.id, { sessionId, controlUrl: call.controlUrl });
    return { outcome: "sent", externalId: call.id };
  }
}

/** Taking it and leaving it. What decides more than that is not left to what was heard on a telephone. */
function answersIn({ metadata }: OutboundMessage): Answers {
  const read = actionsSchema.safeParse(metadata.actions);
  const tokenFor = (id: string) => read.data?.find((action) => action.id === id)?.value;
  const [accept, decline] = [tokenFor("claim"), tokenFor("decline")];
  return { ...(accept !== undefined && { accept }), ...(decline !== undefined && { decline }) };
}

/** Says something in a call under way, as soon as that can be done without talking over anybody. */
async function say(
  { id, controlUrl }: Call,
  text: string,
  signal: AbortSignal,
  { settings, vapi, calls, clock }: Surroundings,
): Promise<SendResult> {
  const { whileUserSpeaks, maxQueueMs } = settings;
  if (controlUrl === null) return permanent("the call cannot be spoken into");
  const interrupts = whileUserSpeaks === "interrupt";
  if (!interrupts || calls.get(id)?.answered !== true) {
    const how = await calls.quiet(id, { maxMs: maxQueueMs, signal });
    switch (how) {
      case "quiet":
        break;
      case "ended":
        return permanent("the call ended before it was said");
      case "waited":
        return { outcome: "retryable", reason: "there was no moment to say it in the call" };
      case "aborted":
        return { outcome: "retryable", reason: "it was given up before it was said" };
    }
  }
  const response = await vapi.control(
    controlUrl,
    { type: "say", content: text, interruptAssistantEnabled: interrupts },
    signal,
  );
  if (response.outcome === "answered" && [404, 409, 410].includes(response.status)) {
    calls.end(id);
    return permanent("the call had ended");
  }
  return refusal(response, clock.now()) ?? { outcome: "sent" };
}

/** The session's call under way: as this process knows it, else as the session's log and Vapi do. */
export async function callOf(
  sessionId: string,
  { calls, sessions, settings, vapi }: Surroundings,
  signal: AbortSignal,
): Promise<Call | null> {
  const known = calls.ofSession(sessionId);
  // Without the hook nothing is in the log.
  if (known?.controlUrl != null || settings.credential === undefined) return known;
  const id = known?.id ?? lastCall(await sessions.activities(sessionId, lookBack), settings.name);
  if (id === null) return null;
  const response = await vapi.getCall(id, signal);
  const call =
    response.outcome === "answered" && response.status === 200 ? readCall(response.body, vapi) : null;
  if (call === null) return known;
  if (call.ended) {
    calls.end(id);
    return null;
  }
  calls.update(id, { sessionId, controlUrl: call.controlUrl, ...(known === null && { answered: true }) });
  return calls.get(id);
}

/** The newest call that the log knows to have begun, and not to have ended. Newest activities first. */
function lastCall(
  activities: Awaited<ReturnType<PluginSessions["activities"]>>,
  channel: string,
): string | null {
  const ended = new Set<unknown>();
  for (const { type, channel: of, data } of activities) {
    if (of !== channel) continue;
    if (type === "call_ended") ended.add(data.callId);
    if (type === "call_started" && typeof data.callId === "string" && !ended.has(data.callId))
      return data.callId;
  }
  return null;
}

function permanent(reason: string): SendResult {
  return { outcome: "permanent", reason };
}
