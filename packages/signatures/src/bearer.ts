import { OrchestratorError } from "@hybrid-orchestrator/core";
import { equalText } from "./compare.js";
import { type Secrets, secretList } from "./secrets.js";
import { refuse, type Verifier } from "./verdict.js";

export interface BearerOptions {
  /** Default `authorization`. */
  readonly header?: string;
  /** Whether `Bearer ` stands before the token; default true. */
  readonly bearerPrefix?: boolean;
}

/**
 * Checks a secret that is sent as it is. It proves who sends and nothing about what is sent: no replay is noticed,
 * unless the caller finds an id in the body.
 * @throws OrchestratorError `invalid_configuration`
 */
export function bearerVerifier(tokens: Secrets, options: BearerOptions = {}): Verifier {
  const { header = "authorization", bearerPrefix = true } = options;
  const known = secretList(tokens, "token");
  if (!/^[\w-]+$/.test(header))
    throw new OrchestratorError("invalid_configuration", `"${header}" is no name of a header.`);
  return (request) => {
    const value = request.headers.get(header);
    if (value === null) return refuse("missing", `no header ${header}`);
    // The scheme's name may have any case (RFC 9110, 11.1).
    const token = bearerPrefix ? /^Bearer +(.*)$/i.exec(value)?.[1] : value;
    if (token === undefined) return refuse("malformed", `the header ${header} has no Bearer token`);
    const fits = known.some((secret) => equalText(secret, token));
    return fits ? { ok: true } : refuse("mismatch", `the token in ${header} is not known`);
  };
}
