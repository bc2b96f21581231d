import { type ActivityParser, type Clock, type NewActivity, parseWith } from "@hybrid-orchestrator/core";
import { type DomainEvent, eventsIn, toActivity } from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";
import { statusEvent } from "./events.js";

const name = "Zendesk event";
const prefix = "zen:event-type:";
const envelope = z.object({ type: z.string().startsWith(prefix), time: z.unknown().optional() });
const created = z.object({ detail: z.object({ status: z.string() }) });
const statusChanged = z.object({ event: z.object({ current: z.string(), previous: z.string().nullish() }) });
const commentAdded = z.object({
  event: z.object({
    comment: z.object({
      body: z.string(),
      is_public: z.boolean(),
      author: z.object({ is_staff: z.boolean() }),
    }),
  }),
});

/**
 * Reads Zendesk's webhook events about tickets; others are passed over, what is none is refused.
 * Source: developer.zendesk.com, "Webhook event types", "Ticket events".
 */
export function parseZendesk(clock: Clock): ActivityParser {
  return (input) =>
    eventsIn(input).flatMap((event): NewActivity[] => {
      const { type, time } = parseWith(envelope, event, { name });
      const read = readTicketEvent(type.slice(prefix.length), event, time);
      return read === null ? [] : [toActivity(read, clock.now())];
    });
}

function readTicketEvent(type: string, event: unknown, at: unknown): DomainEvent | null {
  switch (type) {
    case "ticket.created":
      return statusEvent(parseWith(created, event, { name }).detail.status, null, at);
    case "ticket.status_changed": {
      const { current, previous } = parseWith(statusChanged, event, { name }).event;
      return statusEvent(current, previous, at);
    }
    case "ticket.comment_added": {
      const { body, is_public, author } = parseWith(commentAdded, event, { name }).event.comment;
      // What colleagues write to each other is no answer, and not to be kept here.
      if (!is_public) return { type: "internal_note", actor: "human", at };
      return author.is_staff
        ? { type: "agent_reply", actor: "human", at, data: { text: body } }
        : { type: "message", actor: "user", at, data: { text: body } };
    }
    default:
      return null;
  }
}
