import { type BearerOptions, bearerVerifier } from "./bearer.js";
import { type HmacKey, type HmacMessage, hmacVerifier, signHmac } from "./hmac.js";
import type { HmacScheme } from "./hmac-scheme.js";
import { base64Bytes, type Secrets, secretList } from "./secrets.js";
import type { ToleranceOptions } from "./timestamp.js";
import type { Verifier } from "./verdict.js";

/** The ways in which Vapi can be told to prove itself: a credential of its dashboard, said again here. */
export type VapiCredential =
  | (BearerOptions & { readonly type: "bearer"; readonly token: Secrets })
  /** The legacy `secret` of a server: sent as it is, in `x-vapi-secret`. */
  | { readonly type: "secret"; readonly secret: Secrets }
  | (VapiHmac & { readonly type: "hmac" });

/** Vapi's HMACAuthenticationPlan, with its names and its defaults. */
export interface VapiHmac extends ToleranceOptions {
  readonly secretKey: Secrets;
  readonly algorithm: "sha256" | "sha512" | "sha1";
  /** Default `x-signature`. */
  readonly signatureHeader?: string;
  /** Default `x-timestamp`. */
  readonly timestampHeader?: string;
  readonly signaturePrefix?: string;
  /** Default true. */
  readonly includeTimestamp?: boolean;
  /** With `{body}`, `{timestamp}`, `{method}`, `{url}`, `{svix-id}`; default `{timestamp}.{body}`. */
  readonly payloadFormat?: string;
  /** The header of `{svix-id}`. */
  readonly messageIdHeader?: string;
  /** Default `hex`. */
  readonly signatureEncoding?: "hex" | "base64";
  /** Default false. A secret in base64 may begin with `whsec_`. */
  readonly secretIsBase64?: boolean;
}

/**
 * Checks server messages of Vapi. Only HMAC covers the body and notices replays. Source: docs.vapi.ai, "Server
 * authentication", and the API's schema HMACAuthenticationPlan.
 * @throws OrchestratorError `invalid_configuration`, also for a format that does not sign the body, or does not sign
 * a timestamp or an id that has a header.
 */
export function vapiVerifier(credential: VapiCredential): Verifier {
  switch (credential.type) {
    case "bearer":
      return bearerVerifier(credential.token, credential);
    case "secret":
      return bearerVerifier(credential.secret, { header: "x-vapi-secret", bearerPrefix: false });
    case "hmac":
      return hmacVerifier(schemeOf(credential), keysOf(credential), credential);
  }
}

/** The headers with which Vapi would send a message. */
export function signVapi(message: HmacMessage, plan: VapiHmac): Record<string, string> {
  return signHmac(schemeOf(plan), message, keysOf(plan).slice(0, 1));
}

function schemeOf(plan: VapiHmac): HmacScheme {
  const { includeTimestamp = true, messageIdHeader, timestampHeader = "x-timestamp" } = plan;
  const { payloadFormat = includeTimestamp ? "{timestamp}.{body}" : "{body}" } = plan;
  return {
    algorithm: plan.algorithm,
    encoding: plan.signatureEncoding ?? "hex",
    signatureHeader: plan.signatureHeader ?? "x-signature",
    prefix: plan.signaturePrefix ?? "",
    payload: payloadFormat.replaceAll("{svix-id}", "{id}"),
    ...(messageIdHeader !== undefined && { idHeader: messageIdHeader }),
    // The vendor does not say in which unit it writes the time.
    ...(includeTimestamp && { timestampHeader, timestampUnit: "either" }),
  };
}

function keysOf({ secretKey, secretIsBase64 = false }: VapiHmac): readonly HmacKey[] {
  const name = "Vapi secret key";
  const secrets = secretList(secretKey, name);
  if (!secretIsBase64) return secrets;
  return secrets.map((secret) => base64Bytes(secret.replace(/^whsec_/, ""), name));
}
