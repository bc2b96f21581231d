import { withTimeout } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";

/** Less than what probes usually wait. */
const answerWithinMs = 900;

/** Whether the orchestrator can work now. One question at a time, so that probes cannot pile up on a storage that hangs. */
export function createReadiness(orchestrator: Orchestrator): () => Promise<boolean> {
  let asking: Promise<boolean> | null = null;

  async function ask(): Promise<boolean> {
    try {
      const { healthy, detail } = await orchestrator.health();
      if (!healthy)
        orchestrator.logger.warn("The orchestrator is not ready.", { error: detail ?? "no detail" });
      return healthy;
    } finally {
      asking = null;
    }
  }

  return async () => {
    asking ??= ask();
    const answer = asking;
    try {
      return await withTimeout(
        { clock: orchestrator.clock, timeoutMs: answerWithinMs, name: "It" },
        () => answer,
      );
    } catch (error) {
      orchestrator.logger.warn("The storage's health is not known.", {
        error: error instanceof Error ? error.message : "an unknown error",
      });
      return false;
    }
  };
}
