import { hmacVerifier, signHmac } from "./hmac.js";
import type { HmacScheme } from "./hmac-scheme.js";
import { type Secrets, secretList } from "./secrets.js";
import type { Verifier } from "./verdict.js";

const scheme: HmacScheme = {
  algorithm: "sha256",
  encoding: "hex",
  signatureHeader: "x-hub-signature-256",
  prefix: "sha256=",
  payload: "{body}",
};

/**
 * Checks webhooks of GitHub. They carry no time, and `X-GitHub-Delivery` is not signed, so that whoever replays a body
 * can write a new one: the verdict's `id` comes from the signature. Source: docs.github.com, "Validating webhook
 * deliveries".
 * @throws OrchestratorError `invalid_configuration`
 */
export function githubVerifier(secrets: Secrets): Verifier {
  return hmacVerifier(scheme, secretList(secrets, "GitHub webhook secret"));
}

/** The header with which GitHub would send `body`. */
export function signGithub(body: string, secret: string): Record<string, string> {
  return signHmac(scheme, { body }, secretList(secret, "GitHub webhook secret"));
}
