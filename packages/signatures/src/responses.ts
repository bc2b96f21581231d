import type { Refusal } from "./verdict.js";

export type RefusalReason = Refusal | "too_large" | "unreadable" | "timeout" | "busy" | "full";

export interface RefusedOutcome {
  readonly outcome: "refused";
  readonly reason: RefusalReason;
  /** For logs; the response does not hold it. */
  readonly detail: string;
  readonly response: Response;
}

/** A refusal with its answer, which tells no more than its status: what exactly was wrong helps only to guess on. */
export function refusalResponse(reason: RefusalReason, detail: string): RefusedOutcome {
  return { outcome: "refused", reason, detail, response: responseTo(reason) };
}

function responseTo(reason: RefusalReason): Response {
  switch (reason) {
    case "missing":
    case "malformed":
    case "mismatch":
    case "expired":
    case "future":
      return json(401, "unauthorized");
    case "too_large":
      return json(413, "too_large");
    case "unreadable":
      return json(400, "bad_request");
    case "timeout":
      return json(408, "timeout");
    case "busy":
    case "full":
      // Senders that retry come back; those that do not have been told that nothing was done.
      return json(503, "busy", { "retry-after": "5" });
  }
}

function json(status: number, error: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error }, { status, headers: { "cache-control": "no-store", ...headers } });
}
