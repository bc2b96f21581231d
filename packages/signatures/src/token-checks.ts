import { isStorableText, OrchestratorError } from "@hybrid-orchestrator/core";
import { secretBytes } from "./secrets.js";
import { largestKeyId } from "./token-format.js";
import type { TokenKey } from "./tokens.js";

const purposePattern = /^[a-z][a-z0-9-]{0,31}$/;
const mostSubjectBytes = 512;
const latestSeconds = 2 ** 32 - 1;

export interface KeyBytes {
  readonly id: number;
  readonly bytes: Buffer;
}

/** @throws OrchestratorError `invalid_configuration` */
export function keyRing(keys: readonly TokenKey[]): readonly [KeyBytes, ...KeyBytes[]] {
  const [first, ...others] = keys.map(({ id, secret }) => {
    if (!Number.isInteger(id) || id < 0 || id > largestKeyId)
      throw misconfigured(
        `A token key has the id ${id}; it must be a whole number from 0 to ${largestKeyId}`,
      );
    if (keys.filter((key) => key.id === id).length > 1)
      throw misconfigured(`Two token keys have the id ${id}`);
    return { id, bytes: secretBytes(secret, `secret of token key ${id}`) };
  });
  if (first === undefined) throw misconfigured("There is no key to sign tokens with");
  return [first, ...others];
}

/** @throws OrchestratorError `invalid_argument` */
export function checkPurpose(purpose: string): void {
  if (!purposePattern.test(purpose))
    throw invalid(`The purpose "${purpose}" must have 1 to 32 of a-z, 0-9 and "-", a letter first`);
}

/** @throws OrchestratorError `invalid_argument`, `data_too_large` */
export function checkSubject(subject: string): void {
  if (subject === "" || !isStorableText(subject))
    throw invalid("The subject of a token must not be empty, nor hold U+0000 or half a surrogate pair");
  const bytes = Buffer.byteLength(subject);
  if (bytes > mostSubjectBytes)
    throw new OrchestratorError(
      "data_too_large",
      `The subject of a token has ${bytes} bytes, at most ${mostSubjectBytes}.`,
    );
}

/**
 * Rounded up, so that no token ends before the moment that was asked for.
 * @throws OrchestratorError `invalid_argument`
 */
export function expirySeconds(expiresAt: number): number {
  const seconds = Math.ceil(expiresAt / 1000);
  if (seconds >= 0 && seconds <= latestSeconds) return seconds;
  throw invalid(`expiresAt is ${expiresAt}; it must be milliseconds since the epoch, until 2106`);
}

function invalid(what: string): OrchestratorError {
  return new OrchestratorError("invalid_argument", `${what}.`);
}

function misconfigured(what: string): OrchestratorError {
  return new OrchestratorError("invalid_configuration", `${what}.`);
}
