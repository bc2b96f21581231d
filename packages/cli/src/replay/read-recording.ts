import type { LoadedConfig } from "@hybrid-orchestrator/config";
import type { Trigger } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { everything } from "../commands/sessions.js";
import { type Context, selfContained } from "../context.js";
import { type Recording, record } from "./recording.js";

/** A session out of storage, with the configured rules that can be replayed. */
export async function readRecording(
  orchestrator: Orchestrator,
  config: LoadedConfig,
  { context, session: ref }: { readonly context: Context; readonly session: string },
): Promise<{ readonly recording: Recording; readonly left: readonly string[] }> {
  const session = await orchestrator.getSession(ref);
  const { id } = session;
  const activities = await everything(
    (cursor) => orchestrator.listActivities(id, { limit: 500, order: "asc", cursor }),
    context,
    "activities",
  );
  const firings = await everything(
    (cursor) => orchestrator.listFirings({ session: id, limit: 500, order: "asc", cursor }),
    context,
    "firings",
  );
  const all = config.options.triggers ?? [];
  const triggers: Trigger[] = selfContained(all);
  const names = new Set(triggers.map(({ name }) => name));
  return {
    recording: record({
      session,
      activities,
      firings,
      triggers,
      maxFiresPerSession: config.options.maxFiresPerSession ?? null,
    }),
    left: all.map(({ name }) => name).filter((name) => !names.has(name)),
  };
}
