import { z } from "zod";
import { activityView, viewActivity } from "../views.js";
import { sessionName } from "./sessions.js";
import { adding, addTool, type Desk, reading } from "./tool.js";

const newActivity = z.object({
  session: sessionName,
  type: z.string().min(1).max(100).describe("What kind, e.g. field_change, error, message, tool_call."),
  // What a human worker says takes the session over, and only a human worker can say it.
  actor: z.enum(["user", "ai", "system"]).default("ai").describe("Who did it."),
  data: z.record(z.string(), z.unknown()).optional(),
  idempotencyKey: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("The same key again records nothing and gives what was recorded. Kept for 7 days."),
});

const recordedActivity = z.object({ activity: activityView });

const activityQuery = z.object({
  session: sessionName,
  types: z.array(z.string().max(100)).max(50).optional().describe("Only these."),
  order: z.enum(["newest_first", "oldest_first"]).default("newest_first"),
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1_000).optional().describe("nextCursor of the page before."),
});

const activityPage = z.object({ activities: z.array(activityView), nextCursor: z.string().nullable() });

export function addActivityTools(desk: Desk): void {
  const { orchestrator, gate, shown } = desk;

  addTool(desk, {
    name: "record_activity",
    title: "Record an activity",
    description:
      "Appends to the session's log something that has happened: what the user did, what you did or decided, an error. " +
      "Rules look at it, and may call for help by themselves.",
    input: newActivity,
    output: recordedActivity,
    annotations: adding,
    async run({ session, idempotencyKey, ...activity }) {
      const { id } = await gate.find(session);
      const recorded = await orchestrator.recordActivity({ id }, activity, {
        ...(idempotencyKey !== undefined && { idempotencyKey: `mcp:${idempotencyKey}` }),
      });
      return { activity: viewActivity(recorded, shown) };
    },
  });

  addTool(desk, {
    name: "list_activities",
    title: "Read a session's log",
    description: "A page of the session's activities.",
    input: activityQuery,
    output: activityPage,
    annotations: reading,
    async run({ session, types, order, limit, cursor }) {
      const { id } = await gate.find(session);
      const page = await orchestrator.listActivities(
        { id },
        {
          limit,
          order: order === "newest_first" ? "desc" : "asc",
          ...(types !== undefined && { types }),
          ...(cursor !== undefined && { cursor }),
        },
      );
      return {
        activities: page.items.map((activity) => viewActivity(activity, shown)),
        nextCursor: page.nextCursor,
      };
    },
  });
}
