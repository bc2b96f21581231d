import { domainToASCII } from "node:url";

// Names that mean something inside a machine or a network alone (RFC 6761, RFC 8375, ICANN's name collisions).
const localSuffixes = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "private",
  "corp",
  "home",
  "lan",
  "home.arpa",
  "svc",
];

// Metadata services under names that look public. `metadata.google.internal` is local already.
const metadataNames = [
  "metadata.google.internal",
  "metadata.goog",
  "metadata.azure.internal",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
  "metadata.packet.net",
  "metadata.platformequinix.com",
];

/** A host of a URL without its trailing dot: `example.com.` and `example.com` are one. */
export function withoutTrailingDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

/** Whether it is a host name as DNS has them. Expects ASCII in small letters, as URLs give it. */
export function isHostName(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

/** A name that never leaves the machine or the local network. A name without a dot is one: search domains complete it. */
export function isLocalName(name: string): boolean {
  return !name.includes(".") || localSuffixes.some((suffix) => isWithin(name, suffix));
}

export function isMetadataName(name: string): boolean {
  return metadataNames.some((suffix) => isWithin(name, suffix));
}

/**
 * A pattern as {@link matchesDomain} takes it: `example.com`, or `*.example.com` for all names below it. Null if it is
 * neither. `*` is a whole label and the first.
 */
export function parseDomainPattern(pattern: string): string | null {
  const prefix = pattern.startsWith("*.") ? "*." : "";
  const name = withoutTrailingDot(domainToASCII(pattern.slice(prefix.length)));
  return isHostName(name) ? prefix + name : null;
}

/** Whether a host is meant by a pattern: `*.example.com` means `a.example.com` and `a.b.example.com`, not `example.com`. */
export function matchesDomain(host: string, pattern: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function isWithin(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`);
}
