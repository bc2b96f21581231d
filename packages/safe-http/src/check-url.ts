import { isIP } from "node:net";
import { type AddressKind, addressKind } from "./address.js";
import { isHostName, isLocalName, isMetadataName, matchesDomain, withoutTrailingDot } from "./names.js";
import { createUrlPolicy, type UrlPolicy } from "./policy.js";

export type UrlRefusal =
  | "malformed"
  | "scheme"
  | "credentials"
  | "port"
  | "domain"
  | "local_name"
  | "metadata"
  | "address";

export type UrlCheck =
  /** Use this URL and no longer the text: another parser may read the text otherwise. */
  | { readonly allowed: true; readonly url: URL }
  | { readonly allowed: false; readonly reason: UrlRefusal; readonly message: string };

const maxLength = 8_192;
const strictest = createUrlPolicy();

/**
 * Whether a policy lets a URL pass, by its text alone: what a name resolves to is looked at when connecting. The URL of
 * the answer has no fragment and no trailing dot. The messages name the host at most: paths hold secrets.
 */
export function checkUrl(input: string | URL, policy: UrlPolicy = strictest): UrlCheck {
  const text = String(input);
  if (text.length > maxLength || !URL.canParse(text))
    return refused("malformed", "It is not a URL. Pass an absolute one, as https://example.com/hook.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refused("scheme", `The scheme ${url.protocol.slice(0, 40)} is not allowed. Use https.`);

  // What parsers read differently: blanks and backslashes anywhere, slashes that are missing or too many, escapes.
  const authority = /^https?:\/\/([^/?#]+)/i.exec(text)?.[1];
  if (authority === undefined || hasUnreadable(text))
    return refused("malformed", "The URL holds blanks, control characters or backslashes, or lacks //.");
  if (authority.includes("@"))
    return refused("credentials", "The URL holds a user name or password. Pass credentials as a header.");
  const host = withoutTrailingDot(url.hostname);
  const address = host.startsWith("[") ? host.slice(1, -1) : host;
  const isLiteral = isIP(address) !== 0;
  if (authority.includes("%") || !(isLiteral || isHostName(host)))
    return refused("malformed", "The URL's host is not a plain host name or address.");
  url.hostname = host;
  url.hash = "";

  const isTrusted = policy.trustedOrigins.has(url.origin);
  if (!isTrusted) {
    const refusal = refusalOf(url, policy);
    if (refusal !== null) return refusal;
  }
  if (isLiteral) {
    if (!mayReach(address, policy, isTrusted))
      return refused("address", `The address ${host} is not public (${addressKind(address)}).`);
    return { allowed: true, url };
  }
  // Not even a trusted origin has such a name: what runs there hands out the machine's credentials.
  if (isMetadataName(host)) return refused("metadata", `${host} is a metadata service.`);
  if (!isTrusted && !policy.allowPrivate && isLocalName(host))
    return refused("local_name", `${host} is a name of the local machine or network.`);
  return { allowed: true, url };
}

/** Whether a policy lets an address be reached; `isTrusted` says that the origin is one of the trusted. */
export function mayReach(address: string, policy: UrlPolicy, isTrusted: boolean): boolean {
  const kind = addressKind(address);
  if (kind === "not_an_address") return false;
  if (isTrusted) return isLocal(kind) || kind === "public";
  if (policy.isDenied(address)) return false;
  return kind === "public" || (policy.allowPrivate && isLocal(kind));
}

function isLocal(kind: AddressKind): boolean {
  return kind === "loopback" || kind === "private";
}

function refusalOf(url: URL, policy: UrlPolicy): UrlCheck | null {
  if (url.protocol === "http:" && !policy.allowHttp)
    return refused("scheme", "The scheme http: is not allowed. Use https, or set allowHttp.");
  const port = portOf(url);
  if (policy.ports !== "any" && !policy.ports.includes(port))
    return refused("port", `Port ${port} is not allowed. Add it to ports.`);
  if (policy.domains !== null && !policy.domains.some((pattern) => matchesDomain(url.hostname, pattern)))
    return refused("domain", `${url.hostname} is not one of the allowed domains.`);
  return null;
}

/** The port of a URL, the scheme's own where it names none. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

function hasUnreadable(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u0020\u007f\\]/.test(text);
}

function refused(reason: UrlRefusal, message: string): UrlCheck {
  return { allowed: false, reason, message };
}
