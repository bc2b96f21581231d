import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { TimestampUnit } from "./timestamp.js";

/** How a vendor signs with an HMAC. All that differs between most of them is data. */
export interface HmacScheme {
  readonly algorithm: "sha256" | "sha512" | "sha1";
  readonly encoding: "hex" | "base64";
  readonly signatureHeader: string;
  /** Stands before the signature in its header. */
  readonly prefix: string;
  /** What is signed, with `{body}` and, where they are signed, `{id}`, `{timestamp}`, `{method}` and `{url}`. */
  readonly payload: string;
  readonly idHeader?: string;
  readonly timestampHeader?: string;
  /** Default `seconds`. */
  readonly timestampUnit?: TimestampUnit;
}

export type PayloadParts = Readonly<Record<"id" | "timestamp" | "body" | "method" | "url", string>>;

const placeholder = /\{([^{}]*)\}/g;
const parts = ["id", "timestamp", "body", "method", "url"] as const;
const headerName = /^[\w!#$%&'*+.^`|~-]+$/;

/** The text that is signed. One pass, so that braces within the body stay as they are. */
export function renderPayload(scheme: HmacScheme, values: PayloadParts): string {
  return scheme.payload.replace(placeholder, (_, name: keyof PayloadParts) => values[name]);
}

/**
 * Refuses a scheme that would check less than it seems to: an id, a time or a body that the signature does not cover.
 * @throws OrchestratorError `invalid_configuration`
 */
export function checkScheme(scheme: HmacScheme): void {
  const named = [...scheme.payload.matchAll(placeholder)].map((match) => match[1] ?? "");
  const unknown = named.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw invalid(`holds {${unknown}}, which means nothing`);
  if (!named.includes("body")) throw invalid("lacks the body, so that anyone could change it");
  if (named.includes("id") !== (scheme.idHeader !== undefined))
    throw invalid("and the header of the id must both be there or both be left out");
  if (named.includes("timestamp") !== (scheme.timestampHeader !== undefined))
    throw invalid("and the header of the timestamp must both be there or both be left out");
  for (const name of [scheme.signatureHeader, scheme.idHeader, scheme.timestampHeader]) {
    if (name !== undefined && !headerName.test(name))
      throw new OrchestratorError("invalid_configuration", `"${name}" is no name of a header.`);
  }
}

function invalid(what: string): OrchestratorError {
  return new OrchestratorError("invalid_configuration", `The format of what is signed ${what}.`);
}
