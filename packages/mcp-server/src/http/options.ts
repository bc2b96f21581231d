import { OrchestratorError, parseWith } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { readClientName } from "../config.js";

/** Who a token stands for. */
export interface Verified {
  /** The client's name: whose sessions it sees. */
  readonly client: string;
  /** Until when, in milliseconds since the epoch. Absent: for as long as `verify` says so. */
  readonly expiresAt?: number;
  readonly scopes?: readonly string[];
}

/**
 * `tokens`: the SHA-256 of each client's token in hexadecimal, by the client's name. `verify`: whatever your identity
 * provider says of a token; null refuses it. `none`: everybody who can reach the endpoint is one and the same client.
 */
export type HttpAuth =
  | "none"
  | { readonly tokens: Readonly<Record<string, string>> }
  | { readonly verify: (token: string) => Verified | null | Promise<Verified | null> };

export interface HttpOptions {
  readonly auth: HttpAuth;
  /** Host names by which the endpoint may be called, without a port. Default: this machine's own. */
  readonly allowedHosts?: readonly string[];
  /** Host names of websites whose pages may call it. Default: none; what is no browser sends no Origin. */
  readonly allowedOrigins?: readonly string[];
  /** Scopes that every token needs. Default: none. */
  readonly requiredScopes?: readonly string[];
  /** Where the metadata of RFC 9728 stand, for clients that are to get a token by themselves. */
  readonly resourceMetadataUrl?: string;
  /** The largest request body. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Requests at once, waiting ones included. Default: 256. */
  readonly maxRequests?: number;
  /** `reject` refuses clients of the protocol's revisions before 2026-07-28. Default: `serve`. */
  readonly legacy?: "serve" | "reject";
}

const hash = z.string().regex(/^[\da-f]{64}$/, "must be a SHA-256 in lower-case hexadecimal");
const hosts = z.array(z.string().regex(/^[^\s/:]+$|^\[.+\]$/, "must be a host name without scheme and port"));

export const httpOptionsSchema = z.strictObject({
  auth: z.union(
    [
      z.literal("none"),
      z.strictObject({ tokens: z.record(z.string(), hash) }),
      z.strictObject({
        verify: z.custom<Extract<HttpAuth, { verify: unknown }>["verify"]>(
          (value) => typeof value === "function",
        ),
      }),
    ],
    'must be { tokens: { CLIENT: SHA-256 of its token } }, { verify } or, knowingly, "none"',
  ),
  allowedHosts: hosts.min(1).default(["localhost", "127.0.0.1", "[::1]"]),
  allowedOrigins: hosts.default([]),
  requiredScopes: z.array(z.string().min(1)).default([]),
  resourceMetadataUrl: z.url().optional(),
  maxBodyBytes: z
    .number()
    .int()
    .positive()
    .max(64 * 1024 ** 2)
    .default(1024 ** 2),
  maxRequests: z.number().int().positive().default(256),
  legacy: z.enum(["serve", "reject"]).default("serve"),
});
export type HttpSettings = z.output<typeof httpOptionsSchema>;

/** @throws OrchestratorError `invalid_configuration` that lists every mistake. */
export function readHttpOptions(options: HttpOptions): HttpSettings {
  const settings = parseWith(httpOptionsSchema, options, {
    name: "MCP endpoint's configuration",
    code: "invalid_configuration",
  });
  const { auth } = settings;
  if (auth === "none" || "verify" in auth) return settings;
  const names = Object.keys(auth.tokens);
  for (const name of names) readClientName(name);
  if (names.length === 0)
    throw new OrchestratorError("invalid_configuration", "auth.tokens names no client. Nobody could call.");
  return settings;
}
