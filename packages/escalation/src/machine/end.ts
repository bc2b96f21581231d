import type { Approval, Disposition, Escalation, LocalizedText } from "@hybrid-orchestrator/core";
import { meetSla } from "../time/sla.js";
import type { Context } from "./context.js";
import type { Announcement, EscalationEventName, Transition } from "./step.js";

export interface Ending {
  readonly status: "resolved" | "cancelled" | "expired";
  /** In words, for people. */
  readonly outcome: string;
  /** Whose the session is afterwards, where this was a takeover; `unchanged` when the session itself has ended. */
  readonly next: "ai" | "nobody" | "unchanged";
  /** Default: that the AI is back, or that it is over. */
  readonly announcement?: Announcement;
  /** What the user is told instead of the announcement's own text. */
  readonly text?: LocalizedText | null;
  readonly disposition?: Disposition | null;
  /** Who ended it. */
  readonly worker?: string | null;
  /** What that worker did, where it is more than to end it. */
  readonly partOf?: EscalationEventName;
}

/** Ends an escalation: offers end, capacity comes back, every timer is void, and the session is somebody else's. */
export function end(transition: Transition, ending: Ending, { now }: Context): void {
  const { holder, kind, approval, answer } = transition.escalation;
  dropOffers(transition);
  dropTransfer(transition);
  if (holder !== null) transition.add({ type: "settle", worker: holder.worker });
  transition.set({
    status: ending.status,
    endedAt: now,
    outcome: ending.outcome,
    disposition: ending.disposition ?? null,
    holder: null,
    snoozedUntil: null,
    checkAt: null,
    slas: transition.escalation.slas.map((sla) => (ending.status === "resolved" ? meetSla(sla, now) : sla)),
    ...(holder !== null && { claimEpoch: transition.escalation.claimEpoch + 1 }),
    ...(approval?.status === "requested" && { approval: { ...approval, status: undecided(ending) } }),
  });
  transition.progress({ dueAt: null, remainingMs: null, held: false });
  transition.event(`escalation.${ending.status}`, {
    worker: ending.worker ?? null,
    reason: ending.outcome,
    details: {
      ...(ending.disposition != null && { disposition: ending.disposition }),
      ...(ending.partOf !== undefined && { partOf: ending.partOf }),
      // Whoever held it did not end it.
      ...(ending.worker == null && holder !== null && { holder: holder.worker }),
    },
  });
  transition.add({ type: "withdraw", reason: ending.outcome, except: ending.worker ?? null });
  if (kind !== "takeover") {
    const told =
      approval === null ? answer !== null : approval.status !== "requested" || approval.agent === null;
    if (!told && ending.next !== "unchanged")
      transition.add({
        type: "ask_agent",
        reason: unanswered(kind, approval, ending),
        agent: approval?.agent ?? null,
      });
    return;
  }
  if (ending.next === "unchanged") return;
  transition.add({
    type: "owner",
    owner: ending.next,
    worker: null,
    announcement: ending.announcement ?? (ending.next === "ai" ? "ai" : "expire"),
    text: ending.text ?? null,
    reason: ending.outcome,
  });
}

/** What an agent that waits for a human is told when none decided. Expiry is not rejection, and says so. */
function unanswered(
  kind: Escalation["kind"],
  approval: Approval | null,
  { status, outcome }: Ending,
): string {
  const about = approval === null ? `The ${kind}` : `The request to run ${approval.tool}`;
  const how = {
    expired: "expired: nobody decided, and nobody refused",
    cancelled: "was withdrawn",
    resolved: "ended without a decision",
  };
  return `${about} ${how[status]} (${outcome}).`;
}

function undecided({ status }: Ending): "expired" | "superseded" | "ignored" {
  return status === "expired" ? "expired" : status === "cancelled" ? "superseded" : "ignored";
}

export function dropOffers(transition: Transition, except: string | null = null): void {
  const { offers } = transition.escalation;
  if (offers.length === 0) return;
  for (const { worker } of offers) if (worker !== except) transition.add({ type: "settle", worker });
  transition.set({ offers: [] });
}

export function dropTransfer(transition: Transition): Escalation["transfer"] {
  const { transfer } = transition.escalation;
  if (transfer === null) return null;
  transition.set({ transfer: null });
  if ("worker" in transfer.to) transition.add({ type: "settle", worker: transfer.to.worker });
  return transfer;
}
