import { OrchestratorError, type PluginSessions } from "@hybrid-orchestrator/core";
import type { Acknowledgements } from "../api/acknowledgements.js";
import type { ActivitiesApi } from "../api/activities.js";
import type { MessagesApi } from "../api/messages.js";
import type { References } from "../api/refs.js";
import type { SessionsApi } from "../api/sessions.js";
import type { UiApi } from "../api/ui.js";
import { requestEscalation } from "../decide/escalations.js";
import { requireOpen } from "../decide/status.js";
import type { Runtime } from "../runtime.js";

/** The parts of the orchestrator that plugins reach sessions through. */
export interface Apis {
  readonly refs: References;
  readonly sessions: SessionsApi;
  readonly activities: ActivitiesApi;
  readonly messages: MessagesApi;
  readonly ui: UiApi;
  readonly acknowledgements: Acknowledgements;
}

/** Sessions as the plugin of that name may use them. */
export function pluginSessions(runtime: Runtime, apis: Apis, plugin: string): PluginSessions {
  const { refs, sessions, activities, messages, ui } = apis;
  return {
    async open(session) {
      const { externalId } = session;
      try {
        // Without its token: a plugin has the session's id.
        const { ...opened } = await sessions.create({ ...session, ifExists: "reject" });
        return opened;
      } catch (error) {
        if (externalId === undefined || !OrchestratorError.isInstance(error, "session_exists")) throw error;
        return sessions.get({ externalId });
      }
    },
    get: (session) => sessions.get(session),
    activities: (session, limit) =>
      refs.with(session, async ({ id }) => {
        const page = await runtime.storage.listActivities({ sessionId: id, limit, order: "desc" });
        return page.items;
      }),
    async record(session, inputs, options) {
      await activities.submit(session, inputs, options);
    },
    queueUiAction: (session, action) => ui.queue(session, action),
    send: async (session, message) => (await messages.send(session, message)).deliveryId,
    requestHuman: (session, reason) =>
      refs.submit(session, (work) => {
        requireOpen(work);
        requestEscalation(work, { reason, requestedBy: `plugin:${plugin}`, suggestedHumanAction: null });
      }),
  };
}
