import type { Channel, Clock, OutboundMessage, SendResult } from "@hybrid-orchestrator/core";
import type { GithubClient, GithubRequest, GithubResponse } from "./client.js";
import type { Settings } from "./config.js";
import { resultOf, type Target } from "./outcome.js";
import { parseIssue, parseRepository, type Repository, repositoryName, repositoryOf } from "./repository.js";
import { bodyOf, maxContentLength, titleOf } from "./text.js";

export interface ChannelParts {
  readonly settings: Settings;
  readonly client: GithubClient;
  readonly clock: Clock;
}

/** The first message of a session to a repository opens an issue; what follows are comments on it. */
export function issueChannel({ settings, client, clock }: ChannelParts): Channel {
  const { name, repository: byDefault } = settings;
  return {
    name,
    capabilities: {
      // GitHub has no idempotency key: a request that is repeated opens a second issue.
      idempotent: false,
      twoWay: settings.webhookSecret !== undefined,
      statusCallbacks: false,
      threads: true,
      maxLength: maxContentLength,
      richText: true,
      audience: "worker",
    },
    canReach: (recipient) => repositoryOf(recipient, name, byDefault) !== undefined,
    destination(recipient) {
      const repository = repositoryOf(recipient, name, byDefault);
      return repository && repositoryName(repository);
    },
    async send(message, { signal }) {
      if (message.content.length > maxContentLength)
        return { outcome: "permanent", reason: `The text is longer than ${maxContentLength} characters.` };
      const target = targetOf(message, settings);
      if (target === undefined)
        return { outcome: "permanent", reason: "The recipient has no repository (owner/repository)." };
      const response = await client.request({ ...requestFor(message, target, settings), signal });
      return response.outcome === "no_token"
        ? withoutToken(response.because)
        : resultOf(response, target, clock.now());
    },
    async health() {
      const repository = byDefault === undefined ? undefined : parseRepository(byDefault);
      const signal = AbortSignal.timeout(settings.timeoutMs);
      const path = repository ? pathOf(repository) : "/rate_limit";
      return healthOf(await client.request({ method: "GET", path, signal }));
    },
  };
}

function targetOf(message: OutboundMessage, settings: Settings): Target | undefined {
  const { thread, recipient } = message;
  if (thread !== undefined) {
    const issue = parseIssue(thread);
    return issue && { kind: "comment", issue };
  }
  const repository = repositoryOf(recipient, settings.name, settings.repository);
  return repository && { kind: "issue", repository };
}

function requestFor(
  message: OutboundMessage,
  target: Target,
  settings: Settings,
): Omit<GithubRequest, "signal"> {
  const body = bodyOf(message, target.kind, settings);
  switch (target.kind) {
    case "issue": {
      const labels = settings.labels[message.urgency];
      const issue = { title: titleOf(message), body, ...(labels.length > 0 && { labels }) };
      return { method: "POST", path: `${pathOf(target.repository)}/issues`, body: issue };
    }
    case "comment": {
      const { number, ...repository } = target.issue;
      const path = `${pathOf(repository)}/issues/${number}/comments`;
      return { method: "POST", path, body: { body } };
    }
  }
}

/** Neither name holds anything that a path would have to encode: they were read by their pattern. */
function pathOf({ owner, name }: Repository): string {
  return `/repos/${owner}/${name}`;
}

function withoutToken(because: "failed" | "invalid" | "aborted"): SendResult {
  switch (because) {
    case "aborted":
      return { outcome: "retryable", reason: "It was given up before it was sent." };
    case "failed":
      return { outcome: "retryable", reason: "The token provider failed." };
    case "invalid":
      return { outcome: "misconfigured", reason: "The token provider gave no usable token." };
  }
}

function healthOf(response: GithubResponse): { healthy: boolean; detail?: string } {
  switch (response.outcome) {
    case "answered":
      return response.status === 200
        ? { healthy: true }
        : { healthy: false, detail: `GitHub answered ${response.status}.` };
    case "no_token":
      return { healthy: false, detail: "There is no token." };
    case "unknown":
    case "not_sent":
      return { healthy: false, detail: response.error.message };
  }
}
