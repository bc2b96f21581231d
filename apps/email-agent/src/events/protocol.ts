import { z } from "zod";
import type { Mail, MailEvent } from "../mail.js";

/**
 * `orchestrator_events` carries `listener_log` alone. The Python client takes each `inbox_update` for an
 * `email_received` as well, so both on one channel would tell it of every mail twice.
 */
const channels = ["orchestrator_events", "inbox"] as const;
export type ChannelName = (typeof channels)[number];

export type ServerMessage =
  | { readonly type: "listener_log"; readonly data: MailEvent }
  | { readonly type: "inbox_update"; readonly data: Partial<Mail> }
  | { readonly type: "subscribed" | "unsubscribed"; readonly channel: ChannelName }
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly message: string };

const clientMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("subscribe"), channel: z.enum(channels) }),
  z.object({ type: z.literal("unsubscribe"), channel: z.enum(channels) }),
  z.object({ type: z.literal("ping") }),
]);
export type ClientMessage = z.output<typeof clientMessage>;

/** What a client said, or what is wrong with it. */
export function readMessage(
  text: string,
): ClientMessage | { readonly type: "error"; readonly message: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { type: "error", message: "a message must be JSON" };
  }
  const result = clientMessage.safeParse(json);
  if (result.success) return result.data;
  return {
    type: "error",
    message: `a message must be subscribe or unsubscribe with a channel (${channels.join(", ")}), or ping`,
  };
}

/** What a channel's subscribers are told of an event. */
export function messageFor(channel: ChannelName, event: MailEvent): ServerMessage | undefined {
  switch (channel) {
    case "orchestrator_events":
      return { type: "listener_log", data: event };
    case "inbox": {
      if (event.eventType !== "email_received") return undefined;
      const { eventType: _, timestamp: __, ...mail } = event;
      return { type: "inbox_update", data: mail };
    }
  }
}
