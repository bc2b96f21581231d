import { type Channel, OrchestratorError, type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { checkUrl, createSafeDispatcher, createUrlPolicy } from "@hybrid-orchestrator/safe-http";
import { defineForm, type FormDefinition } from "@hybrid-orchestrator/screen-state";
import { type VapiCredential, vapiVerifier } from "@hybrid-orchestrator/signatures";
import { Calls } from "./calls.js";
import { type VoiceChannelConfig, type VoiceSettings, voiceChannelConfigSchema } from "./config.js";
import { hook } from "./hook.js";
import { numberOf, toE164 } from "./number.js";
import { createOrigins } from "./origin.js";
import { callOf, type Surroundings, sender } from "./send.js";
import type { ControlCommand } from "./vapi.js";
import { vapi } from "./vapi.js";

/** What can be done with the call of a session, besides speaking into it. */
export interface VoiceCalls {
  /**
   * Hands the call over to a number, in E.164; `say` is told to the caller before.
   * @throws OrchestratorError `not_found` where the session has no call, `not_running`, `invalid_argument`,
   * `network_failed`, `timeout`, `unavailable`.
   */
  transfer(sessionId: string, to: { readonly number: string; readonly say?: string }): Promise<void>;
  /** Hangs up. @throws as `transfer` does. */
  end(sessionId: string): Promise<void>;
}

export type VoiceChannelPlugin = Plugin & { readonly calls: VoiceCalls };

/**
 * A channel for telephone calls through Vapi, with the hook `/messages` for its server messages and tools.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function voiceChannel(config: VoiceChannelConfig): VoiceChannelPlugin {
  const settings: VoiceSettings = parseWith(voiceChannelConfigSchema, config, {
    name: "voice channel's configuration",
    code: "invalid_configuration",
  });
  const { name, credential, trustedOrigins } = settings;
  requireAllowed(settings);
  const form = defineForm((settings.form ?? {}) as FormDefinition);
  const verify = credential === undefined ? null : vapiVerifier(credential as VapiCredential);
  const origins = createOrigins(settings.apiKey);
  let around: Surroundings | null = null;

  return {
    specVersion: 1,
    name,
    calls: {
      async transfer(sessionId, { number: given, say }) {
        const number = toE164(given, settings);
        if (number === undefined)
          throw new OrchestratorError(
            "invalid_argument",
            "A call can be transferred to a number in E.164 alone.",
          );
        const destination = { type: "number", number } as const;
        await control(around, sessionId, {
          type: "transfer",
          destination,
          ...(say !== undefined && { content: say }),
        });
      },
      end: (sessionId) => control(around, sessionId, { type: "end-call" }),
    },
    setup(host) {
      const dispatcher = createSafeDispatcher({ trustedOrigins });
      const { clock, sessions } = host;
      const made = {
        settings,
        clock,
        sessions,
        calls: new Calls(clock),
        origins,
        vapi: vapi(settings, dispatcher),
      };
      around = made;
      host.onStop(async () => {
        around = null;
        await dispatcher.close();
      });
      host.channel(channelOf(made));
      if (verify !== null) host.route(hook(host, { ...made, form, verify }));
    },
  };
}

function channelOf(around: Surroundings): Channel {
  const { settings } = around;
  const { name, audience, credential } = settings;
  return {
    name,
    capabilities: {
      // A second call for one message would be a second call.
      idempotent: false,
      twoWay: credential !== undefined,
      statusCallbacks: credential !== undefined,
      ...(credential !== undefined && { answers: "speech" as const }),
      richText: false,
      audience,
    },
    send: sender(around),
    canReach: (recipient) => numberOf(recipient, settings) !== undefined,
    destination: (recipient) => numberOf(recipient, settings),
  };
}

async function control(
  around: Surroundings | null,
  sessionId: string,
  command: ControlCommand,
): Promise<void> {
  if (around === null) throw new OrchestratorError("not_running", "The voice channel does not run.");
  const { settings, vapi, calls } = around;
  const signal = AbortSignal.timeout(3 * settings.timeoutMs);
  const call = await callOf(sessionId, around, signal);
  if (call === null || call.controlUrl === null)
    throw new OrchestratorError("not_found", `Session ${sessionId} has no call that can be controlled.`);
  const response = await vapi.control(call.controlUrl, command, signal);
  if (response.outcome !== "answered") throw response.error;
  const { status } = response;
  if (status >= 200 && status < 300) return;
  if (![404, 409, 410].includes(status))
    throw new OrchestratorError("unavailable", `Vapi answered ${status} to ${command.type}.`);
  calls.end(call.id);
  throw new OrchestratorError("not_found", `The call of session ${sessionId} has ended.`);
}

function requireAllowed({ baseUrl, trustedOrigins, controlDomains }: VoiceSettings): void {
  createUrlPolicy({ domains: controlDomains });
  const check = checkUrl(baseUrl, createUrlPolicy({ trustedOrigins }));
  if (!check.allowed)
    throw new OrchestratorError(
      "invalid_configuration",
      `The voice channel's baseUrl cannot be used. ${check.message} Pass a public https URL, or name its origin in trustedOrigins.`,
    );
}
