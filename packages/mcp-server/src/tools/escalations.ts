import {
  type Escalation,
  escalationKinds,
  escalationStatuses,
  hasEnded,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import { follow } from "../waiting/follow.js";
import { happeningKinds, happeningView, outcomeOf } from "../waiting/happenings.js";
import { progressOf } from "../waiting/progress.js";
import { approvalStep, approvalView, viewApproval } from "./approval-view.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk, reading } from "./tool.js";

const strings = z.array(z.string());

export const escalationView = z.object({
  id: z.string(),
  session: z.string().describe("The session's id."),
  kind: z.enum(escalationKinds),
  status: z.enum(escalationStatuses),
  holder: z.string().nullable().describe("Which human has it."),
  answer: z.string().nullable(),
  handBack: z
    .object({
      text: z.string(),
      facts: strings,
      decisions: strings,
      promises: strings.describe("What the human promised the user. Keep it."),
      avoid: strings.describe("What not to do."),
      mode: z.enum(["continue", "wait_for_user"]).describe("Go on now, or when the user acts."),
    })
    .nullable()
    .describe("What the human leaves for you. It is what is true now."),
  approval: approvalView.nullable(),
  outcome: z.string().nullable().describe("How it ended, in words."),
});

export const escalationId = z.string().min(1).max(100).describe("The escalation's or approval's id.");

function viewEscalation(escalation: Escalation, { shown }: Desk): z.output<typeof escalationView> {
  const { answer, handBack, approval, outcome } = escalation;
  const texts = (list: readonly string[]) => list.map((text) => shown.text(text));
  return {
    id: escalation.id,
    session: escalation.sessionId,
    kind: escalation.kind,
    status: escalation.status,
    holder: escalation.holder?.worker ?? null,
    answer: answer === null ? null : shown.text(answer),
    handBack:
      handBack === null
        ? null
        : {
            text: shown.text(handBack.text),
            facts: texts(handBack.facts),
            decisions: texts(handBack.decisions),
            promises: texts(handBack.promises),
            avoid: texts(handBack.avoid),
            mode: handBack.mode,
          },
    approval: approval === null ? null : viewApproval(approval, shown),
    outcome: outcome === null ? null : shown.text(outcome),
  };
}

/** One whose session is the client's to see. @throws OrchestratorError `not_found` */
export async function findEscalation({ orchestrator, gate }: Desk, id: string): Promise<Escalation> {
  const unknown = () => new OrchestratorError("not_found", `You have no escalation with the id ${id}.`);
  const escalation = await orchestrator.escalations.get(id).catch((error: unknown) => {
    if (OrchestratorError.isInstance(error, "not_found")) throw unknown();
    throw error;
  });
  if ((await gate.byId(escalation.sessionId)) === null) throw unknown();
  return escalation;
}

const newEscalation = z.object({
  session: sessionName,
  kind: z.enum(["takeover", "question"]).default("takeover"),
  reason: z.string().min(1).max(2_000).describe("Why you cannot go on alone."),
  question: z.string().min(1).max(20_000).optional().describe("With kind question: what you ask."),
  suggestedHumanAction: z.string().max(2_000).optional(),
  priority: z.enum(["low", "normal", "high", "critical"]).default("normal"),
  queue: z.string().min(1).max(100).optional().describe("Whose work it is, where you know."),
});

const escalated = z.object({ escalation: escalationView, next: z.string() });

const wait = z.object({
  escalation: escalationId,
  cursor: z
    .string()
    .max(1_000)
    .optional()
    .describe("The cursor of the call before. Without one: everything so far."),
  waitSeconds: z
    .number()
    .min(0)
    .max(3_600)
    .default(25)
    .describe("How long at most. The server may wait less."),
});

const waited = z.object({
  outcome: z.enum(["waiting", ...happeningKinds]),
  done: z.boolean().describe("Whether it has ended and nothing more will happen."),
  happened: z.array(happeningView).describe("In order."),
  escalation: escalationView,
  cursor: z.string().nullable(),
  next: z.string(),
});

export function addEscalationTools(desk: Desk): void {
  const { orchestrator, gate, client, settings, waits } = desk;

  addTool(desk, {
    name: "escalate",
    title: "Ask for a human",
    description:
      "Calls for a human. takeover: a human speaks with the user from then on, until they hand back; write nothing to the user meanwhile. " +
      "question: a human answers you, and you go on. Then wait with await_human.",
    input: newEscalation,
    output: escalated,
    annotations: adding,
    async run({ session, kind, question, ...request }) {
      const { id } = await gate.find(session);
      if (kind === "question" && question === undefined)
        throw new OrchestratorError("invalid_argument", "A question is missing.");
      const escalation = await orchestrator.escalations.open(
        { id },
        {
          kind,
          reason: request.reason,
          priority: request.priority,
          requestedBy: `mcp:${client.name}`,
          ...(question !== undefined && { question }),
          ...(request.queue !== undefined && { queue: request.queue }),
          ...(request.suggestedHumanAction !== undefined && {
            suggestedHumanAction: request.suggestedHumanAction,
          }),
        },
      );
      return {
        escalation: viewEscalation(escalation, desk),
        next: "Call await_human with the escalation's id.",
      };
    },
  });

  addTool(desk, {
    name: "await_human",
    title: "Wait for a human",
    description:
      "Waits until a human does something about an escalation or an approval: claims it, says something, answers, decides, hands back. " +
      "Tells what has happened since the cursor. Call it again with the cursor that it returns until done is true.",
    input: wait,
    output: waited,
    annotations: reading,
    async run({ escalation: id, cursor, waitSeconds: asked }, context) {
      const waitSeconds = Math.min(asked, settings.maxWaitSeconds);
      const escalation = await findEscalation(desk, id);
      const followed = await waits.during(client.name, () =>
        follow({
          orchestrator,
          escalation,
          after: cursor ?? null,
          waitMs: waitSeconds * 1_000,
          pollMs: settings.pollMs,
          signal: context.mcpReq.signal,
          shown: desk.shown,
          waiting: progressOf(context, waitSeconds),
        }),
      );
      const done = hasEnded(followed.escalation.status);
      return {
        outcome: outcomeOf(followed.escalation, followed.happened),
        done,
        happened: [...followed.happened],
        escalation: viewEscalation(followed.escalation, desk),
        cursor: followed.cursor,
        next: nextStep(followed.escalation, done),
      };
    },
  });
}

function nextStep({ kind, holder, handBack, answer, approval }: Escalation, done: boolean): string {
  if (!done)
    return holder !== null && kind === "takeover"
      ? "A human speaks with the user. Write nothing to the user, and call await_human again with the cursor."
      : "Nobody has decided yet. Call await_human again with the cursor.";
  if (approval !== null) return approvalStep(approval);
  if (handBack !== null)
    return handBack.mode === "continue"
      ? "Go on from the hand-back note."
      : "Go on from the hand-back note when the user acts.";
  if (answer !== null) return "Go on with the answer.";
  return "It ended without an answer. Go on without one, or ask again if it still matters.";
}
