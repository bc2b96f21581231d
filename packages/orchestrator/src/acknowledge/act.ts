import {
  type Escalation,
  hasEnded,
  maskText,
  OrchestratorError,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import * as machine from "@hybrid-orchestrator/escalation";
import { shownReason } from "../decide/call-text.js";
import { applyStep, contextOf } from "../decide/escalations.js";
import { notify } from "../decide/notices.js";
import { decideCall } from "../decide/tools.js";
import type { SessionWork } from "../decide/work.js";
import { idempotencyTtlMs } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { reserveFor, settlePlace } from "../staff/capacity.js";
import type { Call } from "./calls.js";
import type { Refusals, TokenRefusal } from "./refusals.js";
import { workerText } from "./texts.js";
import type { Acknowledgement } from "./tokens.js";

export interface Acting {
  readonly call: Call;
  readonly action: Acknowledgement;
  /** Who acts, as the call or the surface proves it. */
  readonly worker: string;
  /** Of the token for this call and action, however it is acted: one answer, by whichever way it comes. */
  readonly tokenId: string;
  /** The message by which it came: it counts once. */
  readonly idempotencyKey?: string;
  /** Where whoever takes it is told so; absent: they see it at once. */
  readonly tellOn?: string;
}

export type Acted =
  | { readonly kind: "done" | "repeated"; readonly escalation: Escalation }
  | { readonly kind: "refused"; readonly reason: TokenRefusal };

/**
 * Does what a token, a button or a reply says, and uses it up in the same commit. What is refused is recorded.
 * @throws OrchestratorError `escalation_taken`, `escalation_ended`, `no_capacity`, `not_eligible`, `approval_mismatch`
 */
export async function act(runtime: Runtime, refusals: Refusals, acting: Acting): Promise<Acted> {
  const { call, action, worker } = acting;
  const escalation = await runtime.storage.getEscalation(call.escalationId);
  if (escalation === null) return { kind: "refused", reason: "forged" };
  const takes = action === "claim" && wouldTake(escalation, acting);
  const place = takes ? await reserveFor(runtime, escalation, worker) : null;
  const record = place?.worker ?? null;
  try {
    return await runtime.submit(call.sessionId, (work) => decide(work, { ...acting, record, refusals }), {
      escalationIds: [call.escalationId],
      ...(acting.idempotencyKey !== undefined && { idempotencyKey: acting.idempotencyKey }),
    });
  } finally {
    // The commit has an effect for it as well, for whoever dies here.
    if (place !== null) await settlePlace(runtime, call.escalationId, { worker, place });
  }
}

/** Whether it is worth a place of the worker's capacity: what is refused anyhow is refused for its own reason. */
function wouldTake(escalation: Escalation, { worker, tokenId, call }: Acting): boolean {
  const { holder, transfer, status, usedTokens, claimEpoch } = escalation;
  if (hasEnded(status) || usedTokens.includes(tokenId) || claimEpoch !== call.claimEpoch) return false;
  return holder === null || (transfer !== null && holder.worker !== worker);
}

interface Deciding extends Acting {
  readonly record: WorkerRecord | null;
  readonly refusals: Refusals;
}

function decide(work: SessionWork, deciding: Deciding): Acted {
  const { call, tokenId, idempotencyKey, worker, action, tellOn, refusals } = deciding;
  const escalation = work.escalation(call.escalationId);
  if (escalation === undefined) return { kind: "refused", reason: "forged" };
  if (idempotencyKey !== undefined && work.idempotent(idempotencyKey) !== undefined)
    return { kind: "repeated", escalation };
  // Also of what is refused: a snapshot that was kept does not know the key, and its commit then fails.
  const once = (): void => {
    if (idempotencyKey === undefined) return;
    const outcome = { fromSeq: work.session.lastSeq + 1, count: 0 };
    work.addIdempotency({ key: idempotencyKey, outcome, expiresAt: work.now + idempotencyTtlMs });
  };
  const refused = (reason: TokenRefusal): Acted => {
    once();
    refusals.record(work, escalation, { worker, action, reason });
    return { kind: "refused", reason };
  };
  if (escalation.usedTokens.includes(tokenId)) return refused("used");
  machine.requireOpen(escalation);
  if (isStale(escalation, deciding)) return refused("stale");
  // Marked beforehand, so that it is part of whatever the action makes of it.
  const marked = {
    ...escalation,
    usedTokens: [...escalation.usedTokens, tokenId],
    updatedAt: work.session.evaluatedAt,
  };
  const used = carryOut(work, marked, deciding);
  if (used === null) return refused("stale");
  once();
  if (action === "claim" && tellOn !== undefined && escalation.holder?.worker !== worker)
    notify(work, used, { text: takenText(work, used, worker), urgency: "normal", worker, channel: tellOn });
  return { kind: "done", escalation: used };
}

/** Whether it has changed hands since the call; of a claim the machine judges that, which knows who has it instead. */
function isStale(escalation: Escalation, { call, action }: Acting): boolean {
  if (escalation.claimEpoch === call.claimEpoch || action === "claim") return false;
  return action === "decline" || escalation.holder === null;
}

/** Null: it has changed hands since. */
function carryOut(work: SessionWork, escalation: Escalation, deciding: Deciding): Escalation | null {
  const { call, action, worker, record } = deciding;
  const context = contextOf(work);
  switch (action) {
    case "claim": {
      const step = claimStep(work, escalation, { call, worker, record });
      if (step !== null) applyStep(work, step);
      return step === null ? null : step.escalation;
    }
    case "decline": {
      const step = machine.decline(escalation, { worker, reason: null }, context);
      applyStep(work, step);
      return step.escalation;
    }
    case "approve":
    case "reject":
      return decideCall(work, escalation, {
        worker: known(context, worker),
        decision: action,
        // Of what was proposed when the call was made: nothing else is decided by it.
        argsHash: call.argsHash ?? "",
        comment: null,
      });
  }
}

/** @throws OrchestratorError `not_found` */
function known({ staff }: machine.Context, worker: string): WorkerRecord {
  const record = staff.workers.get(worker);
  if (record !== undefined) return record;
  throw new OrchestratorError("not_found", `No worker has the id ${worker}. Register them first.`);
}

function claimStep(
  work: SessionWork,
  escalation: Escalation,
  { call, worker, record }: Pick<Deciding, "call" | "worker" | "record">,
): machine.Step | null {
  const context = contextOf(work);
  try {
    const by = record ?? known(context, worker);
    const step = machine.claim(escalation, { worker: by, claimEpoch: call.claimEpoch }, context);
    // Nobody has reserved a place: it looked as if nothing would come of it.
    if (record === null && step.escalation.holder !== escalation.holder)
      throw new OrchestratorError("conflict", `Escalation ${escalation.id} kept changing.`);
    return step;
  } catch (error) {
    if (OrchestratorError.isInstance(error, "stale_epoch")) return null;
    throw error;
  }
}

/** What whoever has just taken it reads. */
function takenText(work: SessionWork, escalation: Escalation, worker: string): string {
  const locale = work.rulebook.escalation?.staff().workers.get(worker)?.contact?.locale;
  const { kind, question } = escalation;
  const reason = shownReason(work, escalation);
  return kind === "question"
    ? workerText("claimedQuestion", locale, { question: question === null ? reason : maskText(question) })
    : workerText("claimed", locale, { reason });
}
