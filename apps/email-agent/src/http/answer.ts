import type { SendAnswer } from "../send/sender.js";

export interface HttpAnswer {
  readonly status: 200 | 409 | 422 | 502 | 503 | 504;
  readonly headers: Record<string, string>;
  readonly body:
    | { success: true; messageId: string; threadId: string | null; replayed?: true }
    | {
        success: false;
        outcome: Exclude<SendAnswer["outcome"], "sent">;
        code: string;
        error: string;
        suppress?: true;
      };
}

/** How the answer to a send is told over HTTP. Anything but 2xx has not been sent, or at least not surely. */
export function answerFor(answer: SendAnswer): HttpAnswer {
  switch (answer.outcome) {
    case "sent":
      return {
        status: 200,
        headers: {},
        body: {
          success: true,
          messageId: answer.mail.messageId,
          threadId: answer.mail.threadId,
          ...(answer.replayed ? { replayed: true } : {}),
        },
      };
    case "retryable": {
      const { retryAfterSeconds } = answer;
      return failed(
        503,
        answer,
        retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
      );
    }
    case "permanent":
      return failed(422, answer);
    case "ambiguous":
      return failed(504, answer);
    case "misconfigured":
      return failed(502, answer);
    case "conflict":
      return failed(409, answer);
  }
}

function failed(
  status: HttpAnswer["status"],
  answer: Exclude<SendAnswer, { readonly outcome: "sent" }>,
  headers: Record<string, string> = {},
): HttpAnswer {
  const { outcome, reason } = answer;
  const suppress = outcome === "permanent" && answer.suppress;
  return {
    status,
    headers,
    body: {
      success: false,
      outcome,
      code: `send_${outcome}`,
      error: reason,
      ...(suppress && { suppress }),
    },
  };
}
