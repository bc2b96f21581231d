import { createId, type Escalation, isOpen, OrchestratorError } from "@hybrid-orchestrator/core";
import * as machine from "@hybrid-orchestrator/escalation";
import { draftMessage, queueMessage } from "./deliveries.js";
import { contextOf } from "./escalations.js";
import { requireOpen } from "./status.js";
import type { SessionWork } from "./work.js";

/**
 * The holder says something: to the user, or to a question the answer.
 * @throws OrchestratorError `not_holder`, `escalation_ended`, `stale_epoch`, `session_closed`
 */
export function speak(
  work: SessionWork,
  escalation: Escalation,
  by: machine.By & { readonly text: string },
): machine.Step {
  const context = contextOf(work);
  if (escalation.kind === "question")
    return machine.answer(escalation, { ...by, disposition: null }, context);
  const step = machine.respond(escalation, by, context);
  if (escalation.kind === "approval")
    throw new OrchestratorError(
      "invalid_argument",
      `Escalation ${escalation.id} is an approval, which does not give the session to whoever decides. Use approvals.decide, or open and claim a takeover.`,
    );
  say(work, by.worker, by.text);
  return step;
}

/** A human's words: accepted under their claim, so that they are delivered also after it. */
function say(work: SessionWork, worker: string, content: string): void {
  requireOpen(work);
  const at = work.session.evaluatedAt;
  work.append({
    id: createId(at),
    type: "message",
    actor: "human",
    channel: null,
    data: { text: content, worker },
    occurredAt: at,
    createdAt: work.now,
  });
  // A rule may have ended the session at that very word.
  if (!isOpen(work.session.status)) return;
  queueMessage(
    work,
    draftMessage({
      content,
      audience: "user",
      automated: false,
      urgency: "high",
      validWhile: ["active", "paused"],
      whileHuman: "send",
      kind: "follow_up",
      metadata: { worker },
    }),
  );
}
