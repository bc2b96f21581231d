import { createSafeDispatcher, type SafeResponse, safeRequest } from "@hybrid-orchestrator/safe-http";
import type { Settings } from "./config.js";

/** A GitHub App's installation token lives for an hour: whoever mints it also caches it. Must give up by `signal`. */
export type TokenProvider = (options: { readonly signal: AbortSignal }) => string | Promise<string>;

export interface GithubRequest {
  readonly method: "GET" | "POST";
  /** Below the base URL, each part encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
}

export type GithubResponse =
  | SafeResponse
  /** Nothing was asked, since there was no token to ask with. */
  | { readonly outcome: "no_token"; readonly because: "failed" | "invalid" | "aborted" };

export interface GithubClient {
  request(request: GithubRequest): Promise<GithubResponse>;
  close(): Promise<void>;
}

const defaultOrigin = "https://api.github.com";

export function githubClient(settings: Settings, token: TokenProvider): GithubClient {
  const base = settings.baseUrl.replace(/\/+$/, "");
  const { origin, hostname } = new URL(base);
  const dispatcher = createSafeDispatcher(
    origin === defaultOrigin ? { domains: [hostname] } : { trustedOrigins: [origin] },
  );
  const { timeoutMs } = settings;

  return {
    async request({ method, path, body, signal }) {
      const given = await tokenOf(token, signal);
      if ("because" in given) return { outcome: "no_token", because: given.because };
      return safeRequest(base + path, {
        dispatcher,
        method,
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${given.token}`,
          "content-type": "application/json",
          // GitHub refuses requests without one.
          "user-agent": "hybrid-orchestrator",
          "x-github-api-version": "2022-11-28",
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
        connectTimeoutMs: timeoutMs,
        headersTimeoutMs: timeoutMs,
        bodyTimeoutMs: timeoutMs,
      });
    },
    close: () => dispatcher.close(),
  };
}

type Token = { readonly token: string } | { readonly because: "failed" | "invalid" | "aborted" };

/** What a provider throws may hold its credentials, so it is not passed on. */
async function tokenOf(provider: TokenProvider, signal: AbortSignal): Promise<Token> {
  if (signal.aborted) return { because: "aborted" };
  let stop: () => void = () => undefined;
  const aborted = new Promise<Token>((resolve) => {
    stop = () => resolve({ because: "aborted" });
    signal.addEventListener("abort", stop, { once: true });
  });
  const asked = (async (): Promise<Token> => {
    const token: unknown = await provider({ signal });
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? { token } : { because: "invalid" };
  })().catch((): Token => ({ because: "failed" }));
  try {
    return await Promise.race([asked, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
