import { type OlderForm, secondsToMs } from "./keys.js";

/** The webhook channel's older keys. Without secrets it posts the older body, which is not signed. */
export const olderWebhook: OlderForm = {
  keys: {
    auth_header: { to: ["headers", "Authorization"] },
    timeout: { to: ["headersTimeoutMs"], read: secondsToMs },
    allow_http: { to: ["policy", "allowHttp"] },
    allowed_domains: { to: ["policy", "domains"], read: withParents },
    block_private_ips: { to: ["policy", "allowPrivate"], read: opposite },
  },
  complete: (options) =>
    options.secrets === undefined && options.format === undefined ? { ...options, format: "seed" } : options,
};

/** Its `*.example.com` allows `example.com` as well. */
function withParents(domains: unknown): unknown {
  if (!Array.isArray(domains)) return domains;
  return domains.flatMap((domain: unknown) =>
    typeof domain === "string" && domain.startsWith("*.") ? [domain, domain.slice(2)] : [domain],
  );
}

function opposite(value: unknown): unknown {
  if (value === "true" || value === "false") return value === "false";
  return typeof value === "boolean" ? !value : value;
}
