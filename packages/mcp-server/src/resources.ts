import type { Session } from "@hybrid-orchestrator/core";
import {
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
  type Variables,
} from "@modelcontextprotocol/server";
import type { Desk } from "./tools/tool.js";
import { viewActivity, viewSession } from "./views.js";

const listed = 50;
const recentActivities = 20;

/** Sessions as things that a client can show or attach: what they are, and their summaries. */
export function addResources(desk: Desk): void {
  const { server, gate, orchestrator, shown } = desk;

  const title = (session: Session) => gate.nameOf(session) ?? `${session.workflow} ${session.id}`;

  async function find(uri: URL, { id }: Variables): Promise<Session> {
    const session = typeof id === "string" ? await gate.byId(decodeURIComponent(id)) : null;
    if (session === null) throw new ResourceNotFoundError(uri.href);
    return session;
  }

  server.registerResource(
    "session",
    new ResourceTemplate("session://{id}", {
      list: async () => ({
        resources: (await gate.recent(listed)).map((session) => ({
          uri: `session://${session.id}`,
          name: session.id,
          title: title(session),
          description: `${session.status}, changed ${new Date(session.updatedAt).toISOString()}`,
          mimeType: "application/json",
        })),
      }),
    }),
    { title: "Session", description: "State, summary and newest activities.", mimeType: "application/json" },
    async (uri, variables): Promise<ReadResourceResult> => {
      const session = await find(uri, variables);
      const { activities } = await orchestrator.getSession(
        { id: session.id },
        { activities: recentActivities },
      );
      const state = {
        session: viewSession(session, gate.nameOf(session), shown),
        recent: activities.map((activity) => viewActivity(activity, shown)).reverse(),
      };
      return { contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(state) }] };
    },
  );

  server.registerResource(
    "session-summary",
    new ResourceTemplate("session://{id}/summary", { list: undefined }),
    { title: "Summary", description: "What whoever goes on should know.", mimeType: "text/plain" },
    async (uri, variables): Promise<ReadResourceResult> => {
      const { summary } = await find(uri, variables);
      const text = summary === null ? "" : shown.text(summary);
      return { contents: [{ uri: uri.href, mimeType: "text/plain", text }] };
    },
  );
}
