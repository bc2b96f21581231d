import { parseJson } from "@hybrid-orchestrator/core";
import {
  type RefusalReason,
  receiveSigned,
  type Secrets,
  standardWebhookVerifier,
  type Verdict,
} from "@hybrid-orchestrator/signatures";
import { type WebhookEvent, webhookEventSchema } from "./payload.js";

/** A WHATWG request that nobody has read, or its headers and its raw body. */
export type ReceivedWebhook =
  | Request
  | {
      readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly body: string;
    };

export interface VerifyWebhookOptions {
  readonly now: number;
  /** How far the clocks may differ, either way. Default: five minutes. */
  readonly toleranceMs?: number;
}

export type VerifiedWebhook =
  /** The `id` is the same for every try to deliver one message: handle each once. */
  | { readonly ok: true; readonly id: string; readonly event: WebhookEvent }
  /** Answer with 4xx. The detail is for logs and holds no secret and nothing of the body. */
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

/**
 * For receivers: whether a request was signed by one of the secrets, and what it says.
 * @throws OrchestratorError `invalid_configuration` for a secret or the tolerance, `invalid_argument` for a request
 * whose body was read already.
 */
export async function verifyWebhook(
  received: ReceivedWebhook,
  secrets: Secrets,
  { now, ...tolerance }: VerifyWebhookOptions,
): Promise<VerifiedWebhook> {
  const verify = standardWebhookVerifier(secrets, tolerance);
  // Not instanceof: a request may come from another copy of undici.
  if (!("arrayBuffer" in received)) {
    const { body } = received;
    const headers = headersOf(received.headers);
    return read(verify({ method: "POST", url: "", headers, body }, now), body);
  }
  const outcome = await receiveSigned(received, { verify, now });
  switch (outcome.outcome) {
    case "refused":
      return { ok: false, reason: outcome.reason, detail: outcome.detail };
    case "replayed":
    case "accepted":
      return read({ ok: true, id: outcome.id ?? "" }, outcome.body);
  }
}

function read(verdict: Verdict, body: string): VerifiedWebhook {
  if (!verdict.ok) return verdict;
  const event = webhookEventSchema.safeParse(parseJson(body));
  if (event.success) return { ok: true, id: verdict.id ?? "", event: event.data };
  return { ok: false, reason: "malformed", detail: "the body is signed, and is no message of this channel" };
}

/** Node gives headers as an object, some of them as lists. */
function headersOf(given: Exclude<ReceivedWebhook, Request>["headers"]): Headers {
  if (isHeaders(given)) return new Headers([...given]);
  const headers = new Headers();
  for (const [name, value] of Object.entries(given))
    for (const one of typeof value === "string" ? [value] : (value ?? [])) headers.append(name, one);
  return headers;
}

function isHeaders(given: Exclude<ReceivedWebhook, Request>["headers"]): given is Headers {
  return Symbol.iterator in given;
}
