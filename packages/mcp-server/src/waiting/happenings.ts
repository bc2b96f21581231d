import { type Escalation, hasEnded, type OrchestratorEvent } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { momentOf, type Shown } from "../views.js";

export const happeningKinds = [
  "claimed",
  "said",
  "released",
  "nobody_came",
  "answered",
  "decided",
  "handed_back",
  "resolved",
  "cancelled",
  "expired",
] as const;
type HappeningKind = (typeof happeningKinds)[number];

export const happeningView = z.object({
  what: z.enum(happeningKinds),
  at: z.string().describe("ISO 8601"),
  by: z.string().nullable().describe("Which human."),
  text: z.string().nullable(),
});
export type Happening = z.output<typeof happeningView>;

/** How an event changes what somebody who waits for a human would do; null where it does not. */
export function happeningOf(
  event: OrchestratorEvent,
  escalation: Escalation,
  shown: Shown,
): Happening | null {
  const at = momentOf(event.at);
  if (event.type === "activity.recorded") {
    // A question is answered by the escalation itself; what else people say in the session is about something else.
    if (escalation.kind !== "takeover" || event.data.seq <= escalation.openedSeq) return null;
    const { type, actor, data } = event.data;
    if (type !== "message" || actor !== "human" || typeof data.text !== "string") return null;
    const by = typeof data.worker === "string" ? data.worker : null;
    return { what: "said", at, by, text: shown.text(data.text) };
  }
  const what = kindOf(event, escalation);
  if (what === null) return null;
  const { worker, reason } = event.data as { readonly worker: string | null; readonly reason: string | null };
  return { what, at, by: worker, text: textOf(what, reason, escalation, shown) };
}

function kindOf(
  event: OrchestratorEvent,
  { id, kind, handBack, approval }: Escalation,
): HappeningKind | null {
  const { data } = event;
  if (!("escalationId" in data) || data.escalationId !== id) return null;
  switch (event.type) {
    case "escalation.claimed":
    case "escalation.transferred":
      return "claimed";
    case "escalation.released":
      return "released";
    case "escalation.exhausted":
      return "nobody_came";
    case "approval.decided":
      return "decided";
    case "escalation.handed_back":
      return "handed_back";
    case "escalation.resolved":
      // Told by its own event in the same commit.
      if (handBack !== null || approval?.decidedAt != null) return null;
      return kind === "question" ? "answered" : "resolved";
    case "escalation.cancelled":
      return "cancelled";
    case "escalation.expired":
      return "expired";
    default:
      return null;
  }
}

function textOf(
  what: HappeningKind,
  reason: string | null,
  { answer }: Escalation,
  shown: Shown,
): string | null {
  const text = what === "answered" ? (answer ?? reason) : reason;
  return text === null ? null : shown.text(text);
}

/** How the escalation stands: the end where it has ended, else what is new, else that it waits. */
export function outcomeOf(escalation: Escalation, happened: readonly Happening[]): HappeningKind | "waiting" {
  const { status, kind, handBack, answer, approval } = escalation;
  if (hasEnded(status)) {
    if (handBack !== null) return "handed_back";
    if (approval?.decidedAt != null) return "decided";
    if (kind === "question" && answer !== null) return "answered";
    return status === "cancelled" || status === "expired" ? status : "resolved";
  }
  return happened.at(-1)?.what ?? "waiting";
}
