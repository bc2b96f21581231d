import { OrchestratorError } from "@hybrid-orchestrator/core";

type SocketMode = typeof import("@slack/socket-mode");

/** @throws OrchestratorError `invalid_configuration` where the optional peer is not installed. */
export async function loadSocketMode(
  load: () => Promise<SocketMode> = () => import("@slack/socket-mode"),
): Promise<SocketMode> {
  try {
    return await load();
  } catch (cause) {
    throw new OrchestratorError(
      "invalid_configuration",
      "appToken needs the package @slack/socket-mode. Install it: npm install @slack/socket-mode undici@7",
      { cause },
    );
  }
}
