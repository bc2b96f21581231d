import { namesDeadAddress } from "./smtp-outcome.js";

/** What a mail system says of one recipient of a mail of ours. */
export interface DeliveryStatusField {
  readonly action: "failed" | "delayed" | "delivered" | "relayed" | "expanded";
  /** RFC 3463, as in `5.1.1`; empty where it is missing or malformed. */
  readonly status: string;
  /** The address itself is at fault: nothing will ever arrive there. */
  readonly isDeadAddress: boolean;
}

const mostRecipients = 100;

/**
 * The recipients of a `message/delivery-status` part (RFC 3464, 2.1): groups of fields with blank lines between them,
 * the first about the mail as a whole. Groups without an action that is known are left out.
 */
export function readDeliveryStatus(part: string): DeliveryStatusField[] {
  return (
    part
      .slice(0, 65_536)
      .replace(/\r\n/g, "\n")
      // A folded line goes on with a blank.
      .replace(/\n[ \t]+/g, " ")
      .split(/\n{2,}/)
      .slice(0, mostRecipients + 1)
      .flatMap((group) => {
        const action = fieldOf(group, "action").toLowerCase();
        const status = /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(fieldOf(group, "status"))?.[0] ?? "";
        return isAction(action) ? [{ action, status, isDeadAddress: namesDeadAddress(status) }] : [];
      })
  );
}

function fieldOf(group: string, name: string): string {
  for (const line of group.split("\n")) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return "";
}

function isAction(text: string): text is DeliveryStatusField["action"] {
  return ["failed", "delayed", "delivered", "relayed", "expanded"].includes(text);
}
