import { type JsonObject, parseJson } from "@hybrid-orchestrator/core";
import { z } from "zod";

export type EmailEventType = "email_received" | "email_sent" | "email_starred" | "email_archived" | "unknown";

/** What an e-mail agent tells of a mail. Missing texts are empty. */
export interface EmailEvent {
  readonly type: EmailEventType;
  readonly messageId: string;
  readonly subject: string;
  readonly sender: string;
  readonly recipient: string;
  readonly timestamp: string;
  /** All that the agent said, as it said it. */
  readonly metadata: JsonObject;
}

export type Profile = "orchestrator" | "public-demo";

export type ServerMessage =
  | { readonly kind: "event"; readonly event: EmailEvent }
  /** Mails of the inbox, new or not. */
  | { readonly kind: "inbox"; readonly events: readonly EmailEvent[] }
  | { readonly kind: "subscribed" }
  | { readonly kind: "error"; readonly message: string }
  | { readonly kind: "other" };

const object = z.record(z.string(), z.json());
const envelope = z.looseObject({ type: z.string() });
const other = { kind: "other" } as const;

/** What a message on the WebSocket says. Whatever is not understood is `other`. */
export function readServerMessage(text: string, profile: Profile): ServerMessage {
  const read = envelope.safeParse(parseJson(text));
  if (!read.success) return other;
  const message = read.data;
  switch (message.type) {
    case "subscribed":
      return { kind: "subscribed" };
    case "error":
      return { kind: "error", message: textOf(message.message ?? message.error) };
    case "listener_log": {
      const data = object.safeParse(profile === "public-demo" ? message.log : message.data);
      return data.success ? { kind: "event", event: eventOf(data.data as JsonObject) } : other;
    }
    case "inbox_update": {
      const mails = z.array(object).safeParse(profile === "public-demo" ? message.emails : [message.data]);
      return mails.success
        ? { kind: "inbox", events: mails.data.map((row) => receivedOf(row as JsonObject)) }
        : other;
    }
    default:
      return other;
  }
}

/** A mail of the inbox, as the event of its arrival. */
export function receivedOf(row: JsonObject): EmailEvent {
  return { ...eventOf(row), type: "email_received" };
}

function eventOf(data: JsonObject): EmailEvent {
  return {
    type: typeOf(data.eventType ?? data.event_type),
    messageId: textOf(data.messageId ?? data.message_id),
    subject: textOf(data.subject),
    sender: textOf(data.from ?? data.from_address),
    recipient: textOf(data.to ?? data.to_addresses),
    timestamp: textOf(data.timestamp ?? data.date ?? data.date_sent),
    metadata: data,
  };
}

function typeOf(type: unknown): EmailEventType {
  switch (type) {
    case "email_received":
    case "email_sent":
    case "email_starred":
    case "email_archived":
      return type;
    default:
      return "unknown";
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "string" ? value : "";
}
