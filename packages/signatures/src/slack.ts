import { hmacVerifier, signHmac } from "./hmac.js";
import type { HmacScheme } from "./hmac-scheme.js";
import { type Secrets, secretList } from "./secrets.js";
import type { ToleranceOptions } from "./timestamp.js";
import type { Verifier } from "./verdict.js";

const scheme: HmacScheme = {
  algorithm: "sha256",
  encoding: "hex",
  signatureHeader: "x-slack-signature",
  prefix: "v0=",
  payload: "v0:{timestamp}:{body}",
  timestampHeader: "x-slack-request-timestamp",
};

/**
 * Checks requests of Slack (events, interactivity, commands). A repeated event has a new signature: pass its `event_id`
 * as `replayId`. Source: docs.slack.dev, "Verifying requests from Slack".
 * @throws OrchestratorError `invalid_configuration`
 */
export function slackVerifier(signingSecrets: Secrets, options: ToleranceOptions = {}): Verifier {
  return hmacVerifier(scheme, secretList(signingSecrets, "Slack signing secret"), options);
}

/** The headers with which Slack would send `body`. */
export function signSlack(
  message: { readonly body: string; readonly now: number },
  signingSecret: string,
): Record<string, string> {
  return signHmac(scheme, message, secretList(signingSecret, "Slack signing secret"));
}
