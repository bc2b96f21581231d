import {
  type Activity,
  type AgentEffect,
  type DeliveryEffect,
  type Escalation,
  type Firing,
  isPrivateName,
  isPrivateValue,
  OrchestratorError,
  type Recipient,
  type Session,
} from "@hybrid-orchestrator/core";
import { defineForm, type Form, viewScreen } from "@hybrid-orchestrator/screen-state";
import { type Ends, endsOf } from "./ends.js";
import { type FieldRecord, heardAt } from "./fields.js";
import { fitObject } from "./fit.js";
import { contextLimits } from "./limits.js";
import { ActivityLog } from "./log.js";
import type { ContextAttempt, ContextPackage } from "./package.js";
import { promptsOf, sentOf } from "./sent.js";

export interface ContextSources {
  readonly session: Session;
  /** All of the session's, in order of their opening. */
  readonly escalations: readonly Escalation[];
  /** Which of them it is about. Default: the newest. */
  readonly escalationId?: string;
  /** All of the session's in their order, or what an {@link ActivityLog} has read of them page by page. */
  readonly activities: readonly Activity[] | ActivityLog;
  readonly deliveries: Iterable<DeliveryEffect> | Ends<DeliveryEffect>;
  readonly firings: Iterable<Firing> | Ends<Firing>;
  /** Calls of agents; those that failed count. */
  readonly agentCalls?: Iterable<AgentEffect>;
  /** What the application says of its form: pages, labels, and which fields are private. */
  readonly form?: Form;
  readonly now: number;
}

/**
 * Everything that a human needs to go on with a session, in full: see {@link maskContext} before it is shown.
 * @throws OrchestratorError `invalid_argument` where there is no such escalation
 */
export function buildContext(sources: ContextSources): ContextPackage {
  const { session, escalations, now, form = defineForm() } = sources;
  const { escalationId = escalations.at(-1)?.id } = sources;
  const escalation = escalations.find(({ id }) => id === escalationId);
  if (escalation === undefined)
    throw new OrchestratorError(
      "invalid_argument",
      `The escalation ${escalationId ?? ""} is not among those of session ${session.id}.`,
    );
  const log = Array.isArray(sources.activities)
    ? new ActivityLog().add(sources.activities)
    : (sources.activities as ActivityLog);
  const deliveries = kept(sources.deliveries, contextLimits.sent);
  const firings = kept(sources.firings, contextLimits.firings);
  const fields = log.fields.fields();
  const messages = log.messages();
  const promises = endsOf(log.promises.open(), contextLimits.promises);
  const others = endsOf(
    escalations.filter(({ id }) => id !== escalation.id),
    contextLimits.escalations,
  );
  const failedCalls = readFailedCalls(sources.agentCalls ?? []);
  const prompts = promptsOf(deliveries.items);
  const tried = [...log.tried.items().map(prompts.settle), ...failedCalls].sort((a, b) => a.at - b.at);
  const sent = deliveries.items.flatMap((effect) => sentOf(effect, session) ?? []);
  return {
    version: 1,
    view: "full",
    builtAt: now,
    escalation: readEscalation(escalation),
    user: session.recipient === null ? null : readUser(session.recipient),
    session: readSession(session),
    place: readPlace(log, form, now),
    fields: fields.map((field) => readField(field, form)),
    messages: [...messages.items],
    sent,
    tried,
    stopped: {
      reason: escalation.reason,
      by: escalation.requestedBy,
      failures: failuresOf(tried, sent),
    },
    firings: firings.items.map(({ firedAt, trigger, reason, mode, arm }) => ({
      at: firedAt,
      trigger,
      reason,
      acted: mode !== "shadow" && arm === "treatment",
    })),
    promises: promises.items,
    earlier: others.items.map(readEarlier),
    timeline: log.timeline.items(),
    omitted: {
      fields: log.fields.omitted,
      messages: messages.omitted,
      sent: deliveries.omitted,
      tried: log.tried.omitted,
      firings: firings.omitted,
      promises: promises.omitted,
      earlier: others.omitted,
      timeline: log.timeline.omitted,
    },
  };
}

function kept<Item>(
  items: Iterable<Item> | Ends<Item>,
  limit: { readonly first: number; readonly newest: number },
): { readonly items: readonly Item[]; readonly omitted: number } {
  if (Symbol.iterator in items) return endsOf(items, limit);
  return { items: items.items(), omitted: items.omitted };
}

function readEscalation(escalation: Escalation): ContextPackage["escalation"] {
  const { approval, holder, transfer, slas, notes } = escalation;
  const args =
    approval === null ? null : fitObject(approval.editedArgs ?? approval.args, contextLimits.valueLength);
  return {
    id: escalation.id,
    kind: escalation.kind,
    status: escalation.status,
    reason: escalation.reason,
    requestedBy: escalation.requestedBy,
    suggestedHumanAction: escalation.suggestedHumanAction,
    priority: escalation.priority,
    queue: escalation.queue,
    question: escalation.question,
    approval:
      approval === null || args === null
        ? null
        : {
            status: approval.status,
            agent: approval.agent,
            tool: approval.tool,
            args: args.value,
            cut: args.cut,
          },
    openedAt: escalation.openedAt,
    claimedAt: escalation.claimedAt,
    respondedAt: escalation.respondedAt,
    endedAt: escalation.endedAt,
    outcome: escalation.outcome,
    claimEpoch: escalation.claimEpoch,
    holder: holder?.worker ?? null,
    holderSince: holder?.since ?? null,
    releases: escalation.releases,
    transferNote: transfer?.note ?? null,
    slas: slas.map(({ target, dueAt, metAt, breachedAt }) => ({ target, dueAt, metAt, breachedAt })),
    notes: notes.map(({ worker, at, text }) => ({ worker, at, text })),
  };
}

function readEarlier(escalation: Escalation): ContextPackage["earlier"][number] {
  const { id, kind, status, reason, openedAt, endedAt, outcome, disposition, question, answer } = escalation;
  const handBack = escalation.handBack?.text ?? null;
  return { id, kind, status, reason, openedAt, endedAt, outcome, disposition, question, answer, handBack };
}

function readUser(recipient: Recipient): ContextPackage["user"] {
  const { id, name, phone, email, slackId, addresses, locale, timeZone, available, metadata } = recipient;
  const known = { ...addresses, phone, email, slackId };
  return {
    id,
    name: name ?? null,
    locale: locale ?? null,
    timeZone: timeZone ?? null,
    available,
    addresses: Object.fromEntries(
      Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    metadata: metadata ?? {},
  };
}

function readSession(session: Session): ContextPackage["session"] {
  const { id, externalId, workflow, status, owner, createdAt, expiresAt, metadata, summary } = session;
  const lastUserActivityAt = session.lastActivityAt.user;
  return {
    id,
    externalId,
    workflow,
    status,
    owner,
    createdAt,
    expiresAt,
    lastUserActivityAt,
    metadata,
    summary,
  };
}

function readPlace({ screen }: ActivityLog, form: Form, now: number): ContextPackage["place"] {
  const view = viewScreen(form, screen, { now, values: "none" });
  const { page, step, focus, missing, updatedAt } = view;
  return {
    page: page === null ? null : { name: page.name, title: page.title, number: page.number, of: page.of },
    screen: view.screen,
    step,
    focus: focus?.label ?? null,
    missing: missing.map(({ label }) => label),
    at: updatedAt,
  };
}

function readField(field: FieldRecord, form: Form): ContextPackage["fields"][number] {
  const { label, private: said } = form.field(field.id);
  const values = [
    ...(field.value === undefined ? [] : [field.value]),
    ...field.before.map(({ value }) => value),
  ];
  const guessed = isPrivateName(field.id) || isPrivateName(label) || values.some(isPrivateValue);
  const { id, value, cut, error, changedAt, changes, before } = field;
  return {
    id,
    label,
    private: said ?? guessed,
    ...(value !== undefined && { value }),
    cut,
    error,
    at: heardAt(field),
    changedAt,
    changes,
    before: [...before],
  };
}

function readFailedCalls(calls: Iterable<AgentEffect>): ContextAttempt[] {
  return [...calls].flatMap(({ call, updatedAt }) =>
    call.error === null || call.status === "done"
      ? []
      : [{ kind: "failed_call" as const, at: updatedAt, agent: call.agent, failure: call.error }],
  );
}

const mostFailures = 10;

/** The last things that went wrong, newest first. */
function failuresOf(
  tried: readonly ContextAttempt[],
  sent: ContextPackage["sent"],
): ContextPackage["stopped"]["failures"] {
  const failures = [...tried.flatMap(failureOf), ...sent.flatMap(undelivered)];
  return failures.sort((a, b) => b.at - a.at).slice(0, mostFailures);
}

function failureOf(attempt: ContextAttempt): { at: number; what: string }[] {
  const { at } = attempt;
  switch (attempt.kind) {
    case "decision":
      return attempt.failure === null ? [] : [{ at, what: `${attempt.agent}: ${attempt.failure}` }];
    case "failed_call":
      return [{ at, what: `${attempt.agent ?? "agent"}: ${attempt.failure}` }];
    case "tool":
      return attempt.error === null ? [] : [{ at, what: `${attempt.tool}: ${attempt.error}` }];
  }
}

function undelivered({ status, reason, by, updatedAt }: ContextPackage["sent"][number]) {
  if (status !== "failed" && status !== "bounced") return [];
  return [{ at: updatedAt, what: `message of ${by}: ${status}${reason === null ? "" : `, ${reason}`}` }];
}
