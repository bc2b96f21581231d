import { type Clock, hashToken } from "@hybrid-orchestrator/core";
import { equalText } from "@hybrid-orchestrator/signatures";
import { type AuthInfo, OAuthError, OAuthErrorCode, requireBearerAuth } from "@modelcontextprotocol/server";
import { readClientName } from "../config.js";
import type { HttpSettings, Verified } from "./options.js";

// Whether a token has expired is looked at here, on the orchestrator's clock; the SDK wants every token to have an end.
const noEnd = Number.MAX_SAFE_INTEGER;

/** Who calls, or the answer that refuses them: 401 and 403 with the challenge that RFC 6750 asks for. */
export type Authenticate = (request: Request) => Promise<AuthInfo | Response>;

export function createAuthenticate(settings: HttpSettings, clock: Clock): Authenticate {
  const { auth, requiredScopes, resourceMetadataUrl } = settings;
  if (auth === "none") return async () => ({ token: "", clientId: "anonymous", scopes: [] });
  const verify = "verify" in auth ? auth.verify : verifierOf(auth.tokens);
  return requireBearerAuth({
    requiredScopes,
    ...(resourceMetadataUrl !== undefined && { resourceMetadataUrl }),
    verifier: {
      async verifyAccessToken(token) {
        const verified = await verify(token);
        if (verified === null || (verified.expiresAt ?? noEnd) <= clock.now())
          throw new OAuthError(OAuthErrorCode.InvalidToken, "The token is not known, or has expired.");
        return {
          // The tools need to know who calls, and nobody needs the token any more.
          token: "",
          clientId: readClientName(verified.client),
          scopes: [...(verified.scopes ?? [])],
          expiresAt: noEnd,
        };
      },
    },
  });
}

function verifierOf(tokens: Readonly<Record<string, string>>): (token: string) => Verified | null {
  const clients = Object.entries(tokens);
  return (token) => {
    const given = hashToken(token);
    // Every one is compared, so that the time tells nothing of which it was.
    const fitting = clients.filter(([, hash]) => equalText(hash, given));
    const client = fitting[0]?.[0];
    return client === undefined ? null : { client };
  };
}
