import { type ActivityParser, type Clock, type NewActivity, parseWith } from "@hybrid-orchestrator/core";
import { type DomainEvent, eventsIn, toActivity } from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";

const at = z.unknown().optional();
const label = z.string().min(1).max(200);
const score = z.number().min(0).max(1);
const status = z.string().min(1).max(100);

const known = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message"),
    from: z.enum(["customer", "agent", "bot"]),
    text: z.string(),
    /** From 0, very bad, to 1. */
    sentiment: score.nullish(),
    /** Of the bot: whether it knew what to answer. */
    understood: z.boolean().nullish(),
    at,
  }),
  z.object({ type: z.literal("classification"), label, confidence: score.nullish(), at }),
  z.object({ type: z.literal("status"), status, previous: status.nullish(), at }),
  z.object({ type: z.literal("waiting_started"), on: label, at }),
  z.object({ type: z.literal("waiting_ended"), on: label, at }),
]);
type SupportEvent = z.output<typeof known>;
const anyEvent = z.object({ type: z.string().min(1) });
const knownTypes = new Set<string>(known.options.map((option) => option.shape.type.value));

/** Reads a help desk's events in a shape of our own. Unknown types are passed over; what is no event is refused. */
export function parseSupportEvents(clock: Clock): ActivityParser {
  return (input) =>
    eventsIn(input).flatMap((event): NewActivity[] => {
      const { type } = parseWith(anyEvent, event, { name: "support event" });
      if (!knownTypes.has(type)) return [];
      return [toActivity(read(parseWith(known, event, { name: `support event ${type}` })), clock.now())];
    });
}

function read(event: SupportEvent): DomainEvent {
  switch (event.type) {
    case "message": {
      const { from, text, sentiment, understood, at } = event;
      if (from === "customer") return { type: "message", actor: "user", at, data: { text, sentiment } };
      if (from === "agent") return { type: "agent_reply", actor: "human", at, data: { text } };
      return { type: understood === false ? "not_understood" : "bot_reply", actor: "ai", at, data: { text } };
    }
    case "classification":
      return {
        type: "classification",
        actor: "system",
        at: event.at,
        data: { label: event.label, confidence: event.confidence },
      };
    case "status":
      return statusEvent(event.status, event.previous, event.at);
    default:
      return { type: event.type, actor: "system", at: event.at, data: { dependency: event.on } };
  }
}

const ended = new Set(["solved", "closed"]);

/** The status is the stage, by which stalled tickets are found. */
export function statusEvent(current: string, previous: string | null | undefined, at: unknown): DomainEvent {
  const [now, before] = [current.toLowerCase(), previous?.toLowerCase()];
  const isReopened = before !== undefined && ended.has(before) && !ended.has(now);
  return {
    type: isReopened ? "ticket_reopened" : "ticket_status",
    actor: "system",
    at,
    data: { stage: now, previous: before },
  };
}
