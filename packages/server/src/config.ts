import { OrchestratorError, parseWith } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { z } from "zod";

export interface ServerOptions {
  readonly orchestrator: Orchestrator;
  /**
   * Where the world reaches this server, e.g. `https://hooks.example.com/base`. Handlers see it as the beginning of
   * `request.url`, which vendors sign. Default: what the request itself says.
   */
  readonly publicUrl?: string;
  /**
   * Whether `X-Forwarded-Proto` and `X-Forwarded-Host` are believed. Only behind a proxy that sets them itself, since
   * anybody can send them. Default: false; then handlers do not see them either.
   */
  readonly trustProxy?: boolean;
  /**
   * What else is served, by its path: handed each request as it came, for as long as it takes, and its answer may be a
   * stream. Whoever may call it is its own affair.
   */
  readonly mounts?: Readonly<Record<string, Mounted>>;
  /** The largest request body that a hook takes. Default: 1 MiB. */
  readonly maxHookBodyBytes?: number;
  /** How long a hook's handler may take. Default: 15,000. */
  readonly hookTimeoutMs?: number;
  /** How many handlers of one plugin may run at once. Default: 64. */
  readonly maxConcurrentHooks?: number;
  /** How long a client may take to send the head of a request. Default: 10,000. */
  readonly headersTimeoutMs?: number;
  /** How long a client may take to send a whole request. Default: 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may idle; longer than the proxy's own limit, often 60 s. Default: 65,000. */
  readonly keepAliveTimeoutMs?: number;
  /** How many connections there may be at once. Default: 1,000. */
  readonly maxConnections?: number;
  /** How long `close` waits for requests that are under way. Default: 10,000. */
  readonly closeTimeoutMs?: number;
}

export type Mounted = (request: Request) => Response | Promise<Response>;

export interface ListenOptions {
  /** 0 takes any that is free. */
  readonly port: number;
  /** Default: `127.0.0.1`, this machine alone. `0.0.0.0` or `::` for every interface. */
  readonly host?: string;
}

const milliseconds = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);
const count = z.number().int().positive();

const publicUrl = z
  .string()
  .refine(isPlainUrl, "must be an http or https URL without user, query and fragment")
  .transform((url) => new URL(url).href.replace(/\/+$/, ""));

export const serverSettingsSchema = z
  .strictObject({
    publicUrl: publicUrl.optional(),
    trustProxy: z.boolean().default(false),
    maxHookBodyBytes: count.max(1024 ** 3).default(1024 ** 2),
    hookTimeoutMs: milliseconds.default(15_000),
    maxConcurrentHooks: count.default(64),
    headersTimeoutMs: milliseconds.default(10_000),
    requestTimeoutMs: milliseconds.default(30_000),
    keepAliveTimeoutMs: milliseconds.default(65_000),
    maxConnections: count.default(1_000),
    closeTimeoutMs: milliseconds.default(10_000),
  })
  .refine(({ headersTimeoutMs, requestTimeoutMs }) => headersTimeoutMs <= requestTimeoutMs, {
    path: ["headersTimeoutMs"],
    message: "must not be longer than requestTimeoutMs",
  });

export type Settings = z.output<typeof serverSettingsSchema>;

export const listenOptionsSchema = z.strictObject({
  port: z.number().int().min(0).max(65_535),
  host: z.string().min(1).default("127.0.0.1"),
});

const mountsSchema = z.record(
  z
    .string()
    .regex(/^(\/[\w.~-]+)+$/, "must be a plain path such as /mcp")
    .refine((path) => !/^\/(hooks|healthz|readyz)(\/|$)/.test(path), "is the server's own"),
  z.custom<Mounted>((value) => typeof value === "function", "must be a function from Request to Response"),
);

/** @throws OrchestratorError `invalid_configuration` */
export function readMounts(mounts: ServerOptions["mounts"] = {}): Readonly<Record<string, Mounted>> {
  return parseWith(mountsSchema, mounts, { name: "server's mounts", code: "invalid_configuration" });
}

/** @throws OrchestratorError `invalid_configuration` that lists every mistake. */
export function readOptions({ orchestrator, mounts: _, ...rest }: ServerOptions): Settings {
  if (typeof orchestrator?.health !== "function") {
    throw new OrchestratorError(
      "invalid_configuration",
      "The orchestrator is missing. Pass one, e.g. orchestrator: createOrchestrator({ … }).",
    );
  }
  return parseWith(serverSettingsSchema, rest, {
    name: "server's configuration",
    code: "invalid_configuration",
  });
}

/** @throws OrchestratorError `invalid_argument` */
export function readListenOptions(options: ListenOptions): Required<ListenOptions> {
  return parseWith(listenOptionsSchema, options, { name: "address to listen on" });
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === "";
}
