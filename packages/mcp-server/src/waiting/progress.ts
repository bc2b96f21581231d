import { type Escalation, hasEnded } from "@hybrid-orchestrator/core";
import type { ServerContext } from "@modelcontextprotocol/server";

/** At most so often is a waiting client told that it still waits. */
const everyMs = 5_000;

/** Tells a client that asked for progress how the wait goes: seconds of seconds, and who has it. */
export function progressOf(
  { mcpReq }: ServerContext,
  waitSeconds: number,
): (escalation: Escalation, elapsedMs: number) => Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  let toldMs = Number.NEGATIVE_INFINITY;
  let progress = 0;
  return async (escalation, elapsedMs) => {
    if (progressToken === undefined || elapsedMs - toldMs < everyMs) return;
    toldMs = elapsedMs;
    // It must grow with each notification, also where the clock has not moved.
    progress = Math.max(progress + 0.001, elapsedMs / 1_000);
    await mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress, total: waitSeconds, message: describe(escalation) },
    });
  };
}

function describe({ status, holder, progress }: Escalation): string {
  if (hasEnded(status)) return status;
  if (holder !== null) return `${holder.worker} has it`;
  return status === "offered" ? "somebody was asked" : `nobody has it yet, level ${progress.level + 1}`;
}
