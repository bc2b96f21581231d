import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { stateText } from "./state-text.js";
import { workerText } from "./texts.js";

export function localeOf({ directory }: Runtime, worker: string | null): string | undefined {
  return worker === null ? undefined : directory.staff().workers.get(worker)?.contact?.locale;
}

/**
 * Why a worker's answer did nothing, in words for them.
 * @throws what is none of their business, such as a storage that fails
 */
export async function whyNot(
  runtime: Runtime,
  error: unknown,
  { escalationId, worker }: { readonly escalationId: string; readonly worker: string },
): Promise<string> {
  if (!OrchestratorError.isInstance(error)) throw error;
  if (error.retryable && error.code !== "no_capacity") throw error;
  const locale = localeOf(runtime, worker);
  if (error.code === "no_capacity" || error.code === "not_eligible") return workerText(error.code, locale);
  const escalation = await runtime.storage.getEscalation(escalationId);
  const staff = runtime.directory.staff();
  return (
    (escalation && stateText(escalation, { worker, staff, locale })) ??
    (error.code === "stale_epoch" ? workerText("stale", locale) : error.message)
  );
}
