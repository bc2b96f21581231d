import type { Escalation } from "@hybrid-orchestrator/core";
import { startSlas } from "../time/sla.js";
import type { Context } from "./context.js";
import { runLevels } from "./levels.js";
import { type Step, Transition } from "./step.js";

export type OpenRequest = Pick<
  Escalation,
  | "id"
  | "sessionId"
  | "parentId"
  | "kind"
  | "reason"
  | "requestedBy"
  | "suggestedHumanAction"
  | "priority"
  | "queue"
  | "skills"
  | "channel"
  | "policyName"
  | "policy"
  | "question"
  | "approval"
> & {
  /** `seq` of the session's last activity. */
  readonly seq: number;
  /** When escalations of the session were opened within the last hour. */
  readonly openings: readonly number[];
};

const hourMs = 3_600_000;

/** The openings that still count towards the limit of one hour. */
export function recentOpenings(
  latest: Pick<Escalation, "openings"> | undefined,
  now: number,
): readonly number[] {
  return (latest?.openings ?? []).filter((at) => at > now - hourMs);
}

/** Who asks, where it is a worker. */
export function requestingWorker(requestedBy: string): string | null {
  return requestedBy.startsWith("worker:") ? requestedBy.slice("worker:".length) : null;
}

/** Opens an escalation; its first level fires at once. */
export function openEscalation(request: OpenRequest, context: Context): Step {
  const { now } = context;
  const { seq, openings, ...given } = request;
  const escalation: Escalation = {
    ...given,
    status: "queued",
    progress: {
      cycle: 1,
      repeats: 0,
      level: -1,
      dueAt: now,
      remainingMs: null,
      held: false,
      reachedSomebody: false,
      exhausted: false,
      fellBack: false,
      told: [],
      toldChannel: false,
    },
    claimEpoch: 0,
    holder: null,
    offers: [],
    transfer: null,
    skipped: [],
    snoozedUntil: null,
    slas: startSlas(request.policy, now),
    expiresAt: now + request.policy.ttlSeconds * 1_000,
    checkAt: null,
    openedSeq: seq,
    openedAt: now,
    openings: [...openings, now],
    claimedAt: null,
    respondedAt: null,
    endedAt: null,
    outcome: null,
    disposition: null,
    handBack: null,
    releases: 0,
    transfers: 0,
    lastHolder: null,
    notes: [],
    answer: null,
    usedTokens: [],
    updatedAt: now,
  };
  const transition = new Transition(escalation, now).event("escalation.opened", {
    worker: requestingWorker(request.requestedBy),
    reason: request.reason,
    details: { requestedBy: request.requestedBy, priority: request.priority, queue: request.queue },
  });
  if (request.kind === "takeover" && request.policy.meanwhile === "hold")
    transition.add({
      type: "owner",
      owner: "nobody",
      worker: null,
      announcement: "waiting",
      text: null,
      reason: request.reason,
    });
  runLevels(transition, context);
  const { escalation: opened, consequences } = transition.done();
  return { escalation: opened, consequences };
}
