import { OrchestratorError } from "@hybrid-orchestrator/core";
import { readBody } from "./body.js";
import { type RefusedOutcome, refusalResponse } from "./responses.js";
import type { SeenIds } from "./seen-ids.js";
import type { SignedRequest, Verifier } from "./verdict.js";

export interface ReceiveOptions {
  readonly verify: Verifier;
  readonly now: number;
  /** Default 1 MiB. */
  readonly maxBytes?: number;
  /** Absent: replays within the verifier's tolerance are not noticed. */
  readonly seenIds?: SeenIds;
  /** What tells a repetition, where the sender repeats one event under a new signature; instead of the verdict's id. */
  readonly replayId?: (request: SignedRequest) => string | undefined;
  /**
   * What stands before the request's path in the URL that the sender calls, e.g. `https://example.com/hooks` behind a
   * proxy. Only Twilio and Vapi's `{url}` sign it. Headers such as X-Forwarded-Host are never believed.
   */
  readonly publicBaseUrl?: string;
  /** Gives up a body that takes too long. */
  readonly signal?: AbortSignal;
}

export type Received = Accepted | Replayed | RefusedOutcome;

export interface Accepted {
  readonly outcome: "accepted";
  readonly request: SignedRequest;
  readonly body: string;
  readonly id?: string;
  readonly signedAt?: number;
  /** Must be called once it is known whether the request was handled; until then a repetition is told to come back. */
  settle(handled: boolean): void;
}

/** Came before and was handled: answer as if it were new, and do nothing. */
export interface Replayed {
  readonly outcome: "replayed";
  readonly request: SignedRequest;
  readonly body: string;
  readonly id: string;
}

const defaultMaxBytes = 1024 * 1024;

/**
 * Reads a request's body within its limit, checks its signature and whether it came before.
 * @throws OrchestratorError `invalid_argument` when the body was read already, `invalid_configuration` for an option,
 * and what `replayId` throws.
 */
export async function receiveSigned(request: Request, options: ReceiveOptions): Promise<Received> {
  const { verify, now, seenIds, maxBytes = defaultMaxBytes, signal } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1)
    throw new OrchestratorError(
      "invalid_configuration",
      `maxBytes is ${maxBytes}. Pass a whole number above 0.`,
    );
  if (request.bodyUsed || request.body?.locked)
    throw new OrchestratorError(
      "invalid_argument",
      "The request's body was read already. Pass an untouched request.",
    );
  const url = publicUrl(request.url, options.publicBaseUrl);

  const read = await readBody(request, { maxBytes, signal });
  if (!read.ok) return refusalResponse(read.reason, read.detail);
  const { body } = read;
  const signed: SignedRequest = { method: request.method, url, headers: request.headers, body };
  const verdict = verify(signed, now);
  if (!verdict.ok) return refusalResponse(verdict.reason, verdict.detail);

  const id = options.replayId?.(signed) ?? verdict.id;
  const accepted = {
    outcome: "accepted",
    request: signed,
    body,
    ...(id !== undefined && { id }),
    ...(verdict.signedAt !== undefined && { signedAt: verdict.signedAt }),
  } as const;
  if (id === undefined || seenIds === undefined) return { ...accepted, settle: () => undefined };
  const claim = seenIds.claim(id, now);
  switch (claim) {
    case "new":
      return { ...accepted, settle: (handled) => seenIds.settle(id, handled) };
    case "seen":
      return { outcome: "replayed", request: signed, body, id };
    case "busy":
      return refusalResponse(claim, "the same request is being handled");
    case "full":
      return refusalResponse(claim, "no room to remember another id");
  }
}

export interface HandleOptions extends ReceiveOptions {
  /** For logs and counters. */
  readonly onRefused?: (refused: RefusedOutcome) => void;
  /** The answer to a repetition; default 200 without a body. */
  readonly onReplayed?: (replayed: Replayed) => Response | Promise<Response>;
}

/**
 * A route's whole answer: `handle` is called for a request that is signed and new. A repetition is answered with 200
 * once the first was answered with 2xx; if `handle` fails or answers otherwise, the sender's next try is handled again.
 */
export async function handleSigned(
  request: Request,
  options: HandleOptions,
  handle: (received: Accepted) => Response | Promise<Response>,
): Promise<Response> {
  const received = await receiveSigned(request, options);
  switch (received.outcome) {
    case "refused":
      options.onRefused?.(received);
      return received.response;
    case "replayed":
      return (await options.onReplayed?.(received)) ?? new Response(null, { status: 200 });
    case "accepted": {
      let handled = false;
      try {
        const response = await handle(received);
        handled = response.ok;
        return response;
      } finally {
        received.settle(handled);
      }
    }
  }
}

function publicUrl(url: string, base: string | undefined): string {
  if (base === undefined) return url;
  if (!URL.canParse(base) || !/^https?:\/\/[^?#\s]+$/i.test(base))
    throw new OrchestratorError(
      "invalid_configuration",
      "publicBaseUrl is no base. Pass http or https, host and perhaps a path, without a query.",
    );
  const { pathname, search } = new URL(url);
  return base.replace(/\/+$/, "") + pathname + search;
}
