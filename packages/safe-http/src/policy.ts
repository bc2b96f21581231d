import { parseWith } from "@hybrid-orchestrator/core";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { parseDomainPattern } from "./names.js";

/** Plain data, so that a configuration file can hold it. */
export const urlPolicySchema = z.strictObject({
  /** Whether `http:` is accepted besides `https:`. */
  allowHttp: z.boolean().default(false),
  /** Whether loopback, private and local addresses and names are accepted. Metadata services never are. */
  allowPrivate: z.boolean().default(false),
  /** The ports that are accepted. Default: 443, and 80 where `http:` is. */
  ports: z.union([z.literal("any"), z.array(z.int().min(1).max(65_535))]).optional(),
  /** Where given, only these: `example.com`, or `*.example.com` for the names below it. */
  domains: z.array(z.string().transform(domainPattern)).optional(),
  /** Exact origins that may be reached whatever their scheme, port, name or range, e.g. a test server. */
  trustedOrigins: z.array(z.string().transform(origin)).default([]),
  /** Address ranges that are refused though they are public, e.g. `198.41.0.0/24`, a network of your own. */
  deniedRanges: z.array(z.string().transform(addressRange)).default([]),
});
export type UrlPolicyOptions = z.input<typeof urlPolicySchema>;

/** What may be reached, as {@link createUrlPolicy} made it. */
export interface UrlPolicy {
  readonly allowHttp: boolean;
  readonly allowPrivate: boolean;
  readonly ports: readonly number[] | "any";
  readonly domains: readonly string[] | null;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly isDenied: (address: string) => boolean;
}

/**
 * Reads a policy's options.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function createUrlPolicy(options: UrlPolicyOptions = {}): UrlPolicy {
  const { deniedRanges, domains, ports, trustedOrigins, allowHttp, allowPrivate } = parseWith(
    urlPolicySchema,
    options,
    { name: "URL policy", code: "invalid_configuration" },
  );
  return {
    allowHttp,
    allowPrivate,
    ports: ports ?? (allowHttp ? [443, 80] : [443]),
    domains: domains ?? null,
    trustedOrigins: new Set(trustedOrigins),
    isDenied(address) {
      const parsed = ipaddr.parse(address);
      return deniedRanges.some(
        ([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits),
      );
    },
  };
}

function domainPattern(text: string, context: z.RefinementCtx): string {
  const pattern = parseDomainPattern(text);
  if (pattern !== null) return pattern;
  context.addIssue('must be a domain as "example.com" or "*.example.com"');
  return z.NEVER;
}

function origin(text: string, context: z.RefinementCtx): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  context.addIssue('must be an origin as "http://127.0.0.1:8080", without a path');
  return z.NEVER;
}

function addressRange(text: string, context: z.RefinementCtx): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    return ipaddr.parseCIDR(text);
  } catch {
    context.addIssue('must be a range of addresses as "198.41.0.0/24"');
    return z.NEVER;
  }
}
