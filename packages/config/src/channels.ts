import type { ChannelSettingsInput } from "@hybrid-orchestrator/channel-hub";
import { type Path, type Problem, problem } from "./problem.js";
import { olderEmail } from "./seed/email.js";
import { type OlderForm, secondsToMs } from "./seed/keys.js";
import { olderWebhook } from "./seed/webhook.js";

const scope = "@hybrid-orchestrator/";

/** The package of a channel that is named without one. */
export const channelPackages: Readonly<Record<string, string>> = Object.fromEntries(
  ["console", "email", "webhook", "slack", "sms", "voice", "github"].map((kind) => [
    kind,
    `${scope}channel-${kind}`,
  ]),
);

/** For suggestions; a package that is not listed is as welcome. */
export const knownPackages: readonly string[] = [
  ...Object.values(channelPackages),
  ...["chat-sdk", "dashboard"].map((kind) => `${scope}channel-${kind}`),
  ...["mock", "claude", "ai-sdk"].map((kind) => `${scope}agent-${kind}`),
  ...["sqlite", "postgres"].map((kind) => `${scope}storage-${kind}`),
];

const olderForms: Readonly<Record<string, OlderForm>> = {
  [`${scope}channel-email`]: olderEmail,
  [`${scope}channel-webhook`]: olderWebhook,
};

export function olderFormOf(packageName: string): OlderForm | null {
  return Object.hasOwn(olderForms, packageName) ? (olderForms[packageName] ?? null) : null;
}

export interface Retries {
  /** Without what belongs to the hub. */
  readonly options: Record<string, unknown>;
  readonly settings: ChannelSettingsInput;
  readonly problems: readonly Problem[];
}

/** Takes `max_retries` and `retry_delay` out of a channel's options: the hub retries, not the channel. */
export function takeRetries(given: Readonly<Record<string, unknown>>, at: Path): Retries {
  const { max_retries: retries, retry_delay: delay, ...options } = given;
  const problems: Problem[] = [];
  const settings: { maxAttempts?: number; retryBaseMs?: number } = {};
  if (retries !== undefined) {
    const count = Number(retries);
    if (Number.isInteger(count) && count >= 0 && count < 100 && retries !== "" && retries !== null)
      settings.maxAttempts = count + 1;
    else
      problems.push(problem("invalid_value", [...at, "max_retries"], "must be a whole number from 0 to 99"));
  }
  if (delay !== undefined) {
    const delayMs = secondsToMs(delay);
    if (typeof delayMs === "number" && delayMs >= 0 && delayMs <= 86_400_000)
      settings.retryBaseMs = Math.max(1, delayMs);
    else problems.push(problem("invalid_value", [...at, "retry_delay"], "must be seconds, from 0 to 86400"));
  }
  return { options, settings, problems };
}
