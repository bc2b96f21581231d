import type { DeliveryReport } from "@hybrid-orchestrator/core";
import { knownError } from "./error-codes.js";

/**
 * Twilio's callback about a message that was sent, as a report; undefined where it says nothing. Callbacks come in any
 * order; the hub moves forward alone.
 * Source: twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks.
 */
export function readStatus(
  form: URLSearchParams,
  { channel, deliveryId }: { readonly channel: string; readonly deliveryId: string | null },
): DeliveryReport | undefined {
  const externalId = form.get("MessageSid");
  if (externalId === null || externalId === "") return undefined;
  const change = changeOf(form.get("MessageStatus"), form.get("ErrorCode"));
  if (change === undefined) return undefined;
  return { ...(deliveryId !== null && { deliveryId }), channel, externalId, ...change };
}

type Change = Pick<DeliveryReport, "status" | "reason" | "suppress">;

function changeOf(status: string | null, errorCode: string | null): Change | undefined {
  switch (status) {
    // Twilio has it: all that a request without an answer leaves open.
    case "accepted":
    case "scheduled":
    case "queued":
    case "sending":
    case "sent":
      return { status: "sent" };
    case "delivered":
    case "read":
      return { status };
    case "undelivered":
    case "failed":
    case "canceled":
      return { status: "bounced", ...failureOf(status, errorCode) };
    default:
      return undefined;
  }
}

function failureOf(status: string, errorCode: string | null): Pick<Change, "reason" | "suppress"> {
  if (errorCode === null || !/^\d{1,6}$/.test(errorCode)) return { reason: `Twilio: ${status}` };
  const known = knownError(Number(errorCode));
  const reason = `Twilio: ${status}, code ${errorCode}${known ? `: ${known.meaning}` : ""}`;
  return { reason, ...(known?.suppress && { suppress: true }) };
}
