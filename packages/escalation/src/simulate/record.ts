import { hasEnded } from "@hybrid-orchestrator/core";
import type { Desk } from "./desk.js";
import type { SimulationStep } from "./simulation.js";

/** What has happened since the last step, and how it stands now. */
export function stepOf(
  desk: Desk,
  {
    now,
    startAt,
    ...why
  }: Pick<SimulationStep, "cause" | "refused"> & { readonly now: number; readonly startAt: number },
): SimulationStep {
  const { escalation, owner } = desk;
  const { status, holder, progress } = escalation;
  return {
    at: now,
    afterMs: now - startAt,
    ...why,
    ...desk.happened(),
    owner,
    status,
    holder: holder?.worker ?? null,
    held: progress.held,
    nextLevelAt: hasEnded(status) ? null : progress.dueAt,
  };
}

export function hasNews({ events, told, userHears, agentAsked }: SimulationStep): boolean {
  return events.length > 0 || told.length > 0 || userHears.length > 0 || agentAsked;
}
