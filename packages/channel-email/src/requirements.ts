import { OrchestratorError } from "@hybrid-orchestrator/core";
import { checkUrl, createUrlPolicy } from "@hybrid-orchestrator/safe-http";
import { signedTokens } from "@hybrid-orchestrator/signatures";
import type { EmailSettings } from "./config.js";

/**
 * What a schema cannot tell: that the keys can sign, and that the agent may be connected to.
 * @throws OrchestratorError `invalid_configuration`
 */
export function requireUsable(settings: EmailSettings): void {
  switch (settings.way) {
    case "smtp":
      signedTokens({ keys: settings.tokenKeys });
      break;
    case "orchestrator":
      requireReachable(settings);
      break;
    case "public-demo":
      requireReachable(settings);
      if (settings.sender !== undefined) signedTokens({ keys: settings.sender.tokenKeys });
      break;
  }
}

function requireReachable({ baseUrl, trustedOrigins }: { baseUrl: string; trustedOrigins: string[] }): void {
  const check = checkUrl(baseUrl, createUrlPolicy({ trustedOrigins }));
  if (!check.allowed)
    throw new OrchestratorError(
      "invalid_configuration",
      `The e-mail channel's baseUrl cannot be used. ${check.message} Name its origin in trustedOrigins if it is yours.`,
    );
}
