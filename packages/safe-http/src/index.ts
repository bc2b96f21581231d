export { type AddressKind, addressKind, isPublicAddress } from "./address.js";
export { checkUrl, type UrlCheck, type UrlRefusal } from "./check-url.js";
export {
  type ConnectionOptions,
  connectionConfigSchema,
  createSafeDispatcher,
  type SafeDispatcher,
} from "./dispatcher.js";
export { createUrlPolicy, type UrlPolicy, type UrlPolicyOptions, urlPolicySchema } from "./policy.js";
export { type SafeRequestOptions, type SafeResponse, safeRequest } from "./request.js";
export type { Lookup } from "./resolve.js";
export { readRetryAfter } from "./retry-after.js";
