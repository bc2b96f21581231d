import type { HubPolicyInput } from "@hybrid-orchestrator/channel-hub";
import type {
  Clock,
  EscalationPolicyInput,
  Logger,
  Plugin,
  ScheduleInput,
  Storage,
  TriggerInput,
} from "@hybrid-orchestrator/core";
import {
  OrchestratorError,
  parseWith,
  scheduleSchema,
  silentLogger,
  systemClock,
} from "@hybrid-orchestrator/core";
import type { TokenKey } from "@hybrid-orchestrator/signatures";
import { z } from "zod";
import { safeLogger } from "./safe-logger.js";

export interface EscalationOptions {
  /** By name. Default: `default`, which tells the queue `default`, tells it again, and goes back to the AI. */
  readonly policies?: Readonly<Record<string, EscalationPolicyInput>>;
  /** Which of them counts where none is named. Default: the only one given, or `default`. */
  readonly defaultPolicy?: string;
  /** Who is on duty when, by name. */
  readonly schedules?: Readonly<Record<string, ScheduleInput>>;
  /** How long a lost connection of a worker is waited for, in seconds. Default: 30. */
  readonly presenceGraceSeconds?: number;
  /** At most so many escalations of one session within an hour. Default: 3. */
  readonly maxPerHour?: number;
  /** Lets workers answer a call where it reaches them. Absent: calls carry neither buttons nor links. */
  readonly acknowledge?: AcknowledgeOptions;
}

export interface AcknowledgeOptions {
  /** Sign what calls are answered by: the first signs, all verify. `createSecret()` of signatures makes a secret. */
  readonly keys: readonly TokenKey[];
  /**
   * Where the links in mails and text messages lead; `{token}` stands for the token. The orchestrator's own page is the
   * route `/hooks/escalations/acknowledge?token={token}` of its server. Default: no links.
   */
  readonly url?: string;
  /** How long a call can be answered by what it carries, in seconds. Default: 86,400. */
  readonly ttlSeconds?: number;
}

export interface AgentsOptions {
  /**
   * When the user has written, the agent is asked: for what comes in through a channel, for every activity `message` of
   * the user, or never. Default: `inbound`.
   */
  readonly onMessage?: "inbound" | "every" | "never";
  /** Asks it while a session is active, once in so many seconds. Default: null, never. */
  readonly everySeconds?: number | null;
  /** A human is asked instead of doing what an agent is less sure of than this, from 0 to 1. Default: 0. */
  readonly minConfidence?: number;
  /** What agents may take of one session; then a human is asked. Null: no limit. Default: 200 calls. */
  readonly budget?: {
    readonly calls?: number | null;
    /** Read and written. */
    readonly tokens?: number | null;
    /** As far as prices are known. */
    readonly costUsd?: number | null;
  };
  /** What was said so often is not said once more, and a human is asked; null: no matter how often. Default: 2. */
  readonly maxRepeats?: number | null;
  /** The summary is made anew after so many activities, by an agent that can; null: never. Default: 40. */
  readonly summarizeEvery?: number | null;
}

export interface OrchestratorOptions {
  readonly storage: Storage;
  readonly plugins?: readonly Plugin[];
  readonly triggers?: readonly TriggerInput[];
  /** At most so many firings of all triggers together in one session. Default: no limit. */
  readonly maxFiresPerSession?: number | null;
  /** How messages are routed, retried and given up. */
  readonly delivery?: HubPolicyInput;
  /** The agent that is asked where none is named. Default: the only one registered, or the first. */
  readonly defaultAgent?: string;
  /** How long a new session lives, in seconds; null for ever. Default: 86,400 (a day). */
  readonly sessionTtlSeconds?: number | null;
  /**
   * How long closed sessions are kept after their last change, in seconds; then they are purged, and a tombstone without
   * personal data stays. Default: null, for ever.
   */
  readonly retentionSeconds?: number | null;
  /** When agents are asked, and what they may take and decide. */
  readonly agents?: AgentsOptions;
  /** How people are asked for. Absent: a request for a human is an event, and nobody is waited for. */
  readonly escalation?: EscalationOptions;
  /** Where `{resumeLink}` leads; `{token}` stands for the access token, e.g. `https://app.example/resume#{token}`. */
  readonly resumeUrl?: string;
  /** How long a resume link works, in seconds. Default: 86,400. */
  readonly resumeLinkTtlSeconds?: number;
  /** How long an agent may think. Default: 60,000. */
  readonly agentTimeoutMs?: number;
  /** How long a custom action may run. Default: 60,000. */
  readonly actionTimeoutMs?: number;
  /** How long an asynchronous custom condition may take. Default: 5,000. */
  readonly conditionTimeoutMs?: number;
  /** How often an agent call or custom action is tried. Default: 3. */
  readonly maxTries?: number;
  /** How long `stop` waits for what is under way. Default: 10,000. */
  readonly stopTimeoutMs?: number;
  /** Memory for snapshots of hot sessions, in bytes. Default: 64 MiB. */
  readonly maxCacheBytes?: number;
  /** Names this process among others on one database. Default: a random id. */
  readonly node?: string;
  readonly clock?: Clock;
  /** From 0 up to 1, for the jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
  readonly logger?: Logger;
}

const milliseconds = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1);
const seconds = z
  .number()
  .positive()
  .max(10 * 365 * 86_400);

const linkTemplate = z
  .string()
  .refine(
    (url) => url.includes("{token}") && URL.canParse(url.replace("{token}", "x")),
    "must be a URL that contains {token}",
  );

/** The options that are plain values, for configuration files. */
export const orchestratorSettingsSchema = z.object({
  maxFiresPerSession: z.number().int().positive().nullable().default(null),
  defaultAgent: z.string().min(1).optional(),
  sessionTtlSeconds: seconds.nullable().default(86_400),
  retentionSeconds: seconds.nullable().default(null),
  agents: z
    .strictObject({
      onMessage: z.enum(["inbound", "every", "never"]).default("inbound"),
      everySeconds: seconds.nullable().default(null),
      minConfidence: z.number().min(0).max(1).default(0),
      budget: z
        .strictObject({
          calls: z.number().int().positive().nullable().default(200),
          tokens: z.number().int().positive().nullable().default(null),
          costUsd: z.number().positive().nullable().default(null),
        })
        .prefault({}),
      maxRepeats: z.number().int().min(1).max(10).nullable().default(2),
      summarizeEvery: z.number().int().min(5).max(500).nullable().default(40),
    })
    .prefault({}),
  escalation: z
    .strictObject({
      policies: z.record(z.string(), z.unknown()).default({}),
      defaultPolicy: z.string().min(1).max(100).optional(),
      schedules: z.record(z.string(), scheduleSchema).default({}),
      presenceGraceSeconds: z.number().positive().max(3_600).default(30),
      maxPerHour: z.number().int().min(1).max(1_000).default(3),
      acknowledge: z
        .strictObject({
          keys: z
            .array(z.strictObject({ id: z.int().min(0).max(127), secret: z.string().min(1).max(200) }))
            .min(1)
            .max(5),
          url: linkTemplate.optional(),
          ttlSeconds: seconds.default(86_400),
        })
        .optional(),
    })
    .optional(),
  resumeUrl: linkTemplate.optional(),
  resumeLinkTtlSeconds: seconds.default(86_400),
  agentTimeoutMs: milliseconds.default(60_000),
  actionTimeoutMs: milliseconds.default(60_000),
  conditionTimeoutMs: milliseconds.default(5_000),
  maxTries: z.number().int().min(1).max(100).default(3),
  stopTimeoutMs: milliseconds.default(10_000),
  maxCacheBytes: z
    .number()
    .int()
    .positive()
    .default(64 * 1024 * 1024),
  node: z.string().min(1).max(100).optional(),
});

export type Settings = z.output<typeof orchestratorSettingsSchema> & {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
};

const parts = ["storage", "plugins", "triggers", "delivery", "clock", "random", "logger"];

/** @throws OrchestratorError `invalid_configuration` that lists every mistake. */
export function readOptions(options: OrchestratorOptions): Settings {
  const known = new Set([...parts, ...Object.keys(orchestratorSettingsSchema.shape)]);
  const unknown = Object.keys(options).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    throw new OrchestratorError(
      "invalid_configuration",
      `createOrchestrator does not know the option ${unknown.join(", ")}. It takes ${[...known].join(", ")}.`,
    );
  }
  if (typeof options.storage?.commit !== "function") {
    throw new OrchestratorError(
      "invalid_configuration",
      'The storage is missing. Pass one, e.g. storage: sqliteStorage({ path: "sessions.db" }).',
    );
  }
  const settings = Object.fromEntries(Object.entries(options).filter(([key]) => !parts.includes(key)));
  const read = parseWith(orchestratorSettingsSchema, settings, {
    name: "orchestrator's configuration",
    code: "invalid_configuration",
  });
  return {
    ...read,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger === undefined ? silentLogger : safeLogger(options.logger),
  };
}
