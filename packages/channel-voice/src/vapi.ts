import { parseJson } from "@hybrid-orchestrator/core";
import {
  checkUrl,
  createUrlPolicy,
  type SafeDispatcher,
  type SafeResponse,
  safeRequest,
} from "@hybrid-orchestrator/safe-http";
import { z } from "zod";
import type { VoiceSettings } from "./config.js";

interface NewCall {
  readonly number: string;
  readonly name?: string | undefined;
  /** The first words. */
  readonly firstMessage: string;
  readonly sessionId: string;
  /** See {@link Origins}. */
  readonly origin: string;
  /** What a called worker can answer with. */
  readonly answers?: Answers;
}

/** Tokens that come back with each message of the call. */
export interface Answers {
  readonly accept?: string | undefined;
  readonly decline?: string | undefined;
}

export type ControlCommand =
  | { readonly type: "say"; readonly content: string; readonly interruptAssistantEnabled: boolean }
  | {
      readonly type: "transfer";
      readonly destination: { readonly type: "number"; readonly number: string };
      readonly content?: string;
    }
  | { readonly type: "end-call" };

// Read leniently: whatever is not as expected is as if it were not there.
const callSchema = z.object({
  id: z.string().min(1).max(100),
  status: z.string().optional().catch(undefined),
  monitor: z
    .object({ controlUrl: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

export interface KnownCall {
  readonly id: string;
  readonly controlUrl: string | null;
  readonly ended: boolean;
}

/** Vapi's API as far as it is needed. Source: docs.vapi.ai/api-reference/calls and /calls/call-features. */
export interface Vapi {
  createCall(call: NewCall, signal: AbortSignal): Promise<SafeResponse>;
  getCall(id: string, signal: AbortSignal): Promise<SafeResponse>;
  control(controlUrl: string, command: ControlCommand, signal: AbortSignal): Promise<SafeResponse>;
  /** The address, if it is one of Vapi's; it comes from outside, and what is sent there is for Vapi alone. */
  controlUrl(given: string | undefined): string | null;
}

/** The most characters that Vapi takes as a customer's name. */
const longestName = 40;

export function vapi(settings: VoiceSettings, dispatcher: SafeDispatcher): Vapi {
  const { apiKey, assistantId, phoneNumberId, timeoutMs, baseUrl, trustedOrigins, controlDomains } = settings;
  const controlPolicy = createUrlPolicy({ domains: controlDomains, trustedOrigins });

  function request(
    url: string,
    { body, authorized, signal }: { body?: unknown; authorized: boolean; signal: AbortSignal },
  ): Promise<SafeResponse> {
    return safeRequest(url, {
      dispatcher,
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        ...(authorized && { authorization: `Bearer ${apiKey}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
      connectTimeoutMs: timeoutMs,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      maxBytes: 1024 * 1024,
    });
  }

  return {
    createCall: ({ number, name, firstMessage, sessionId, origin, answers }, signal) =>
      request(`${baseUrl}/call`, {
        authorized: true,
        signal,
        body: {
          assistantId,
          phoneNumberId,
          customer: { number, ...(name !== undefined && { name: name.slice(0, longestName) }) },
          assistantOverrides: {
            firstMessage,
            variableValues: { sessionId, origin, message: firstMessage, ...answers },
          },
        },
      }),
    getCall: (id, signal) =>
      request(`${baseUrl}/call/${encodeURIComponent(id)}`, { authorized: true, signal }),
    // Without the key: the address is secret enough.
    control: (url, command, signal) => request(url, { authorized: false, signal, body: command }),
    controlUrl(given) {
      if (given === undefined) return null;
      const check = checkUrl(given, controlPolicy);
      return check.allowed ? check.url.href : null;
    },
  };
}

/** What Vapi says of a call; null where it says nothing that can be read. */
export function readCall(body: Buffer, { controlUrl }: Pick<Vapi, "controlUrl">): KnownCall | null {
  const read = callSchema.safeParse(parseJson(body.toString("utf8")));
  if (!read.success) return null;
  const { id, status, monitor } = read.data;
  return { id, controlUrl: controlUrl(monitor?.controlUrl), ended: status === "ended" };
}
