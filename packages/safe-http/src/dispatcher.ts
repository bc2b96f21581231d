import { networkInterfaces } from "node:os";
import { parseWith } from "@hybrid-orchestrator/core";
import { Agent, type Dispatcher } from "undici";
import { z } from "zod";
import { safeConnector } from "./connector.js";
import { createUrlPolicy, type UrlPolicy, type UrlPolicyOptions } from "./policy.js";
import { type Lookup, lookupAddresses } from "./resolve.js";

const milliseconds = z.int().min(1).max(600_000);
const certificate = z.string().min(1);

/** Plain data, so that a configuration file can hold it. */
export const connectionConfigSchema = z.strictObject({
  /** For the lookup, the connection and the TLS handshake together. */
  connectTimeoutMs: milliseconds.default(10_000),
  /** How long a connection without a request is kept. */
  keepAliveMs: milliseconds.default(4_000),
  /** How many connections an origin gets; requests beyond them wait. */
  connectionsPerOrigin: z.int().min(1).max(10_000).default(16),
  /** Certificate authorities in PEM, instead of Node's. */
  ca: z.union([certificate, z.array(certificate).min(1)]).optional(),
});

const isFunction = (value: unknown) => typeof value === "function";
const optionsSchema = connectionConfigSchema.extend({
  lookup: z.custom<Lookup>(isFunction, "must be a function").optional(),
  ownAddresses: z.custom<() => readonly string[]>(isFunction, "must be a function").optional(),
});

export interface ConnectionOptions extends z.input<typeof connectionConfigSchema> {
  /** Resolves a name, instead of the system. */
  readonly lookup?: Lookup;
  /** The machine's own addresses, which are refused. Default: those of its interfaces. */
  readonly ownAddresses?: () => readonly string[];
}

/** For `fetch(url, { dispatcher })`, undici's `request` and `safeRequest`. Close it at the end. */
export type SafeDispatcher = Dispatcher & { readonly policy: UrlPolicy };

/**
 * An undici dispatcher that connects to nothing but what the policy allows, public addresses by default. A request to
 * anything else fails with `url_refused` or `address_refused`; with `fetch`, that is the error's `cause`.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function createSafeDispatcher(
  policyOptions: UrlPolicyOptions = {},
  options: ConnectionOptions = {},
): SafeDispatcher {
  const policy = createUrlPolicy(policyOptions);
  const parsed = parseWith(optionsSchema, options, {
    name: "safe dispatcher's configuration",
    code: "invalid_configuration",
  });
  const { connectTimeoutMs, keepAliveMs, connectionsPerOrigin, ca } = parsed;
  const { lookup = lookupAddresses, ownAddresses = interfaceAddresses } = parsed;
  const agent = new Agent({
    connect: safeConnector({ policy, lookup, ownAddresses, connectTimeoutMs, ca }),
    connections: connectionsPerOrigin,
    keepAliveTimeout: keepAliveMs,
    // Else the server's hint decides.
    keepAliveMaxTimeout: keepAliveMs,
    allowH2: false,
  });
  return Object.assign(agent, { policy });
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}
