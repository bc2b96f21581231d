import { fieldIdOf, type Json, type JsonObject, maskPrivate } from "@hybrid-orchestrator/core";
import { type Concealer, concealerOf } from "./conceal.js";
import {
  type ContextAttempt,
  type ContextEntry,
  type ContextPackage,
  type ContextView,
  contextViews,
} from "./package.js";

/**
 * The package as it may be shown in a view. It never shows more than it did before: the full view of a brief one is brief.
 * See {@link ContextView} for what is left.
 */
export function maskContext(context: ContextPackage, view: ContextView): ContextPackage {
  if (contextViews.indexOf(view) <= contextViews.indexOf(context.view)) return context;
  const standard = context.view === "full" ? withoutPrivate(context) : context;
  return view === "brief" ? brief(standard) : standard;
}

function withoutPrivate(context: ContextPackage): ContextPackage {
  const conceal = concealerOf(context);
  const { text } = conceal;
  const optional = (value: string | null) => (value === null ? null : text(value));
  const { escalation, user, session, place, stopped } = context;
  const { approval } = escalation;
  return {
    ...context,
    view: "standard",
    escalation: {
      ...escalation,
      reason: text(escalation.reason),
      requestedBy: text(escalation.requestedBy),
      suggestedHumanAction: optional(escalation.suggestedHumanAction),
      question: optional(escalation.question),
      outcome: optional(escalation.outcome),
      transferNote: optional(escalation.transferNote),
      approval: approval && { ...approval, args: conceal.json(approval.args) },
      notes: escalation.notes.map((note) => ({ ...note, text: text(note.text) })),
    },
    user: user && {
      ...user,
      name: optional(user.name),
      addresses: Object.fromEntries(
        Object.entries(user.addresses).map(([kind, address]) => [kind, maskPrivate(address)]),
      ),
      metadata: conceal.json(user.metadata),
    },
    session: { ...session, metadata: conceal.json(session.metadata), summary: optional(session.summary) },
    place: {
      ...place,
      screen: optional(place.screen),
      step: typeof place.step === "string" ? text(place.step) : place.step,
      focus: optional(place.focus),
      missing: place.missing.map(text),
    },
    fields: context.fields.map((field) => maskField(field, conceal)),
    messages: context.messages.map((message) => ({
      ...message,
      worker: optional(message.worker),
      channel: optional(message.channel),
      text: text(message.text),
    })),
    sent: context.sent.map((sent) => ({ ...sent, text: text(sent.text), reason: optional(sent.reason) })),
    tried: context.tried.map((attempt) => maskAttempt(attempt, conceal)),
    stopped: {
      by: text(stopped.by),
      reason: text(stopped.reason),
      failures: stopped.failures.map(({ at, what }) => ({ at, what: text(what) })),
    },
    firings: context.firings.map((firing) => ({ ...firing, reason: text(firing.reason) })),
    promises: context.promises.map((promise) => ({ ...promise, text: text(promise.text) })),
    earlier: context.earlier.map((other) => ({
      ...other,
      reason: text(other.reason),
      outcome: optional(other.outcome),
      question: optional(other.question),
      answer: optional(other.answer),
      handBack: optional(other.handBack),
    })),
    timeline: context.timeline.map((entry) => maskEntry(entry, conceal)),
  };
}

function maskField(
  field: ContextPackage["fields"][number],
  conceal: Concealer,
): ContextPackage["fields"][number] {
  const shown = (value: Json): Json => (field.private ? conceal.hidden(value) : conceal.json(value));
  return {
    ...field,
    ...(field.value !== undefined && { value: shown(field.value) }),
    error: field.error === null ? null : field.private ? "" : conceal.text(field.error),
    before: field.before.map(({ value, at }) => ({ value: shown(value), at })),
  };
}

function maskAttempt(attempt: ContextAttempt, { text, json }: Concealer): ContextAttempt {
  const optional = (value: string | null) => (value === null ? null : text(value));
  switch (attempt.kind) {
    case "decision":
      return {
        ...attempt,
        agent: text(attempt.agent),
        action: text(attempt.action),
        message: optional(attempt.message),
        delivery: attempt.delivery && { ...attempt.delivery, reason: optional(attempt.delivery.reason) },
        reasoning: text(attempt.reasoning),
        failure: optional(attempt.failure),
      };
    case "tool":
      return {
        ...attempt,
        agent: optional(attempt.agent),
        tool: text(attempt.tool),
        status: text(attempt.status),
        args: json(attempt.args),
        result: json(attempt.result),
        error: optional(attempt.error),
      };
    case "failed_call":
      return { ...attempt, failure: text(attempt.failure) };
  }
}

function maskEntry(entry: ContextEntry, conceal: Concealer): ContextEntry {
  const id = fieldIdOf(entry.data);
  const isPrivate = id !== null && conceal.isPrivate(id);
  const { type, channel, data } = entry;
  return {
    ...entry,
    type: conceal.text(type),
    channel: channel === null ? null : conceal.text(channel),
    data: conceal.json(isPrivate ? withoutValue(data, conceal) : data),
  };
}

/** Of what happened to a private field: that it did. */
function withoutValue(data: JsonObject, { hidden }: Concealer): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      key === "value" || key === "error" || key === "message" ? hidden(value) : value,
    ]),
  );
}

/** Of everything that holds values or anybody's words, nothing is left but the reason and the suggestion. */
function brief(context: ContextPackage): ContextPackage {
  const { escalation, user, session, place, stopped } = context;
  return {
    ...context,
    view: "brief",
    fields: [],
    messages: [],
    sent: [],
    tried: [],
    firings: [],
    promises: [],
    earlier: [],
    timeline: [],
    escalation: {
      ...escalation,
      approval: escalation.approval && { ...escalation.approval, args: {} },
      transferNote: null,
      outcome: null,
      notes: [],
    },
    user: user && { ...user, addresses: {}, metadata: {} },
    session: { ...session, externalId: null, metadata: {}, summary: null },
    place: { ...place, missing: [] },
    stopped: { ...stopped, failures: [] },
  };
}
