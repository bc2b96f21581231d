import type { Message } from "@hybrid-orchestrator/core";
import type { HubPolicy } from "./policy.js";
import type { Step } from "./step.js";

/** A message that decides nothing about whom it goes to: all workers. */
export type Alert = Omit<Message, "id" | "recipient" | "createdAt">;

/**
 * What workers are told when a decision has ended a message to a user that has got through on no channel; null where
 * they need not be told. Fallback itself never crosses from users to workers.
 */
export function alertFor({ effect, events }: Step, { unreachedAlert }: HubPolicy): Alert | null {
  const { message, reason } = effect.delivery;
  if (unreachedAlert === null || message.audience !== "user" || effect.dueAt !== null) return null;
  if (!events.some(({ type }) => type === "delivery.failed" || type === "delivery.bounced")) return null;
  const { urgencies, urgency, content, channel = null } = unreachedAlert;
  if (!urgencies.includes(message.urgency)) return null;
  return {
    content,
    template: true,
    subject: null,
    urgency,
    audience: "worker",
    need: null,
    severity: message.severity,
    channel,
    // It is about what has happened already.
    validWhile: "always",
    whileHuman: "send",
    kind: "follow_up",
    metadata: { unreachedDeliveryId: effect.id },
    trigger: message.trigger,
    reason,
    automated: true,
  };
}
