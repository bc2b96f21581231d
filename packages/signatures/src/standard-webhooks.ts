import { hmacVerifier, signHmac } from "./hmac.js";
import type { HmacScheme } from "./hmac-scheme.js";
import { type Secrets, secretBytes, secretList } from "./secrets.js";
import type { ToleranceOptions } from "./timestamp.js";
import type { Verifier } from "./verdict.js";

const scheme: HmacScheme = {
  algorithm: "sha256",
  encoding: "base64",
  signatureHeader: "webhook-signature",
  prefix: "v1,",
  payload: "{id}.{timestamp}.{body}",
  idHeader: "webhook-id",
  timestampHeader: "webhook-timestamp",
};

export interface StandardWebhook {
  /** The same for every try to deliver one message: receivers deduplicate by it. Without a full stop. */
  readonly id: string;
  readonly body: string;
  /** The moment of this try. */
  readonly now: number;
}

/**
 * The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, the last with one signature for each secret.
 * Source: the Standard Webhooks specification, symmetric signatures.
 * @throws OrchestratorError `invalid_configuration` for a secret, `invalid_argument` for an id.
 */
export function signStandardWebhook(webhook: StandardWebhook, secrets: Secrets): Record<string, string> {
  return signHmac(scheme, webhook, keysOf(secrets));
}

/** Checks what {@link signStandardWebhook} writes. The verdict's `id` is the `webhook-id`. */
export function standardWebhookVerifier(secrets: Secrets, options: ToleranceOptions = {}): Verifier {
  return hmacVerifier(scheme, keysOf(secrets), options);
}

function keysOf(secrets: Secrets): readonly Buffer[] {
  const name = "secret of a Standard Webhook";
  return secretList(secrets, name).map((secret) => secretBytes(secret, name));
}
