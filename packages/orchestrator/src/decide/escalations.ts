import {
  type Approval,
  createId,
  type Escalation,
  type EscalationKind,
  hasEnded,
  logEntry,
  type NewEvent,
  OrchestratorError,
  type Skill,
  type Urgency,
} from "@hybrid-orchestrator/core";
import {
  approvedArgs,
  type Consequence,
  type Context,
  eventData,
  openEscalation as openByMachine,
  ownerAfter,
  recentOpenings,
  requestingWorker,
  type Step,
  userWrote,
  wordsFor,
} from "@hybrid-orchestrator/escalation";
import { askAgent } from "./agent-calls.js";
import { callText, shownReason } from "./call-text.js";
import { newEffect } from "./effects.js";
import { notify, withdrawNotices } from "./notices.js";
import { announce, changeOwner } from "./owner.js";
import { rewriteNotices } from "./rewrites.js";
import type { EscalationRules } from "./rulebook.js";
import { summarizeForHandover } from "./summaries.js";
import { executeApproved } from "./tools.js";
import type { SessionWork } from "./work.js";

export interface EscalationRequest {
  readonly reason: string;
  /** `agent:NAME`, `trigger:NAME`, `worker:ID`, `plugin:NAME`, `user` or `api`. */
  readonly requestedBy: string;
  readonly suggestedHumanAction: string | null;
  readonly kind?: EscalationKind;
  readonly priority?: Urgency | undefined;
  readonly queue?: string | null | undefined;
  readonly skills?: readonly Skill[] | undefined;
  readonly channel?: string | undefined;
  /** Default: the orchestrator's. */
  readonly policy?: string | undefined;
  readonly question?: string | undefined;
  readonly parentId?: string | undefined;
  /** Of an approval: what is proposed. */
  readonly approval?: Approval | undefined;
}

export function contextOf(work: SessionWork): Context {
  return { now: work.session.evaluatedAt, staff: requireRules(work).staff() };
}

/** @throws OrchestratorError `invalid_configuration` where nobody is waited for */
function requireRules({ rulebook }: SessionWork): EscalationRules {
  if (rulebook.escalation !== null) return rulebook.escalation;
  throw new OrchestratorError(
    "invalid_configuration",
    "This orchestrator does not escalate. Give createOrchestrator the option escalation, e.g. escalation: {}.",
  );
}

/** Somebody wants a human: told, and waited for where there are rules for it. Never refused from inside a decision. */
export function requestEscalation(work: SessionWork, request: EscalationRequest): void {
  const { reason, requestedBy, suggestedHumanAction } = request;
  const at = work.session.evaluatedAt;
  work.event({ type: "escalation.requested", at, data: { reason, requestedBy, suggestedHumanAction } });
  if (work.rulebook.escalation === null) return;
  try {
    openEscalation(work, request);
  } catch (error) {
    const newest = work.escalations().at(-1);
    if (!OrchestratorError.isInstance(error, "escalation_limit") || newest === undefined) throw error;
    work.event({ type: "escalation.refused", at, data: eventData(newest, { reason: error.message }) });
  }
}

/**
 * Opens one; a second takeover merges into the open one.
 * @throws OrchestratorError `escalation_limit`, `unknown_name`, `invalid_configuration`
 */
export function openEscalation(work: SessionWork, request: EscalationRequest): Escalation {
  const rules = requireRules(work);
  const context = contextOf(work);
  const { kind = "takeover", reason, requestedBy, suggestedHumanAction } = request;
  const open = work.escalations().find((other) => other.kind === "takeover" && !hasEnded(other.status));
  if (kind === "takeover" && open !== undefined) {
    const data = eventData(open, {
      worker: requestingWorker(requestedBy),
      reason: `${requestedBy}: ${reason}`,
    });
    work.event({ type: "escalation.merged", at: context.now, data });
    return open;
  }
  const openings = recentOpenings(work.escalations().at(-1), context.now);
  if (openings.length >= rules.maxPerHour)
    throw new OrchestratorError(
      "escalation_limit",
      `Session ${work.session.id} has had ${openings.length} escalations within the hour, which is the limit. Try again later, or raise maxPerHour.`,
    );
  const policyName = request.policy ?? rules.defaultPolicy;
  const step = openByMachine(
    {
      id: createId(context.now),
      sessionId: work.session.id,
      kind,
      reason,
      requestedBy,
      suggestedHumanAction,
      priority: request.priority ?? "normal",
      queue: request.queue ?? null,
      skills: request.skills ?? [],
      channel: request.channel ?? "chat",
      policyName,
      policy: rules.policy(policyName),
      parentId: request.parentId ?? null,
      question: request.question ?? null,
      approval: request.approval ?? null,
      seq: work.session.lastSeq,
      openings,
    },
    context,
  );
  applyStep(work, step);
  summarizeForHandover(work);
  return step.escalation;
}

/** Takes over what the machine decided, with all that follows from it, into the same commit. */
export function applyStep(work: SessionWork, { escalation, consequences }: Step): void {
  if (work.escalation(escalation.id) !== escalation) work.putEscalation(escalation);
  for (const consequence of consequences) follow(work, escalation, consequence);
}

/** The user has done something: whoever holds the session learns of it. */
export function userActed(work: SessionWork, text: string): void {
  if (work.rulebook.escalation === null) return;
  for (const escalation of work.escalations())
    if (escalation.kind === "takeover" && escalation.holder !== null)
      applyStep(work, userWrote(escalation, text, contextOf(work)));
}

function follow(work: SessionWork, escalation: Escalation, one: Consequence): void {
  const at = work.session.evaluatedAt;
  switch (one.type) {
    case "event":
      work.event({ type: one.name, at, data: one.data } as NewEvent);
      return;
    case "notify":
      call(work, escalation, one);
      return;
    case "seek_offer":
      staff(work, escalation, { task: "offer", worker: null });
      return;
    case "settle":
      staff(work, escalation, { task: "settle", worker: one.worker });
      return;
    case "owner":
      own(work, escalation, one);
      return;
    case "say":
      announce(work, one.announcement, { text: one.text, worker: null });
      return;
    case "withdraw":
      withdraw(work, escalation, one);
      return;
    case "tell":
      notify(work, escalation, { text: one.text, urgency: "high", worker: one.worker, channel: null });
      return;
    case "hand_back":
      work.append({
        id: createId(at),
        type: logEntry.handedBack,
        actor: "human",
        channel: null,
        data: { escalationId: escalation.id, worker: one.worker, mode: one.mode, note: { ...one.note } },
        occurredAt: at,
        createdAt: work.now,
      });
      return;
    case "ask_agent":
      if (work.session.status === "active" && (one.agent ?? work.rulebook.defaultAgent) !== null)
        askAgent(work, { agent: one.agent, reason: one.reason, trigger: null });
      return;
    case "execute":
      if (escalation.approval !== null)
        executeApproved(work, escalation.id, escalation.approval, approvedArgs(escalation));
      return;
  }
}

function own(work: SessionWork, escalation: Escalation, one: Extract<Consequence, { type: "owner" }>): void {
  const { workers } = requireRules(work).staff();
  // Whoever left is named when the session is lost.
  const before = work.session.owner.kind === "human" ? workers.get(work.session.owner.worker) : undefined;
  const worker = (one.worker === null ? before : workers.get(one.worker)) ?? null;
  const changed = changeOwner(work, ownerAfter(one, work.rulebook.defaultAgent), one.reason);
  const words = wordsFor(one, escalation.policy, { changed });
  if (words !== null) announce(work, one.announcement, { ...words, worker });
}

function call(
  work: SessionWork,
  escalation: Escalation,
  one: Extract<Consequence, { type: "notify" }>,
): void {
  const text =
    one.transferFrom === null
      ? callText(work, escalation)
      : `${one.transferFrom} asks you to take over. ${callText(work, escalation)}`;
  const metadata = {
    call: true,
    cycle: escalation.progress.cycle,
    level: escalation.progress.level,
    claimEpoch: escalation.claimEpoch,
    ...(escalation.approval !== null && { argsHash: escalation.approval.argsHash }),
    ...(one.offer !== null && { offerId: one.offer.id, expiresAt: one.offer.expiresAt }),
  };
  const { urgency } = one;
  for (const worker of one.workers)
    notify(work, escalation, { text, urgency, worker, channel: null, metadata: { ...metadata, worker } });
  for (const channel of one.channels)
    notify(work, escalation, { text, urgency, worker: null, channel, metadata });
}

/** Calls that wait do not leave; whoever was told already learns who has it. */
function withdraw(
  work: SessionWork,
  escalation: Escalation,
  one: Extract<Consequence, { type: "withdraw" }>,
): void {
  withdrawNotices(work, escalation, one.reason);
  rewriteNotices(work, escalation, `${one.reason}: ${shownReason(work, escalation)}`);
  if (hasEnded(escalation.status)) return;
  for (const worker of escalation.progress.told)
    if (worker !== one.except)
      notify(work, escalation, {
        text: `${one.reason}: ${shownReason(work, escalation)}`,
        urgency: "low",
        worker,
        channel: null,
      });
}

function staff(
  work: SessionWork,
  { id }: Escalation,
  { task, worker }: { readonly task: "settle" | "offer"; readonly worker: string | null },
): void {
  for (const effect of work.effects()) {
    if (effect.kind !== "staffing" || effect.dueAt === null || effect.lease !== null) continue;
    const { staffing } = effect;
    if (staffing.escalationId === id && staffing.task === task && staffing.worker === worker) return;
  }
  work.putEffect({
    ...newEffect(work, "staffing"),
    kind: "staffing",
    staffing: { task, escalationId: id, worker, status: "pending" },
  });
}
