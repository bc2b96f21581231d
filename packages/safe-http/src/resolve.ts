import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { addressKind, isSameAddress } from "./address.js";
import { checkUrl, mayReach } from "./check-url.js";
import type { UrlPolicy } from "./policy.js";

/** The addresses of a name, in the order in which they are tried. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export interface ResolveOptions {
  readonly policy: UrlPolicy;
  readonly lookup: Lookup;
  /** The machine's own addresses, read anew for each connection: they change. */
  readonly ownAddresses: () => readonly string[];
}

/** Where to connect: nothing but these addresses, and this name in the certificate. */
export interface CheckedTarget {
  readonly url: URL;
  /** Without the brackets of IPv6. */
  readonly hostname: string;
  readonly addresses: readonly string[];
}

/**
 * Checks an origin and every address that it has; one that is not allowed refuses all, since an answer that mixes them
 * is what an attacker's name server gives.
 * @throws OrchestratorError `url_refused`, `address_refused`, or what `lookup` throws.
 */
export async function resolveTarget(origin: string, options: ResolveOptions): Promise<CheckedTarget> {
  const { policy, lookup, ownAddresses } = options;
  const check = checkUrl(origin, policy);
  if (!check.allowed) throw new OrchestratorError("url_refused", check.message);
  const { url } = check;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const isTrusted = policy.trustedOrigins.has(url.origin);
  const isLiteral = isIP(hostname) !== 0;

  const addresses = isLiteral ? [hostname] : await lookup(hostname);
  if (addresses.length === 0)
    throw new OrchestratorError("network_failed", `${hostname} has no address. Check the name.`);
  // A literal's kind was checked with the URL.
  if (!isLiteral) {
    for (const address of addresses) {
      if (!mayReach(address, policy, isTrusted)) throw addressRefused(hostname, addressKind(address));
    }
  }
  if (!isTrusted && !policy.allowPrivate) {
    const own = ownAddresses();
    if (addresses.some((address) => own.some((mine) => isSameAddress(mine, address))))
      throw addressRefused(hostname, "this machine's own");
  }
  return { url, hostname, addresses };
}

/** It does not say which address: whoever registered the name would learn what is resolved inside. */
export function addressRefused(hostname: string, kind: string): OrchestratorError {
  return new OrchestratorError(
    "address_refused",
    `${hostname} leads to an address that is not allowed (${kind}). Use a public endpoint, or add its origin to trustedOrigins.`,
  );
}

/** The system's resolver, in its own order. */
export async function lookupAddresses(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
