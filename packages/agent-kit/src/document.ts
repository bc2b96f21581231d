import type { Activity, AgentInput, Json, JsonObject } from "@hybrid-orchestrator/core";
import { bytesOf, cut, fitted } from "./fit.js";
import { languageOf } from "./language.js";
import type { Privacy } from "./privacy.js";

/** What an agent is given, with what the user says where they wait for an answer. */
export type ModelInput = AgentInput & { readonly userMessage?: string };

export interface DocumentOptions {
  readonly lookBack: number;
  readonly maxDataBytes: number;
  readonly privacy: Privacy;
  readonly now: number;
}

/**
 * What a model is told about a session: no addresses, no tokens, no ids. What changes seldom comes
 * first, so that the beginning can be read from a cache.
 */
export function sessionDocument(
  input: ModelInput,
  { lookBack, maxDataBytes, privacy, now }: DocumentOptions,
): JsonObject {
  const { session, summary, context, userMessage } = input;
  const part = (value: Json, share: number): Json =>
    fitted(privacy.json(value), Math.floor(maxDataBytes * share));
  const head: JsonObject = {
    session: {
      workflow: cut(privacy.text(session.workflow), 100),
      status: session.status,
      created_at: moment(session.createdAt),
      metadata: part(session.metadata, 0.2),
    },
    user: userOf(input, (value) => part(value, 0.02)),
    summary: summary === null ? null : part(summary, 0.15),
  };
  const tail: JsonObject = {
    context: part(context, 0.15),
    ...(userMessage === undefined ? {} : { user_message: part(userMessage, 0.15) }),
    now: moment(now),
  };
  const spare = maxDataBytes - bytesOf(head) - bytesOf(tail) - 100;
  const { activities, omitted } = newestOf(input.activities.slice(-lookBack), spare, privacy);
  return {
    ...head,
    earlier_activities_left_out:
      input.activities.length - Math.min(input.activities.length, lookBack) + omitted,
    activities,
    ...tail,
  };
}

function userOf({ session: { recipient } }: AgentInput, part: (value: Json) => Json): Json {
  if (recipient === null) return null;
  const { name, locale, timeZone } = recipient;
  return {
    name: name === undefined ? null : part(name),
    language: locale === undefined ? null : languageOf(locale),
    time_zone: timeZone === undefined ? null : part(timeZone),
  };
}

/** As many of the newest as fit, in their order. No single one takes more than a quarter of the room. */
function newestOf(
  activities: readonly Activity[],
  maxBytes: number,
  privacy: Privacy,
): { activities: Json[]; omitted: number } {
  const shown: Json[] = [];
  let spare = maxBytes;
  for (const activity of activities.toReversed()) {
    const { seq, type, actor, channel, data, occurredAt } = activity;
    const entry: JsonObject = {
      seq,
      type: cut(privacy.text(type), 100),
      actor,
      ...(channel === null ? {} : { channel: cut(privacy.text(channel), 100) }),
      at: moment(occurredAt),
      data: fitted(privacy.json(data), Math.max(Math.floor(maxBytes / 4), 100)),
    };
    spare -= bytesOf(entry) + 1;
    if (spare < 0) break;
    shown.push(entry);
  }
  return { activities: shown.reverse(), omitted: activities.length - shown.length };
}

/** ISO 8601; null for a moment that no date can be. */
function moment(at: number): string | null {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null;
}
