import {
  type ActivityParser,
  type Actor,
  type Clock,
  type NewActivity,
  parseWith,
} from "@hybrid-orchestrator/core";
import { type DomainEvent, eventsIn, toActivity } from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";
import type { Settings } from "./config.js";

const user = z.object({ login: z.string(), type: z.string().optional() });
const repository = z.object({ full_name: z.string() });
const payloadSchema = z.object({
  action: z.string().optional(),
  repository: repository.optional(),
  sender: user.optional(),
  zen: z.string().optional(),
});
const pullRequest = z.object({
  number: z.number().int().positive(),
  title: z.string(),
  html_url: z.string(),
  state: z.string(),
  draft: z.boolean().nullish(),
  merged: z.boolean().nullish(),
  merged_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  user: user.nullish(),
});
const pullRequestEvent = z.object({
  repository,
  pull_request: pullRequest,
  label: z.object({ name: z.string() }).nullish(),
  requested_reviewer: user.nullish(),
});
const reviewEvent = pullRequestEvent.extend({
  review: z.object({
    state: z.string(),
    submitted_at: z.string().nullish(),
    html_url: z.string().optional(),
  }),
});
const outcome = z.object({
  name: z.string().nullish(),
  conclusion: z.string().nullish(),
  html_url: z.string().nullish(),
  completed_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  app: z.object({ name: z.string() }).nullish(),
});

const name = "GitHub event";
const kinds = ["check_run", "check_suite", "workflow_run", "pull_request_review", "pull_request"] as const;
type Kind = (typeof kinds)[number];

/**
 * Reads webhook payloads, alone or as `{ event, payload }`. Events of no interest are passed over; what is none is
 * refused. Source: docs.github.com, "Webhook events and payloads".
 */
export function parseGitHub(settings: Settings): (clock: Clock) => ActivityParser {
  return (clock) => (input) =>
    eventsIn(input).flatMap((each): NewActivity[] => {
      const { kind, payload } = unwrapped(each);
      const { action, repository, sender, zen } = parseWith(payloadSchema, payload, { name });
      if (repository === undefined && action === undefined && zen === undefined)
        parseWith(payloadSchema.required({ repository: true }), payload, { name });
      const event = kind === null ? null : read(kind, { action, payload, sender, settings });
      return event === null ? [] : [toActivity(event, clock.now())];
    });
}

function unwrapped(input: unknown): { readonly kind: Kind | null; readonly payload: unknown } {
  const wrapped = z.object({ event: z.string(), payload: z.unknown() }).safeParse(input).data;
  const payload = wrapped?.payload ?? input;
  const isThere = (kind: Kind) =>
    typeof payload === "object" &&
    payload !== null &&
    (kind === "pull_request_review" ? "review" in payload && "pull_request" in payload : kind in payload);
  const kind = kinds.find((each) => (wrapped === undefined ? isThere(each) : each === wrapped.event));
  return { kind: kind ?? null, payload };
}

interface Reading {
  readonly action: string | undefined;
  readonly payload: unknown;
  readonly sender: z.output<typeof user> | undefined;
  readonly settings: Settings;
}

function read(kind: Kind, reading: Reading): DomainEvent | null {
  switch (kind) {
    case "pull_request":
      return readPullRequest(reading);
    case "pull_request_review":
      return reading.action === "submitted" ? readReview(reading) : null;
    default:
      return reading.action === "completed" && reading.settings.checks.includes(kind)
        ? readCheck(kind, reading)
        : null;
  }
}

const actions: Readonly<Record<string, string>> = {
  opened: "opened",
  reopened: "reopened",
  ready_for_review: "ready",
  converted_to_draft: "drafted",
  synchronize: "updated",
  review_requested: "review_requested",
  closed: "closed",
};

function readPullRequest(reading: Reading): DomainEvent | null {
  const { action = "", payload, settings } = reading;
  const isLabel = action === "labeled" || action === "unlabeled";
  if (!isLabel && !Object.hasOwn(actions, action)) return null;
  const event = parseWith(pullRequestEvent, payload, { name });
  const { pull_request, label, requested_reviewer } = event;
  if (isLabel && !settings.blockingLabels.includes(label?.name ?? "")) return null;
  const verb = isLabel ? (action === "labeled" ? "blocked" : "unblocked") : actions[action];
  const isMerged = pull_request.merged === true || pull_request.merged_at != null;
  return {
    type: `pull_request_${verb === "closed" && isMerged ? "merged" : verb}`,
    actor: actorOf(reading, pull_request.user?.login),
    at: pull_request.updated_at,
    data: {
      ...about(event),
      // A label or a request changes nothing about where it stands.
      stage: isLabel || action === "review_requested" ? undefined : stageOf(pull_request, isMerged),
      dependency: isLabel ? label?.name : undefined,
      reviewer: requested_reviewer?.login,
    },
  };
}

function readReview(reading: Reading): DomainEvent {
  const event = parseWith(reviewEvent, reading.payload, { name });
  const state = event.review.state.toLowerCase();
  const decided = state === "approved" || state === "changes_requested" ? state : undefined;
  return {
    type: `pull_request_reviewed.${decided ?? "commented"}`,
    actor: actorOf(reading, event.pull_request.user?.login),
    at: event.review.submitted_at,
    data: { ...about(event), stage: decided },
  };
}

function readCheck(
  kind: "check_run" | "check_suite" | "workflow_run",
  { payload }: Reading,
): DomainEvent | null {
  const check = parseWith(z.object({ [kind]: outcome }), payload, { name })[kind];
  const passed = check?.conclusion === "success";
  if (check === undefined || !(passed || failures.has(check.conclusion ?? ""))) return null;
  return {
    type: passed ? "check_passed" : "check_failed",
    actor: "system",
    at: check.completed_at ?? check.updated_at,
    data: { check: check.name || check.app?.name || kind, conclusion: check.conclusion, url: check.html_url },
  };
}

// A run that was cancelled or skipped says nothing about the tests.
const failures = new Set(["failure", "timed_out", "action_required", "startup_failure"]);

function about({ repository, pull_request }: z.output<typeof pullRequestEvent>): Record<string, unknown> {
  const { number, title, html_url, state, draft } = pull_request;
  return {
    pullRequest: `${repository.full_name}#${number}`,
    title: title.slice(0, 200),
    url: html_url,
    open: state === "open",
    draft: draft === true,
  };
}

function stageOf({ state, draft }: z.output<typeof pullRequest>, isMerged: boolean): string {
  if (state !== "open") return isMerged ? "merged" : "closed";
  return draft === true ? "draft" : "in_review";
}

/** The author is the one who is served, unless it is a coding agent. */
function actorOf({ sender, settings }: Reading, author: string | undefined): Actor {
  if (sender === undefined) return "system";
  if (settings.agents.includes(sender.login)) return "ai";
  if (sender.type === "Bot") return "system";
  return sender.login === author ? "user" : "human";
}
