import { domainToASCII } from "node:url";
import { z } from "zod";

// The form that browsers use: no quotes, no comments, no display name, no white space.
const plain = z.regexes.html5Email;

/**
 * Exactly one plain address, its domain in lower case and in ASCII; undefined for anything else. So no text that is
 * accepted can name a second recipient or end an SMTP command. Local parts beyond ASCII are not supported.
 */
export function parseAddress(text: string): string | undefined {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (at < 1 || local.length > 64 || /[\s\p{Cc}]/u.test(text)) return undefined;
  const address = `${local}@${domainToASCII(domain)}`;
  const dotted = local.startsWith(".") || local.endsWith(".") || local.includes("..");
  return !dotted && address.length <= 254 && plain.test(address) ? address : undefined;
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

/** For logs and errors: every address in a text, reduced to its first character and its domain. */
export function maskAddresses(text: string): string {
  return text.replace(/[^\s<>"'(),:;@[\]]+@[^\s<>"'(),:;@[\]]+/g, (address) => {
    const [first = ""] = address;
    return `${first}***@${domainOf(address)}`;
  });
}
