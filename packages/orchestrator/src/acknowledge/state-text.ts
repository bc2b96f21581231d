import { type Escalation, hasEnded } from "@hybrid-orchestrator/core";
import type { Staff } from "@hybrid-orchestrator/escalation";
import { workerText } from "./texts.js";

/** How it stands, for a worker whose answer did nothing; null: nobody has it and it is not over. */
export function stateText(
  { holder, outcome, status }: Escalation,
  {
    worker,
    staff,
    locale,
    otherwise = "taken",
  }: {
    readonly worker: string | null;
    readonly staff: Staff;
    readonly locale: string | undefined;
    /** What is said where somebody else has it. */
    readonly otherwise?: "taken" | "notPassedOn";
  },
): string | null {
  if (hasEnded(status)) return workerText("ended", locale, { outcome: outcome ?? status });
  if (holder === null) return null;
  if (holder.worker === worker) return workerText("yours", locale);
  return workerText(otherwise, locale, { worker: staff.workers.get(holder.worker)?.name ?? holder.worker });
}
