import {
  type ActivityParser,
  type Clock,
  isPrivateName,
  isPrivateText,
  maskPrivate,
  type NewActivity,
  parseWith,
} from "@hybrid-orchestrator/core";
import { type DomainEvent, eventsIn, toActivity } from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";

const text = z.string().min(1).max(500);
const at = z.unknown().optional();
const document = text;

const known = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("field_change"),
    fieldId: text,
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
    at,
  }),
  z.object({ type: z.literal("field_valid"), fieldId: text, at }),
  z.object({ type: z.literal("validation_error"), fieldId: text.optional(), code: text.optional(), at }),
  z.object({ type: z.literal("step_reached"), step: text, at }),
  z.object({ type: z.literal("document_requested"), document, at }),
  z.object({ type: z.literal("document_uploaded"), document, at }),
  z.object({ type: z.literal("document_rejected"), document, reason: text.optional(), at }),
  z.object({ type: z.literal("document_accepted"), document, at }),
  z.object({ type: z.literal("compliance_flag"), flag: text, at }),
  z.object({ type: z.literal("compliance_cleared"), flag: text, at }),
]);
type FormEvent = z.output<typeof known>;

const anyEvent = z.object({ type: text });
const knownTypes = new Set<string>(known.options.map((option) => option.shape.type.value));

/** Reads a form's events. One whose type it does not know is passed over; what is no event is refused. */
export function parseFormEvents(clock: Clock): ActivityParser {
  return (input) =>
    eventsIn(input).flatMap((event): NewActivity[] => {
      const { type } = parseWith(anyEvent, event, { name: "form event" });
      if (!knownTypes.has(type)) return [];
      return [toActivity(read(parseWith(known, event, { name: `form event ${type}` })), clock.now())];
    });
}

function read(event: FormEvent): DomainEvent {
  const { type, at: moment, ...data } = event;
  switch (event.type) {
    case "field_change":
      return { type, actor: "user", at: moment, data: changed(event.fieldId, event.value) };
    case "step_reached":
      return { type, actor: "user", at: moment, data: { stage: event.step } };
    case "document_uploaded":
      return { type, actor: "user", at: moment, data };
    default:
      return { type, actor: "system", at: moment, data };
  }
}

/**
 * A private value is kept masked, and not under `value`: two of them may look alike when masked, and rules would take
 * the second for no change.
 */
function changed(
  fieldId: string,
  value: string | number | boolean | null | undefined,
): Record<string, unknown> {
  if (value === undefined || value === null || value === "" || typeof value === "boolean")
    return { fieldId, value };
  const isPrivate = isPrivateName(fieldId) || isPrivateText(String(value));
  return isPrivate ? { fieldId, masked: maskPrivate(String(value)) } : { fieldId, value };
}
