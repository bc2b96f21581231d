import { createHmac } from "node:crypto";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { equalText } from "./compare.js";
import { checkScheme, type HmacScheme, renderPayload } from "./hmac-scheme.js";
import { checkTolerance, readTimestamp, refuseByAge, type ToleranceOptions } from "./timestamp.js";
import { fingerprint, type Refused, refuse, type Verifier } from "./verdict.js";

export type HmacKey = string | Uint8Array;

/** What a sender signs. `id` and `now` count where the scheme signs them. */
export interface HmacMessage {
  readonly body: string;
  readonly id?: string;
  readonly now?: number;
  readonly method?: string;
  readonly url?: string;
}

// A sender in the middle of a rotation sends two. Each costs a comparison for each key, and anyone can send a header.
const mostSignatures = 10;

// Without a full stop, which separates the id from what follows; so the specification asks.
const idPattern = /^[!-\-/-~]{1,256}$/;

/** @throws OrchestratorError `invalid_configuration` */
export function hmacVerifier(
  scheme: HmacScheme,
  keys: readonly HmacKey[],
  options: ToleranceOptions = {},
): Verifier {
  checkScheme(scheme);
  const toleranceMs = checkTolerance(options);
  return (request, now) => {
    const sent = readHeaders(scheme, request.headers);
    if ("reason" in sent) return sent;
    const { method, url, body } = request;
    const payload = renderPayload(scheme, { id: sent.id, timestamp: sent.timestamp, body, method, url });
    const signature = keys
      .map((key) => signatureOf(scheme, payload, key))
      .find((expected) => sent.signatures.some((candidate) => equalText(candidate, expected)));
    if (signature === undefined) return refuse("mismatch", "no signature fits a known secret");
    const id = scheme.idHeader === undefined ? fingerprint(signature) : sent.id;
    if (sent.signedAt === undefined) return { ok: true, id };
    // The age comes last: what is called expired was really signed by the sender.
    return refuseByAge(sent.signedAt, now, toleranceMs) ?? { ok: true, id, signedAt: sent.signedAt };
  };
}

/** The headers of a signed request, one signature for each key. */
export function signHmac(
  scheme: HmacScheme,
  message: HmacMessage,
  keys: readonly HmacKey[],
): Record<string, string> {
  checkScheme(scheme);
  const { id = "", now = 0, body, method = "POST", url = "" } = message;
  if (scheme.idHeader !== undefined && !idPattern.test(id))
    throw new OrchestratorError(
      "invalid_argument",
      "The id of a signed message must have 1 to 256 visible ASCII characters and no full stop.",
    );
  const timestamp = String(Math.floor(now / 1000));
  const payload = renderPayload(scheme, { id, timestamp, body, method, url });
  return {
    ...(scheme.idHeader !== undefined && { [scheme.idHeader]: id }),
    ...(scheme.timestampHeader !== undefined && { [scheme.timestampHeader]: timestamp }),
    [scheme.signatureHeader]: keys.map((key) => signatureOf(scheme, payload, key)).join(" "),
  };
}

function signatureOf(scheme: HmacScheme, payload: string, key: HmacKey): string {
  return scheme.prefix + createHmac(scheme.algorithm, key).update(payload).digest(scheme.encoding);
}

interface SentHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signedAt: number | undefined;
  readonly signatures: readonly string[];
}

function readHeaders(scheme: HmacScheme, headers: Headers): SentHeaders | Refused {
  const header = headers.get(scheme.signatureHeader);
  if (header === null) return missing(scheme.signatureHeader);
  const listed = scheme.prefix.includes(" ") ? [header] : header.split(" ");
  const signatures = listed.filter((signature) => signature.startsWith(scheme.prefix));
  if (signatures.length === 0 || signatures.length > mostSignatures) return malformed(scheme.signatureHeader);

  let id = "";
  if (scheme.idHeader !== undefined) {
    const value = headers.get(scheme.idHeader);
    if (value === null) return missing(scheme.idHeader);
    if (!idPattern.test(value)) return malformed(scheme.idHeader);
    id = value;
  }

  if (scheme.timestampHeader === undefined) return { id, timestamp: "", signedAt: undefined, signatures };
  const timestamp = headers.get(scheme.timestampHeader);
  if (timestamp === null) return missing(scheme.timestampHeader);
  const signedAt = readTimestamp(timestamp, scheme.timestampUnit ?? "seconds");
  if (signedAt === undefined) return malformed(scheme.timestampHeader);
  return { id, timestamp, signedAt, signatures };
}

function missing(header: string): Refused {
  return refuse("missing", `no header ${header}`);
}

function malformed(header: string): Refused {
  return refuse("malformed", `the header ${header} does not have the form of the scheme`);
}
