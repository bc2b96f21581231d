import { createId, OrchestratorError, withTimeout } from "@hybrid-orchestrator/core";
import { createApp } from "./app.js";
import {
  type ListenOptions,
  readListenOptions,
  readMounts,
  readOptions,
  type ServerOptions,
} from "./config.js";
import { problemsOf } from "./http/problem.js";
import { secure } from "./http/security-headers.js";
import { type Listener, startListener } from "./listen/listener.js";
import { createWorkload } from "./listen/workload.js";

/** How long connections that were aborted get to take their last answer. */
const lastWordsMs = 500;

export interface OrchestratorServer extends AsyncDisposable {
  /** Answers one request. For tests, and for mounting into another server. */
  fetch(request: Request): Promise<Response>;
  /** @throws OrchestratorError `listen_failed`; `invalid_argument`; `not_running` after `close` */
  listen(options: ListenOptions): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Takes nothing new, gives what is under way `closeTimeoutMs`, and ends every connection. It is not for use any more
   * then. Close it before the orchestrator is stopped.
   */
  close(): Promise<void>;
}

/** Serves an orchestrator over HTTP. @throws OrchestratorError `invalid_configuration` */
export function createServer(options: ServerOptions): OrchestratorServer {
  const settings = readOptions(options);
  const { orchestrator } = options;
  const { clock, logger } = orchestrator;
  const workload = createWorkload();
  const app = createApp({ orchestrator, settings, workload, mounts: readMounts(options.mounts) });
  let starting: Promise<Listener> | null = null;
  let closed: Promise<void> | null = null;

  const fetch = (request: Request): Promise<Response> => workload.track(Promise.resolve(app.fetch(request)));

  function malformed(): Response {
    const requestId = createId(clock.now());
    const response = problemsOf(requestId)("invalid_argument", { detail: "The request is malformed." });
    secure(response.headers, requestId);
    return response;
  }

  async function shutDown(): Promise<void> {
    const finished = workload.finish();
    const listener = await starting?.catch(() => null);
    const stopped = listener?.stop();
    const ended = Promise.all([finished, stopped]).then(() => true);
    const inTime = (timeoutMs: number) =>
      withTimeout({ clock, timeoutMs, name: "Closing" }, () => ended).catch(() => false);
    if (await inTime(settings.closeTimeoutMs)) return;
    logger.warn("Requests were cut short, because the server closes.");
    workload.abort();
    if (await inTime(lastWordsMs)) return;
    listener?.destroy();
    await stopped;
  }

  return {
    fetch,
    async listen(given) {
      const address = readListenOptions(given);
      if (closed !== null)
        throw new OrchestratorError("not_running", "The server has been closed. Create another one.");
      if (starting !== null)
        throw new OrchestratorError("invalid_argument", "The server listens already. Create another one.");
      starting = startListener({ fetch, malformed, settings, logger }, address);
      try {
        const { url, port } = await starting;
        return { url, port };
      } catch (error) {
        starting = null;
        throw error;
      }
    },
    close: () => (closed ??= shutDown()),
    [Symbol.asyncDispose]: () => (closed ??= shutDown()),
  };
}
