import { OrchestratorError, parseWith, type Recipient } from "@hybrid-orchestrator/core";
import {
  type ConnectionOptions,
  checkUrl,
  createUrlPolicy,
  type UrlPolicy,
  type UrlPolicyOptions,
  urlPolicySchema,
} from "@hybrid-orchestrator/safe-http";
import { type Secrets, secretBytes } from "@hybrid-orchestrator/signatures";
import { z } from "zod";
import { checkHeader } from "./headers.js";

const milliseconds = z.int().min(1).max(600_000);
const secret = z.string().superRefine((text, context) => addProblem(() => secretBytes(text), context));
const certificate = z.string().min(1);

/** Plain data, so that a configuration file can hold it. */
export const webhookChannelConfigSchema = z.strictObject({
  /** What routes and messages call it, and the key of a recipient's `addresses`. */
  name: z.string().min(1).max(100).default("webhook"),
  /** Where every message goes. */
  url: z.string().optional(),
  /** Whether a message goes to the recipient's own `addresses[name]` instead. */
  allowRecipientUrls: z.boolean().default(false),
  /** `whsec_` and base64. Each of several signs, so that receivers can change from one to the next. */
  secrets: z.union([secret, z.array(secret).min(1).max(10)]).optional(),
  format: z.enum(["standard", "seed"]).default("standard"),
  audience: z.enum(["user", "worker", "both"]).default("worker"),
  /** Sent with each request, for example Authorization. */
  headers: z.record(z.string(), z.string()).superRefine(checkHeaders).default({}),
  /** What a URL may be; see safe-http. */
  policy: z.custom<UrlPolicyOptions>().superRefine(checkPolicy).optional(),
  /** Until the request is written. */
  connectTimeoutMs: milliseconds.default(5_000),
  /** From then on until the answer's headers are there. */
  headersTimeoutMs: milliseconds.default(10_000),
  /** From then on until the answer is complete. */
  bodyTimeoutMs: milliseconds.default(5_000),
  /** Of the answer; no more is read. */
  maxAnswerBytes: z.int().min(0).max(10_000_000).default(65_536),
  connectionsPerOrigin: z.int().min(1).max(10_000).default(16),
  /** Certificate authorities in PEM, instead of Node's. */
  ca: z.union([certificate, z.array(certificate).min(1)]).optional(),
});
export type WebhookChannelConfig = z.input<typeof webhookChannelConfigSchema>;

export interface WebhookChannelOptions
  extends WebhookChannelConfig,
    Pick<ConnectionOptions, "lookup" | "ownAddresses"> {
  /** The secrets of each recipient's endpoint, instead of `secrets` for all. */
  readonly secretsOf?: (recipient: Recipient) => Secrets;
}

export interface Settings extends z.output<typeof webhookChannelConfigSchema> {
  readonly urlPolicy: UrlPolicy;
  readonly secretsOf: ((recipient: Recipient) => Secrets) | null;
  readonly resolver: Pick<ConnectionOptions, "lookup" | "ownAddresses">;
}

/** @throws OrchestratorError `invalid_configuration`. */
export function readOptions(options: WebhookChannelOptions): Settings {
  const { secretsOf, lookup, ownAddresses, ...given } = options;
  const config = parseWith(webhookChannelConfigSchema, given, {
    name: "webhook channel's configuration",
    code: "invalid_configuration",
  });
  for (const [name, value] of Object.entries({ secretsOf, lookup, ownAddresses }))
    if (value !== undefined && typeof value !== "function") throw invalid(`${name} must be a function.`);

  const { url, allowRecipientUrls, secrets, format, headers } = config;
  const urlPolicy = createUrlPolicy(config.policy);
  if ((url !== undefined) === allowRecipientUrls)
    throw invalid("Pass either url or allowRecipientUrls: true, and two channels where you want both.");
  // A recipient who chooses the URL would be handed them.
  if (allowRecipientUrls && Object.keys(headers).length > 0)
    throw invalid("headers cannot go with allowRecipientUrls: whoever runs the endpoint would read them.");
  if (secrets !== undefined && secretsOf !== undefined) throw invalid("Pass secrets or secretsOf, not both.");
  if (secrets === undefined && secretsOf === undefined && format === "standard")
    throw invalid("secrets is missing. Make one with createSecret of @hybrid-orchestrator/signatures.");
  const check = url === undefined ? null : checkUrl(url, urlPolicy);
  if (check !== null && !check.allowed) throw invalid(`url: ${check.message}`);
  return {
    ...config,
    url: check?.url.href,
    urlPolicy,
    secretsOf: secretsOf ?? (secrets === undefined ? null : () => secrets),
    resolver: {
      ...(lookup !== undefined && { lookup }),
      ...(ownAddresses !== undefined && { ownAddresses }),
    },
  };
}

function checkHeaders(headers: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(headers)) {
    const problem = checkHeader(name, value);
    if (problem !== null) context.addIssue({ code: "custom", message: problem, path: [name] });
  }
}

/** Checked and left as it is: what the policy's schema gives cannot be read by it again. */
function checkPolicy(policy: unknown, context: z.RefinementCtx): void {
  const result = urlPolicySchema.safeParse(policy);
  for (const { message, path } of result.error?.issues ?? [])
    context.addIssue({ code: "custom", message, path: [...path] });
}

function addProblem(check: () => unknown, context: z.RefinementCtx): void {
  try {
    check();
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
}

function invalid(message: string): OrchestratorError {
  return new OrchestratorError(
    "invalid_configuration",
    `The webhook channel's configuration is not valid. ${message}`,
  );
}
