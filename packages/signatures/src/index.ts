export { type BearerOptions, bearerVerifier } from "./bearer.js";
export { type BodyLimits, readBytes } from "./body.js";
export { equalText } from "./compare.js";
export { githubVerifier, signGithub } from "./github.js";
export type { HmacMessage } from "./hmac.js";
export {
  type Accepted,
  type HandleOptions,
  handleSigned,
  type Received,
  type ReceiveOptions,
  type Replayed,
  receiveSigned,
} from "./receive.js";
export type { RefusalReason, RefusedOutcome } from "./responses.js";
export { createSecret, type Secrets, secretBytes } from "./secrets.js";
export { type Claim, type SeenIds, type SeenIdsOptions, seenIds } from "./seen-ids.js";
export { signSlack, slackVerifier } from "./slack.js";
export { type StandardWebhook, signStandardWebhook, standardWebhookVerifier } from "./standard-webhooks.js";
export type { ToleranceOptions } from "./timestamp.js";
export type { TokenEncoding } from "./token-format.js";
export {
  type SignedTokens,
  type SignedTokensOptions,
  signedTokens,
  type TokenClaims,
  type TokenKey,
  type TokenVerdict,
} from "./tokens.js";
export { signTwilio, twilioVerifier } from "./twilio.js";
export { type MemoryUsedTokensOptions, memoryUsedTokens, type UsedTokens } from "./used-tokens.js";
export { signVapi, type VapiCredential, type VapiHmac, vapiVerifier } from "./vapi.js";
export type { Refusal, Refused, SignedRequest, Verdict, Verifier } from "./verdict.js";
