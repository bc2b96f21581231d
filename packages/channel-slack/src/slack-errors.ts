import type { SendResult } from "@hybrid-orchestrator/core";

type Failure = Exclude<SendResult["outcome"], "sent">;

/**
 * What a code in `{ "ok": false, "error": CODE }` means for the message. Source: docs.slack.dev, "chat.postMessage",
 * "Errors". A code that is not listed is about this one message: Slack says that it was refused, and why.
 */
const outcomes: Readonly<Record<Exclude<Failure, "permanent">, readonly string[]>> = {
  misconfigured: [
    "access_denied",
    "accesslimited",
    "account_inactive",
    "deprecated_endpoint",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "invalid_auth",
    "messages_tab_disabled",
    "method_deprecated",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
    "team_not_found",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
    "unknown_method",
  ],
  retryable: [
    "message_limit_exceeded",
    "rate_limited",
    "ratelimited",
    // The request arrived cut short.
    "request_timeout",
    "service_unavailable",
    // The workspace is being moved.
    "team_added_to_org",
  ],
  // "It's possible some aspect of the operation succeeded before the error was raised."
  ambiguous: ["fatal_error", "internal_error"],
};

const outcomeByCode = new Map(
  Object.entries(outcomes).flatMap(([outcome, codes]) => codes.map((code) => [code, outcome as Failure])),
);

export function outcomeOfCode(code: string): Failure {
  return outcomeByCode.get(code) ?? "permanent";
}
