import {
  createSafeDispatcher,
  type SafeDispatcher,
  type SafeResponse,
  safeRequest,
} from "@hybrid-orchestrator/safe-http";
import type { Settings } from "./config.js";

/** Requests to Slack, one try each. */
export interface SlackClient {
  call(method: string, body: object, signal?: AbortSignal): Promise<SafeResponse>;
  /** To a `response_url`, which came from outside: nothing but Slack's hosts is reached. */
  respond(responseUrl: string, body: object, signal?: AbortSignal): Promise<SafeResponse>;
  /** Ends what is open. A later request opens anew. */
  close(): Promise<void>;
}

const slackDomains = ["slack.com", "*.slack.com", "slack-gov.com", "*.slack-gov.com"];

/** Reaches Slack's hosts, and the origin of another `baseUrl`. */
export function slackDispatcher({ baseUrl }: Pick<Settings, "baseUrl">): SafeDispatcher {
  const { origin, protocol, hostname } = new URL(baseUrl);
  const isSlack = protocol === "https:" && /(^|\.)slack(-gov)?\.com$/.test(hostname);
  return createSafeDispatcher({ domains: slackDomains, ...(!isSlack && { trustedOrigins: [origin] }) });
}

export function slackClient({ baseUrl, botToken, timeoutMs }: Settings): SlackClient {
  let dispatcher: SafeDispatcher | undefined;

  function post(
    url: string,
    body: object,
    {
      signal,
      headers,
    }: { readonly signal?: AbortSignal | undefined; readonly headers?: Record<string, string> },
  ): Promise<SafeResponse> {
    dispatcher ??= slackDispatcher({ baseUrl });
    return safeRequest(url, {
      dispatcher,
      method: "POST",
      // Without the charset Slack warns in each answer.
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: JSON.stringify(body),
      connectTimeoutMs: timeoutMs,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      ...(signal !== undefined && { signal }),
    });
  }

  return {
    call: (method, body, signal) =>
      post(`${baseUrl}/${method}`, body, { signal, headers: { authorization: `Bearer ${botToken}` } }),
    respond: (responseUrl, body, signal) => post(responseUrl, body, { signal }),
    async close() {
      const closing = dispatcher;
      dispatcher = undefined;
      await closing?.close();
    },
  };
}
