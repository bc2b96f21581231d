import { isIP, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * What kind of address it is. Only `public` may be reached by default.
 * - `private`: RFC 1918, RFC 6598 (carrier-grade NAT), unique local IPv6
 * - `metadata`: a cloud's metadata service
 * - `embedded`: IPv6 that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo, ISATAP)
 * - `reserved`: all that IANA has set aside or not given out, documentation and benchmarks among it
 */
export type AddressKind =
  | "public"
  | "loopback"
  | "private"
  | "link_local"
  | "metadata"
  | "embedded"
  | "multicast"
  | "unspecified"
  | "reserved"
  | "not_an_address";

// Those of them that lie in ranges which are public, or which `allowPrivate` opens.
const metadataAddresses = new Set([
  "169.254.169.254", // AWS, Azure, Google and most others
  "168.63.129.16", // Azure's virtual address, from anywhere in its networks
  "100.100.100.200", // Alibaba
  "192.0.0.192", // Oracle
  "fd00:ec2::254", // AWS
  "fd20:ce::254", // Google
  "fd00:42::42", // Scaleway
]);

// By ipaddr.js's names; what is not among them is reserved.
const kindOfRange: ReadonlyMap<string, AddressKind> = new Map([
  ["unicast", "public"],
  ["loopback", "loopback"],
  ["private", "private"],
  ["carrierGradeNat", "private"],
  ["uniqueLocal", "private"],
  ["linkLocal", "link_local"],
  ["multicast", "multicast"],
  ["unspecified", "unspecified"],
  ["ipv4Mapped", "embedded"],
  ["rfc6145", "embedded"],
  ["rfc6052", "embedded"],
  ["6to4", "embedded"],
  ["teredo", "embedded"],
]);

/** The kind of an address in its usual text form. Anything else, zones and short forms too, is `not_an_address`. */
export function addressKind(address: string): AddressKind {
  if (isIP(address) === 0 || address.includes("%")) return "not_an_address";
  const parsed = ipaddr.parse(address);
  if (metadataAddresses.has(parsed.toString())) return "metadata";
  const kind = kindOfRange.get(parsed.range()) ?? "reserved";
  return kind === "public" && parsed instanceof ipaddr.IPv6 ? kindOfUnicastIPv6(parsed) : kind;
}

/** Whether an address belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  return addressKind(address) === "public";
}

/** Whether two texts are one address. IPv4 has one form alone, IPv6 many. */
export function isSameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  return isIPv6(one) && isIPv6(other) && ipaddr.parse(one).toString() === ipaddr.parse(other).toString();
}

function kindOfUnicastIPv6({ parts }: ipaddr.IPv6): AddressKind {
  const isCompatible = parts.slice(0, 6).every((part) => part === 0);
  const isIsatap = (parts[4] === 0 || parts[4] === 0x0200) && parts[5] === 0x5efe;
  if (isCompatible || isIsatap) return "embedded";
  // IANA gives out addresses of 2000::/3 alone; ipaddr.js calls the rest unicast too.
  return ((parts[0] ?? 0) & 0xe000) === 0x2000 ? "public" : "reserved";
}
