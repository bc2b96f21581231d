import { parseWith, type urgencies } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { parseRepository } from "./repository.js";

/** How an author stands to a repository, in GitHub's words. */
const associations = [
  "OWNER",
  "MEMBER",
  "COLLABORATOR",
  "CONTRIBUTOR",
  "FIRST_TIME_CONTRIBUTOR",
  "FIRST_TIMER",
  "MANNEQUIN",
  "NONE",
] as const;

const secret = z.string().min(1);
const token = z.string().regex(/^[\x21-\x7e]+$/, "must be visible ASCII characters without blanks");
const labelList = z.array(z.string().trim().min(1).max(50)).max(20);

/** Plain data, so that a configuration file can hold it. */
export const githubChannelConfigSchema = z.strictObject({
  /** What routes and messages call it. */
  name: z.string().min(1).max(100).default("github"),
  /** A token that may write issues. Default: the environment's GITHUB_TOKEN. */
  token: token.optional(),
  /** `owner/repository` for recipients that have none of their own. */
  repository: z
    .string()
    .refine((text) => parseRepository(text) !== undefined, "must be owner/repository")
    .optional(),
  /** The webhook's secret, or several. Default: the environment's GITHUB_WEBHOOK_SECRET; without one, nothing comes in. */
  webhookSecret: z.union([secret, z.array(secret).min(1)]).optional(),
  /** The labels of a new issue, by the urgency of its message. */
  labels: z
    .strictObject({
      low: labelList.default([]),
      normal: labelList.default([]),
      high: labelList.default(["important"]),
      critical: labelList.default(["urgent"]),
    } satisfies Record<(typeof urgencies)[number], unknown>)
    .prefault({}),
  /** A comment that begins with one of these words asks for a human. */
  humanCommands: z.array(z.string().regex(/^\S+$/, "must be one word")).default(["/human"]),
  /** Whose comments are taken in a public repository; in a private one, everybody's are. */
  acceptFrom: z.array(z.enum(associations)).default(["OWNER", "MEMBER", "COLLABORATOR"]),
  /** Whether the closing of an issue is told to its session. */
  recordClosed: z.boolean().default(true),
  /** Whether names such as @ada in a message notify people. */
  allowMentions: z.boolean().default(false),
  /** GitHub's API; for an Enterprise Server `https://HOST/api/v3`. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine(isSecure, "must be https, except on this machine, without user name, query and fragment")
    .default("https://api.github.com"),
  /** For connecting, for the answer's headers, and for its body. */
  timeoutMs: z.number().int().min(1).max(600_000).default(10_000),
});
export type GithubChannelConfig = z.input<typeof githubChannelConfigSchema>;

/** The configuration with all its defaults, secrets taken from the environment where they are not given. */
export type Settings = z.output<typeof githubChannelConfigSchema>;

/** @throws OrchestratorError `invalid_configuration` */
export function readSettings(config: GithubChannelConfig, environment = process.env): Settings {
  const { GITHUB_TOKEN: token, GITHUB_WEBHOOK_SECRET: webhookSecret } = environment;
  const given = typeof config === "object" && config !== null;
  const complete = given
    ? { ...(token && { token }), ...(webhookSecret && { webhookSecret }), ...withoutUndefined(config) }
    : config;
  return parseWith(githubChannelConfigSchema, complete, {
    name: "GitHub channel's configuration",
    code: "invalid_configuration",
  });
}

function withoutUndefined(config: object): object {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username + password + search + hash !== "") return false;
  return protocol === "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
