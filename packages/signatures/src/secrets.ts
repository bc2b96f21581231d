import { randomBytes } from "node:crypto";
import { OrchestratorError } from "@hybrid-orchestrator/core";

/** One secret, or several while one takes the place of another: all are accepted, the first one signs. */
export type Secrets = string | readonly string[];

const prefix = "whsec_";
const fewestBytes = 24;
const mostBytes = 64;
const mostSecrets = 10;

/** A new secret of 32 random bytes, in the form of Standard Webhooks: `whsec_` and base64. */
export function createSecret(): string {
  return prefix + randomBytes(32).toString("base64");
}

/**
 * The bytes of a secret of the form of {@link createSecret}, 24 to 64 of them.
 * @throws OrchestratorError `invalid_configuration`, which does not hold the secret.
 */
export function secretBytes(secret: string, name = "secret"): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : undefined;
  if (text === undefined) throw invalid(name, `does not begin with ${prefix}`);
  const bytes = base64Bytes(text, name);
  if (bytes.length < fewestBytes || bytes.length > mostBytes)
    throw invalid(name, `has ${bytes.length} bytes, not ${fewestBytes} to ${mostBytes}`);
  return bytes;
}

/** @throws OrchestratorError `invalid_configuration`, unless `text` is base64 with its padding. */
export function base64Bytes(text: string, name: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length > 0 && bytes.toString("base64") === text) return bytes;
  throw invalid(name, "is not base64 (with its padding)");
}

/**
 * The secrets as a list.
 * @throws OrchestratorError `invalid_configuration` when there is none, or one is empty or has white space around it,
 * as a file's last line break leaves it.
 */
export function secretList(secrets: Secrets, name: string): readonly [string, ...string[]] {
  const [first, ...others] = typeof secrets === "string" ? [secrets] : secrets;
  if (first === undefined) throw invalid(name, "is missing");
  if (others.length >= mostSecrets)
    throw invalid(name, `is one of ${others.length + 1}, at most ${mostSecrets}`);
  for (const secret of [first, ...others]) {
    if (typeof secret !== "string" || secret === "") throw invalid(name, "is missing");
    if (secret !== secret.trim()) throw invalid(name, "has white space around it");
  }
  return [first, ...others];
}

function invalid(name: string, what: string): OrchestratorError {
  return new OrchestratorError("invalid_configuration", `The ${name} ${what}.`);
}
