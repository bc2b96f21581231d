import type { DeliveryEffect, LocalizedText, Message, Session } from "@hybrid-orchestrator/core";
import type { ContextAttempt, ContextPackage } from "./package.js";

/** A message to the user and what became of it; null for one to workers. */
export function sentOf(
  { id, delivery, updatedAt }: DeliveryEffect,
  { recipient }: Pick<Session, "recipient">,
): ContextPackage["sent"][number] | null {
  const { message, attempts, nextChannel, status, reason } = delivery;
  if (message.audience !== "user") return null;
  return {
    id,
    at: message.createdAt,
    by: authorOf(message),
    text: textFor(message.content, message.recipient.locale ?? recipient?.locale),
    channel: attempts.at(-1)?.channel ?? nextChannel,
    status,
    reason,
    attempts: attempts.length,
    updatedAt,
  };
}

/** What became of the messages that decisions asked for: each left in the same commit, at the same moment. */
export function promptsOf(deliveries: readonly DeliveryEffect[]) {
  const byPrompt = new Map<
    string,
    { id: string; status: DeliveryEffect["delivery"]["status"]; reason: string | null }
  >();
  for (const { id, delivery } of deliveries) {
    const { message, status, reason } = delivery;
    const { agent } = message.metadata;
    if (typeof agent === "string" && typeof message.content === "string")
      byPrompt.set(keyOf(agent, message.createdAt, message.content), { id, status, reason });
  }
  return {
    settle(attempt: ContextAttempt): ContextAttempt {
      if (attempt.kind !== "decision" || attempt.message === null) return attempt;
      const delivery = byPrompt.get(keyOf(attempt.agent, attempt.at, attempt.message));
      return delivery === undefined ? attempt : { ...attempt, delivery };
    },
  };
}

function keyOf(agent: string, at: number, text: string): string {
  return `${at}\n${agent}\n${text}`;
}

function authorOf({ metadata, trigger, automated }: Message): string {
  const { agent, worker, announcement } = metadata;
  if (typeof worker === "string" && !automated) return `worker:${worker}`;
  if (typeof agent === "string") return `agent:${agent}`;
  if (typeof announcement === "string") return "announcement";
  return trigger === null ? "api" : `trigger:${trigger}`;
}

/** In the reader's language where there is one: the same tag, the same language, else the one for everybody. */
function textFor(content: LocalizedText, locale: string | undefined): string {
  if (typeof content === "string") return content;
  const wanted = locale?.toLowerCase() ?? "";
  const language = wanted.split("-", 1)[0];
  const tags = Object.keys(content);
  const tag =
    tags.find((one) => one.toLowerCase() === wanted) ??
    tags.find((one) => one.toLowerCase().split("-", 1)[0] === language) ??
    "default";
  return content[tag] ?? content.default ?? "";
}
