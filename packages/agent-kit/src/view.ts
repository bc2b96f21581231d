import type { Activity, AgentInput, Json, JsonObject } from "@hybrid-orchestrator/core";

export interface ViewLimits {
  /** How many of the newest activities are shown. */
  readonly lookBack: number;
  /** How many characters one activity's data, or another part, may have as JSON before it is cut. Default: 4,000. */
  readonly maxPartLength?: number;
  /** How many characters all activities may have together; the oldest give way. Default: 60,000. */
  readonly maxLength?: number;
}

/**
 * What a model is shown of a session. Not its ids, and of the recipient only the name, language and time zone: addresses
 * and numbers are not needed to decide, and what a model has not seen it cannot tell.
 */
export function viewOf(input: AgentInput, limits: ViewLimits): JsonObject {
  const { maxPartLength = 4_000, maxLength = 60_000, lookBack } = limits;
  const { session, summary, context } = input;
  const { recipient } = session;
  return {
    session: {
      workflow: session.workflow,
      status: session.status,
      startedAt: moment(session.createdAt),
      metadata: cut(session.metadata, maxPartLength),
    },
    user:
      recipient === null
        ? null
        : {
            ...(recipient.name !== undefined && { name: recipient.name }),
            ...(recipient.locale !== undefined && { locale: recipient.locale }),
            ...(recipient.timeZone !== undefined && { timeZone: recipient.timeZone }),
          },
    summary: summary === null ? null : cut(summary, maxPartLength),
    context: cut(context, maxPartLength),
    ...newest(input.activities, { lookBack, maxPartLength, maxLength }),
  };
}

function newest(all: readonly Activity[], limits: Required<ViewLimits>): JsonObject {
  const activities: JsonObject[] = [];
  let room = limits.maxLength;
  for (const activity of all.slice(-limits.lookBack).reverse()) {
    const shown = {
      at: moment(activity.occurredAt),
      actor: activity.actor,
      type: activity.type,
      ...(activity.channel !== null && { channel: activity.channel }),
      data: cut(activity.data, limits.maxPartLength),
    };
    room -= JSON.stringify(shown).length;
    if (room < 0 && activities.length > 0) break;
    activities.unshift(shown);
  }
  return { earlierActivitiesNotShown: all.length - activities.length, activities };
}

/** A part that is too long becomes the beginning of its text. */
function cut(value: Json, maxLength: number): Json {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= maxLength) return value;
  return `${text.slice(0, maxLength)} … (${text.length - maxLength} characters left out)`;
}

function moment(at: number): string {
  return new Date(at).toISOString();
}
