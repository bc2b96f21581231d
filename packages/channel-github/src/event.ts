import { type InboundMessage, type JsonObject, maxInboundTextLength } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Settings } from "./config.js";
import { commentName, type IssueReference, issueName, parseRepository } from "./repository.js";
import { isOurs } from "./text.js";

/** What an event of GitHub means to us. */
export type Reading =
  | { readonly kind: "message"; readonly message: InboundMessage }
  | { readonly kind: "ping" }
  | { readonly kind: "ignored"; readonly because: string }
  | { readonly kind: "malformed" };

const user = z.object({ login: z.string(), type: z.string().optional() });
const repository = z.object({ full_name: z.string(), private: z.boolean() });
const issue = z.object({
  number: z.number().int().positive(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
});

const commentEvent = z.object({
  repository,
  issue,
  comment: z.object({
    id: z.number().int().positive(),
    // Absent for an account that was deleted.
    user: user.nullish(),
    body: z.string(),
    html_url: z.string(),
    created_at: z.string(),
    author_association: z.string(),
  }),
});

const closedEvent = z.object({
  repository,
  issue: issue.extend({ closed_at: z.string(), state_reason: z.string().nullish() }),
  sender: user,
});

/** Reads `payload` as the event that the header `X-GitHub-Event` names. Pure. Source: docs.github.com, "Webhook events". */
export function readEvent(event: string | null, payload: unknown, settings: Settings): Reading {
  const action = z.object({ action: z.string() }).safeParse(payload).data?.action;
  if (event === "ping") return { kind: "ping" };
  if (event === "issue_comment" && action === "created") return readComment(payload, settings);
  if (event === "issues" && action === "closed") {
    return settings.recordClosed ? readClosed(payload, settings) : ignored("closing is not recorded");
  }
  return ignored("not an event of interest");
}

function readComment(payload: unknown, settings: Settings): Reading {
  const read = commentEvent.safeParse(payload).data;
  const reference = read && referenceOf(read);
  if (read === undefined || reference === undefined) return { kind: "malformed" };
  const { comment, issue, repository } = read;
  if (issue.pull_request != null) return ignored("a comment on a pull request");
  if (isOurs(comment.body)) return ignored("one of our own");
  if (comment.user?.type === "Bot") return ignored("a bot's comment");
  const isAccepted = settings.acceptFrom.some((accepted) => accepted === comment.author_association);
  // Who can read a private repository was let in by its owner; in a public one, everybody can comment.
  if (!repository.private && !isAccepted) return ignored("the author is not in acceptFrom");

  // A comment of GitHub may have 65,536 characters.
  const text = comment.body.slice(0, maxInboundTextLength);
  const occurredAt = Date.parse(comment.created_at);
  return {
    kind: "message",
    message: {
      channel: settings.name,
      externalId: commentName(reference, comment.id),
      inReplyTo: issueName(reference),
      text,
      ...(asksForHuman(text, settings.humanCommands) && { intent: "human" as const }),
      data: {
        author: comment.user?.login ?? "ghost",
        association: comment.author_association,
        url: comment.html_url,
        ...(text.length < comment.body.length && { truncated: true }),
      },
      ...(occurredAt >= 0 && { occurredAt }),
    },
  };
}

function readClosed(payload: unknown, settings: Settings): Reading {
  const read = closedEvent.safeParse(payload).data;
  const reference = read && referenceOf(read);
  if (read === undefined || reference === undefined) return { kind: "malformed" };
  const { issue, sender } = read;
  if (issue.pull_request != null) return ignored("a pull request");
  const occurredAt = Date.parse(issue.closed_at);
  const data: JsonObject = { event: "closed", author: sender.login, url: issue.html_url };
  return {
    kind: "message",
    message: {
      channel: settings.name,
      // An issue may be closed, reopened and closed again.
      externalId: `${issueName(reference)}/closed-${issue.closed_at}`.slice(0, 500),
      inReplyTo: issueName(reference),
      text: "closed",
      data: issue.state_reason == null ? data : { ...data, stateReason: issue.state_reason },
      ...(occurredAt >= 0 && { occurredAt }),
    },
  };
}

function referenceOf(event: {
  readonly repository: { readonly full_name: string };
  readonly issue: { readonly number: number };
}): IssueReference | undefined {
  const repository = parseRepository(event.repository.full_name);
  return repository && { ...repository, number: event.issue.number };
}

function asksForHuman(text: string, commands: readonly string[]): boolean {
  const [first = ""] = text.trim().split(/\s+/, 1);
  return commands.some((command) => command.toLowerCase() === first.toLowerCase());
}

function ignored(because: string): Reading {
  return { kind: "ignored", because };
}
