import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Dispatcher } from "undici";
import { checkUrl } from "./check-url.js";
import type { SafeDispatcher } from "./dispatcher.js";
import { requestError } from "./request-error.js";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

export interface SafeRequestOptions {
  readonly dispatcher: SafeDispatcher;
  /** Default: GET. */
  readonly method?: (typeof methods)[number];
  /** `Host` is not among them: it is the URL's. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Until the request is written; waiting for a connection of the pool counts. Default: 10,000. */
  readonly connectTimeoutMs?: number;
  /** From then on until the answer's headers are there. Default: 10,000. */
  readonly headersTimeoutMs?: number;
  /** From then on until the answer is complete. Default: 10,000. */
  readonly bodyTimeoutMs?: number;
  /** Of the answer's body. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/** How far a request came. */
export type SafeResponse =
  | {
      readonly outcome: "answered";
      readonly status: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      /** At most `maxBytes`; as it came, also where it came compressed. */
      readonly body: Buffer;
      /** Why the body is not complete: `data_too_large`, `timeout` or `network_failed`. Null if it is. */
      readonly error: OrchestratorError | null;
    }
  /** Nothing was written: the other side knows nothing of it. `error.retryable` says whether another try may succeed. */
  | { readonly outcome: "not_sent"; readonly error: OrchestratorError }
  /** It was written, at least in part, and no answer came: the other side may have acted on it. */
  | { readonly outcome: "unknown"; readonly error: OrchestratorError };

type Phase = "connect" | "headers" | "body";

/**
 * One request, without redirects, retries and decompression. It resolves whatever the network does.
 * @throws OrchestratorError `invalid_argument` for options that are wrong.
 */
export async function safeRequest(input: string | URL, options: SafeRequestOptions): Promise<SafeResponse> {
  const { dispatcher, method = "GET", headers = {}, body, signal, maxBytes = 1_048_576 } = options;
  const { connectTimeoutMs = 10_000, headersTimeoutMs = 10_000, bodyTimeoutMs = 10_000 } = options;
  const limitsMs = { connect: connectTimeoutMs, headers: headersTimeoutMs, body: bodyTimeoutMs };
  requireValid({ method, headers, maxBytes, limitsMs });

  const check = checkUrl(input, dispatcher.policy);
  if (!check.allowed)
    return { outcome: "not_sent", error: new OrchestratorError("url_refused", check.message) };
  const { url } = check;
  if (signal?.aborted === true) return { outcome: "not_sent", error: aborted(url, signal) };

  return new Promise((resolve) => {
    let phase: Phase = "connect";
    let isSettled = false;
    let controller: Dispatcher.DispatchController | undefined;
    let answer: { readonly status: number; readonly headers: Dispatcher.ResponseData["headers"] } | undefined;
    const chunks: Buffer[] = [];
    let received = 0;

    const settle = (error: OrchestratorError | null) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      if (answer !== undefined)
        resolve({ outcome: "answered", ...answer, body: Buffer.concat(chunks), error });
      else if (error !== null) resolve({ outcome: phase === "connect" ? "not_sent" : "unknown", error });
    };
    const stop = (error: OrchestratorError) => {
      settle(error);
      // While it still connects there is none; then onRequestStart sees that it is settled.
      controller?.abort(error);
    };
    const onAbort = () => signal && stop(aborted(url, signal));
    const startTimer = () =>
      setTimeout(() => stop(tookTooLong(url, phase, limitsMs[phase])), limitsMs[phase]);
    const enter = (next: Phase) => {
      phase = next;
      clearTimeout(timer);
      timer = startTimer();
    };
    let timer = startTimer();
    signal?.addEventListener("abort", onAbort, { once: true });

    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers },
        body: body ?? null,
        // The timers are here, since undici's are exact to half a second only.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        onRequestStart(started) {
          controller = started;
          // Nothing has been written yet, and nothing will be.
          if (isSettled) started.abort(new Error("The request was given up."));
          else enter("headers");
        },
        onResponseStart(_, status, received) {
          // Informational answers precede the answer.
          if (status < 200 || isSettled) return;
          answer = { status, headers: received };
          enter("body");
        },
        onResponseData(_, chunk) {
          if (isSettled) return;
          const room = maxBytes - received;
          received += chunk.length;
          chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
          if (chunk.length > room) stop(tooLarge(url, maxBytes));
        },
        onResponseEnd: () => settle(null),
        onResponseError: (_, error) => settle(requestError(error, url.host)),
      },
    );
  });
}

function requireValid(given: {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly limitsMs: Readonly<Record<Phase, number>>;
}): void {
  const { method, headers, maxBytes, limitsMs } = given;
  if (!methods.some((known) => known === method))
    throw new OrchestratorError("invalid_argument", `The method must be one of ${methods.join(", ")}.`);
  if (Object.keys(headers).some((name) => name.toLowerCase() === "host"))
    throw new OrchestratorError("invalid_argument", "The header Host cannot be set: it is the URL's.");
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 0)
    throw new OrchestratorError("invalid_argument", "maxBytes must be a whole number, 0 or more.");
  for (const [phase, limitMs] of Object.entries(limitsMs)) {
    // Node turns a longer timer into one of 1 ms.
    if (!Number.isSafeInteger(limitMs) || limitMs < 1 || limitMs > 2 ** 31 - 1)
      throw new OrchestratorError(
        "invalid_argument",
        `${phase}TimeoutMs must be a whole number, 1 or more and below 2^31.`,
      );
  }
}

function aborted(url: URL, signal: AbortSignal): OrchestratorError {
  return new OrchestratorError("timeout", `The request to ${url.host} was aborted.`, {
    cause: signal.reason,
  });
}

function tookTooLong(url: URL, phase: Phase, limitMs: number): OrchestratorError {
  const what = { connect: "Connecting to", headers: "The answer of", body: "The body of the answer of" }[
    phase
  ];
  return new OrchestratorError("timeout", `${what} ${url.host} took longer than ${limitMs} ms.`);
}

function tooLarge(url: URL, maxBytes: number): OrchestratorError {
  return new OrchestratorError(
    "data_too_large",
    `The answer of ${url.host} has more than ${maxBytes} bytes.`,
  );
}
