import {
  escalationKinds,
  escalationStatuses,
  hasEnded,
  type JsonObject,
  OrchestratorError,
  type Session,
} from "@hybrid-orchestrator/core";
import type { CreateSession } from "@hybrid-orchestrator/orchestrator";
import { z } from "zod";
import { activityView, sessionView, viewActivity, viewSession } from "../views.js";
import { addTool, type Desk, reading, setting } from "./tool.js";

/** How many activities come along with a session. */
const recentActivities = 20;

export const sessionName = z
  .string()
  .min(1)
  .max(200)
  .describe("The session: its id, or the external id that you started it with.");

const resumption = z.object({
  session: sessionView,
  recent: z.array(activityView).describe("The newest activities, oldest first."),
  open: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(escalationKinds),
        status: z.enum(escalationStatuses),
        reason: z.string(),
      }),
    )
    .describe("What humans are asked for in it, by you or by a rule: give an id to await_human."),
});

const openStatuses = escalationStatuses.filter((status) => !hasEnded(status));

const externalId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!ses_|~)[^\0]*$/, "must not start with ses_ or ~")
  .optional()
  .describe("Your own name for it. The same name later, also after a restart, resumes the session.");

const started = z.object({
  externalId,
  workflow: z.string().min(1).max(100).optional().describe("What kind of work this is."),
  metadata: z.record(z.string(), z.unknown()).optional().describe("State to begin with."),
  summary: z.string().max(100_000).optional().describe("What whoever goes on should know."),
  ttlSeconds: z.number().positive().max(315_360_000).optional().describe("How long it lives."),
});

const text = z.string().min(1).max(500).optional();

const startedWithRecipient = started.extend({
  // The parts of core's schema that JSON Schema can tell; the orchestrator checks the rest.
  recipient: z
    .object({
      id: z.string().min(1).max(200),
      name: text,
      email: text,
      phone: text.describe("With the country code: +15550100."),
      preferredChannel: text,
      locale: text.describe("BCP 47, e.g. de-AT."),
      timeZone: text.describe("IANA, e.g. Europe/Vienna."),
    })
    .optional()
    .describe("The person served, to whom rules may write."),
});

const startResult = resumption.extend({ resumed: z.boolean().describe("Whether it was there before.") });

const oneSession = z.object({ session: sessionName });

const newSummary = z.object({ session: sessionName, summary: z.string().max(100_000) });

const changedSession = z.object({ session: sessionView });

const newMetadata = z.object({ session: sessionName, patch: z.record(z.string(), z.unknown()) });

const ending = z.object({
  session: sessionName,
  as: z.enum(["completed", "cancelled"]).describe("Whether it was done, or given up."),
  reason: z.string().max(500).optional(),
});

export function addSessionTools(desk: Desk): void {
  const { orchestrator, gate, shown, settings } = desk;

  const view = (session: Session) => viewSession(session, gate.nameOf(session), shown);

  async function resumed(session: Session): Promise<z.input<typeof resumption>> {
    const { activities, ...found } = await orchestrator.getSession(
      { id: session.id },
      { activities: recentActivities },
    );
    const escalations = await orchestrator.escalations.list({
      sessionId: session.id,
      status: openStatuses,
      limit: 20,
    });
    return {
      session: view(found),
      recent: activities.map((activity) => viewActivity(activity, shown)).reverse(),
      open: escalations.items.map(({ id, kind, status, reason }) => ({
        id,
        kind,
        status,
        reason: shown.text(reason),
      })),
    };
  }

  addTool(desk, {
    name: "start_session",
    title: "Start or resume a session",
    description:
      "Starts a session, which remembers what happens outside of your context: activities, state, a summary. " +
      "With an external id that you used before, it is resumed instead, with all it knows. Call it first.",
    input: settings.recipients ? startedWithRecipient : started,
    output: startResult,
    annotations: setting,
    async run(given) {
      const { externalId: called, ...rest } = given;
      const known = called === undefined ? null : await gate.byName(called);
      if (known !== null) return { resumed: true, ...(await goOn(known)) };
      const kept = gate.externalId(called, orchestrator.clock.now());
      try {
        const session = await orchestrator.createSession({
          ...(rest as CreateSession),
          ...(kept !== undefined && { externalId: kept }),
        });
        return { resumed: false, ...(await resumed(session)) };
      } catch (error) {
        if (!OrchestratorError.isInstance(error, "session_exists") || called === undefined) throw error;
        // Somebody was faster with the same name.
        const other = await gate.byName(called);
        if (other === null)
          throw new OrchestratorError("session_exists", "That external id is taken.", { cause: error });
        return { resumed: true, ...(await goOn(other)) };
      }
    },
  });

  /** Whoever had left is back. A pause or an end is somebody's decision, and stays. */
  async function goOn(session: Session): Promise<z.input<typeof resumption>> {
    const by = { reason: `resumed by the MCP client ${desk.client.name}` };
    return resumed(
      session.status === "abandoned" ? await orchestrator.resume({ id: session.id }, by) : session,
    );
  }

  addTool(desk, {
    name: "get_session",
    title: "Read a session",
    description: "A session's state, summary, owner, newest activities, and what humans are asked for in it.",
    input: oneSession,
    output: resumption,
    annotations: reading,
    run: async ({ session }) => resumed(await gate.find(session)),
  });

  addTool(desk, {
    name: "set_summary",
    title: "Write a session's summary",
    description:
      "What whoever goes on should know, be it you without this context, another agent or a human. Replaces the one before.",
    input: newSummary,
    output: changedSession,
    annotations: setting,
    async run({ session, summary }) {
      const { id } = await gate.find(session);
      return { session: view(await orchestrator.setSummary({ id }, summary)) };
    },
  });

  addTool(desk, {
    name: "update_metadata",
    title: "Change a session's state",
    description: "Merges into the session's metadata at every depth; null removes a member (RFC 7396).",
    input: newMetadata,
    output: changedSession,
    annotations: setting,
    async run({ session, patch }) {
      const { id } = await gate.find(session);
      return { session: view(await orchestrator.updateSession({ id }, { metadata: patch as JsonObject })) };
    },
  });

  addTool(desk, {
    name: "end_session",
    title: "End a session",
    description: "Ends a session for good. It keeps its history, and takes nothing more.",
    input: ending,
    output: changedSession,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    async run({ session, as, reason }) {
      const { id } = await gate.find(session);
      const why = { actor: "ai" as const, ...(reason !== undefined && { reason }) };
      const ended =
        as === "completed"
          ? await orchestrator.complete({ id }, why)
          : await orchestrator.cancel({ id }, why);
      return { session: view(ended) };
    },
  });
}
