import { type JsonObject, OrchestratorError, parseJson } from "@hybrid-orchestrator/core";
import { createSafeDispatcher, type SafeResponse, safeRequest } from "@hybrid-orchestrator/safe-http";
import { z } from "zod";

export interface AgentClient {
  post(
    path: string,
    body: JsonObject,
    options?: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal },
  ): Promise<SafeResponse>;
  /** The mails at that path, as the agent writes them. @throws OrchestratorError `unavailable` */
  list(path: string, body?: JsonObject): Promise<readonly JsonObject[]>;
  get(path: string): Promise<SafeResponse>;
  close(): Promise<void>;
}

export interface AgentClientOptions {
  readonly baseUrl: string;
  readonly trustedOrigins: readonly string[];
  readonly apiKey?: string;
  readonly timeoutSeconds: number;
}

const maxBytes = 8 * 1_024 * 1_024;
const row = z.record(z.string(), z.json());
const rows = z.union([z.array(row), z.object({ emails: z.array(row) }).transform(({ emails }) => emails)]);

/** Requests to an e-mail agent. The only file that makes some. */
export function agentClient({
  baseUrl,
  trustedOrigins,
  apiKey,
  timeoutSeconds,
}: AgentClientOptions): AgentClient {
  const dispatcher = createSafeDispatcher({ trustedOrigins: [...trustedOrigins] });
  const timeoutMs = timeoutSeconds * 1_000;
  const common = {
    dispatcher,
    connectTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    maxBytes,
  };
  const headers = {
    accept: "application/json",
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };

  const get: AgentClient["get"] = (path) => safeRequest(baseUrl + path, { ...common, headers });
  const post: AgentClient["post"] = (path, body, options = {}) =>
    safeRequest(baseUrl + path, {
      ...common,
      method: "POST",
      headers: { ...headers, "content-type": "application/json", ...options.headers },
      body: JSON.stringify(body),
      ...(options.signal && { signal: options.signal }),
    });

  return {
    get,
    post,
    async list(path, body) {
      const response = await (body === undefined ? get(path) : post(path, body));
      if (response.outcome !== "answered")
        throw unavailable(`it did not answer (${response.error.code})`, response.error);
      if (response.status !== 200) throw unavailable(`it answered ${response.status}`);
      const read = rows.safeParse(parseJson(response.body.toString("utf8")));
      if (!read.success) throw unavailable("its answer holds no list of mails");
      return read.data as JsonObject[];
    },
    close: () => dispatcher.close(),
  };
}

function unavailable(why: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError("unavailable", `The e-mail agent's mails cannot be read: ${why}.`, { cause });
}
