import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { checkPurpose, checkSubject, expirySeconds, type KeyBytes, keyRing } from "./token-checks.js";
import {
  decodeToken,
  encodeToken,
  macBytes,
  packParts,
  type TokenEncoding,
  unpackParts,
} from "./token-format.js";
import type { UsedTokens } from "./used-tokens.js";

export interface TokenKey {
  /** 0 to 127; stands in each token, so that it is known which key to check it with. Never give one id to two secrets. */
  readonly id: number;
  /** Of the form of `createSecret()`. Used for nothing else. */
  readonly secret: string;
}

export interface SignedTokensOptions {
  /** The first one signs, all verify. */
  readonly keys: readonly TokenKey[];
  /** Default `base64url`. */
  readonly encoding?: TokenEncoding;
}

export interface TokenClaims {
  /** What the token is good for, e.g. `resume`; one for another purpose does not fit. */
  readonly purpose: string;
  /** Whom or what it is about. Not secret: whoever has the token can read it. UUIDs take less room. */
  readonly subject: string;
  readonly expiresAt: number;
}

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly subject: string;
      readonly expiresAt: number;
      /** Tells this token from others without being one; for logs and {@link UsedTokens}. */
      readonly id: string;
    }
  | {
      readonly ok: false;
      readonly reason: "malformed" | "mismatch" | "expired" | "used";
      /** For logs. Does not hold the token. */
      readonly detail: string;
    };

export interface SignedTokens {
  /**
   * The same claims give the same token. Where each token is to be used once for itself, put something of its own into
   * the subject.
   * @throws OrchestratorError `invalid_argument`, `data_too_large`
   */
  sign(claims: TokenClaims): string;
  /** Looks at a token and does not use it up. */
  verify(token: string, expected: { readonly purpose: string; readonly now: number }): TokenVerdict;
  /** Verifies a token and uses it up: of all calls with one token, one is told `ok`. */
  redeem(
    token: string,
    expected: { readonly purpose: string; readonly now: number; readonly used: UsedTokens },
  ): Promise<TokenVerdict>;
}

const mostTokenLength = 1024;
/** RFC 5321, 4.5.3.1.1: the part of an address before the "@". */
const mostLocalPartLength = 64;

/**
 * Makes and checks compact tokens: signed with HMAC-SHA256, expiring, good for one purpose. In `base32` a token about a
 * UUID has 53 characters of a to z and 2 to 7, in any case; it fits into `reply+TOKEN@example.com` and a Message-ID.
 * @throws OrchestratorError `invalid_configuration`
 */
export function signedTokens({ keys, encoding = "base64url" }: SignedTokensOptions): SignedTokens {
  const ring = keyRing(keys);
  const [signingKey] = ring;

  function macOf(key: KeyBytes, purpose: string, signed: Buffer): Buffer {
    return (
      createHmac("sha256", key.bytes)
        // Says what the bytes after it are, so that they mean nothing for another purpose, encoding or use of the key.
        .update(`hybrid-orchestrator/token/1/${encoding}/${purpose}\0`)
        .update(signed)
        .digest()
        .subarray(0, macBytes[encoding])
    );
  }

  const verify: SignedTokens["verify"] = (token, { purpose, now }) => {
    checkPurpose(purpose);
    const bytes = token.length > mostTokenLength ? undefined : decodeToken(token, encoding);
    const signed = bytes?.subarray(0, Math.max(0, bytes.length - macBytes[encoding]));
    const parts = signed && unpackParts(signed);
    if (bytes === undefined || signed === undefined || parts === undefined)
      return { ok: false, reason: "malformed", detail: "not a token" };
    const key = ring.find(({ id }) => id === parts.keyId);
    if (key === undefined)
      return { ok: false, reason: "mismatch", detail: `key ${parts.keyId} is not known` };
    if (!timingSafeEqual(macOf(key, purpose, signed), bytes.subarray(signed.length)))
      return { ok: false, reason: "mismatch", detail: `not signed for "${purpose}" with key ${parts.keyId}` };
    const expiresAt = parts.expiresAtSeconds * 1000;
    if (now >= expiresAt)
      return { ok: false, reason: "expired", detail: `expired at ${new Date(expiresAt).toISOString()}` };
    return { ok: true, subject: parts.subject, expiresAt, id: idOf(bytes) };
  };

  return {
    sign({ purpose, subject, expiresAt }) {
      checkPurpose(purpose);
      checkSubject(subject);
      const expiresAtSeconds = expirySeconds(expiresAt);
      const signed = packParts({ keyId: signingKey.id, subject, expiresAtSeconds });
      const token = encodeToken(Buffer.concat([signed, macOf(signingKey, purpose, signed)]), encoding);
      if (encoding === "base32" && token.length > mostLocalPartLength) throw tooLong(token);
      return token;
    },
    verify,
    async redeem(token, { purpose, now, used }) {
      const verdict = verify(token, { purpose, now });
      if (!verdict.ok || (await used.use(verdict.id, verdict.expiresAt))) return verdict;
      return { ok: false, reason: "used", detail: "used before" };
    },
  };
}

function idOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url");
}

function tooLong(token: string): OrchestratorError {
  return new OrchestratorError(
    "data_too_large",
    `The token has ${token.length} characters, and the part of a mail address before the "@" at most ${mostLocalPartLength}. Pass a UUID or a subject of at most 23 bytes.`,
  );
}
