import type { AgentEffect, DeliveryEffect, Escalation, Firing } from "@hybrid-orchestrator/core";
import {
  ActivityLog,
  buildContext,
  type ContextPackage,
  type ContextSources,
  contextLimits,
  Ends,
} from "@hybrid-orchestrator/escalation";
import type { Runtime } from "../runtime.js";
import { publicSession, readRecord } from "../views.js";
import { pagesOf } from "./pages.js";

/** Failed calls of agents that are told: the newest. */
const mostFailedCalls = 50;

/**
 * Reads all that there is of a session, page by page, and keeps what a package holds; the log's fields, promises and place
 * come from all of it.
 */
export async function readContext(
  { storage, settings }: Runtime,
  escalation: Escalation,
  form: ContextSources["form"],
): Promise<ContextPackage> {
  const { id: escalationId, sessionId } = escalation;
  const escalations: Escalation[] = [];
  for await (const page of pagesOf((at) => storage.listEscalations({ ...at, sessionId })))
    escalations.push(...page);
  const activities = new ActivityLog();
  for await (const page of pagesOf((at) => storage.listActivities({ ...at, sessionId })))
    activities.add(page);
  const firings = new Ends<Firing>(contextLimits.firings);
  for await (const page of pagesOf((at) => storage.listFirings({ ...at, sessionId })))
    for (const firing of page) firings.add(firing);
  const deliveries = new Ends<DeliveryEffect>(contextLimits.sent);
  for await (const page of pagesOf((at) => storage.listEffects({ ...at, sessionId, kind: "delivery" })))
    for (const effect of page)
      if (effect.kind === "delivery" && effect.delivery.message.audience === "user") deliveries.add(effect);
  const failed = await storage.listEffects({
    sessionId,
    kind: "agent",
    status: ["failed"],
    order: "desc",
    limit: mostFailedCalls,
  });
  // Last, so that it is never older than what is told of it.
  const session = publicSession(await readRecord(storage, sessionId));
  return buildContext({
    session,
    escalations,
    escalationId,
    activities,
    deliveries,
    firings,
    agentCalls: failed.items.filter((effect): effect is AgentEffect => effect.kind === "agent"),
    ...(form !== undefined && { form }),
    now: settings.clock.now(),
  });
}
