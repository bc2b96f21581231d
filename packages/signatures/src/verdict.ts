import { createHash } from "node:crypto";

/** A request as it came in, with its body read once and left as it was. */
export interface SignedRequest {
  readonly method: string;
  /** As the sender called it. Behind a proxy that is not what the server sees. */
  readonly url: string;
  readonly headers: Headers;
  /** Raw: a parsed and printed body has another signature. */
  readonly body: string;
}

/**
 * Why a signature does not hold: a header is missing, a header is not what the scheme says, it was made with another
 * secret or over something else, it is too old, or it comes from the future.
 */
export type Refusal = "missing" | "malformed" | "mismatch" | "expired" | "future";

export type Verdict =
  | {
      readonly ok: true;
      /** What tells a replay: the sender's own id where it is signed, else a hash of the signature. */
      readonly id?: string;
      /** When the sender says it signed, where that is signed too. */
      readonly signedAt?: number;
    }
  | Refused;

export interface Refused {
  readonly ok: false;
  readonly reason: Refusal;
  /** For logs. Holds no secret, no signature and nothing of the body. */
  readonly detail: string;
}

/** Decides whether a request comes from someone who knows a secret. Pure; never throws. */
export type Verifier = (request: SignedRequest, now: number) => Verdict;

export function refuse(reason: Refusal, detail: string): Refused {
  return { ok: false, reason, detail };
}

/** Tells a signature without being one, so that logs and caches hold nothing that could be sent again. */
export function fingerprint(signature: string): string {
  return createHash("sha256").update(signature).digest("base64url");
}
