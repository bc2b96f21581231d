import type { Escalation } from "@hybrid-orchestrator/core";
import type { Desk } from "./desk.js";
import type { SimulationEnd } from "./simulation.js";

/** How it stands when the simulation stops. */
export function endOf(
  { escalation, owner, workers }: Desk,
  {
    reason,
    at,
    startAt,
  }: { readonly reason: SimulationEnd["reason"]; readonly at: number; readonly startAt: number },
): SimulationEnd {
  const holder = escalation.holder?.worker;
  const name = holder === undefined ? undefined : (workers.get(holder)?.name ?? holder);
  const outcome = reason === "ended" ? (escalation.outcome ?? "ended") : whatItWaitsFor(escalation, name);
  return { at, afterMs: at - startAt, reason, status: escalation.status, owner, outcome };
}

function whatItWaitsFor({ progress }: Escalation, holder: string | undefined): string {
  const level = `level ${progress.level + 1}`;
  if (holder !== undefined) return `${holder} holds it`;
  if (progress.held) return `${level} waits for somebody`;
  if (progress.exhausted) return "every level has passed, and it waits in the queue";
  return progress.level < 0 ? "it waits for its hours" : `it waits after ${level}`;
}
