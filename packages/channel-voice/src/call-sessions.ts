import { OrchestratorError } from "@hybrid-orchestrator/core";
import { toE164 } from "./number.js";
import type { Origin } from "./origin.js";
import type { Surroundings } from "./send.js";
import type { ServerMessage } from "./server-message.js";

/** A call as a server message tells of it. */
export type CallOf = NonNullable<ServerMessage["call"]>;

/** Which session a call belongs to, and what is known of the call while it lasts. */
export function callSessions({ settings, sessions, calls, vapi, origins, clock }: Surroundings) {
  /** The session of a call: the one that it was placed for, else one that it opens. */
  async function sessionOf(call: CallOf, message: ServerMessage): Promise<string> {
    const known = calls.get(call.id)?.sessionId ?? (await namedSession(call));
    return known ?? openSession(call, message);
  }

  /** Of a message that comes only while the call is under way; what comes late must not bring it to life again. */
  async function liveSession(
    call: CallOf,
    message: ServerMessage,
    change: { readonly answered?: boolean; readonly userSpeaks?: boolean },
  ): Promise<string> {
    const sessionId = await sessionOf(call, message);
    const controlUrl = vapi.controlUrl(call.monitor?.controlUrl);
    calls.update(call.id, { sessionId, ...change, ...(controlUrl !== null && { controlUrl }) });
    return sessionId;
  }

  async function namedSession(call: CallOf): Promise<string | null> {
    const origin = originOf(call);
    if (origin === null) return null;
    try {
      return (await sessions.get(origin.sessionId)).id;
    } catch (error) {
      if (OrchestratorError.isInstance(error, "session_not_found")) return null;
      throw error;
    }
  }

  function originOf({ assistantOverrides }: CallOf): Origin | null {
    return origins.read(assistantOverrides?.variableValues?.origin, clock.now());
  }

  async function openSession({ id, customer }: CallOf, message: ServerMessage): Promise<string> {
    const given = customer?.number ?? message.customer?.number;
    const phone = given === undefined ? undefined : toE164(given, settings);
    const { id: sessionId } = await sessions.open({
      externalId: `${settings.name}:${id}`,
      workflow: settings.workflow,
      recipient: { id: phone ?? id, ...(phone !== undefined && { phone }) },
    });
    return sessionId;
  }

  return { originOf, sessionOf, liveSession };
}
