import { type ErrorCode, errorCodes } from "@hybrid-orchestrator/core";

const statuses = {
  invalid_argument: [400, "Bad Request"],
  not_found: [404, "Not Found"],
  method_not_allowed: [405, "Method Not Allowed"],
  data_too_large: [413, "Content Too Large"],
  internal: [500, "Internal Server Error"],
  timeout: [503, "Service Unavailable"],
  unavailable: [503, "Service Unavailable"],
} as const satisfies Partial<Record<ErrorCode, readonly [number, string]>>;

/** What a client can be told. */
type ProblemCode = keyof typeof statuses;

interface ProblemOptions {
  /** Says more, to anybody who asks. Default: the code's meaning. */
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes the problems of one request. */
export type Problems = (code: ProblemCode, options?: ProblemOptions) => Response;

/** Problem details (RFC 9457). Their type is `about:blank`, so the title is the status's own; `code` tells more. */
export function problemsOf(requestId: string): Problems {
  return (code, { detail = errorCodes[code].meaning, headers = {} } = {}) => {
    const [status, title] = statuses[code];
    const { retryable } = errorCodes[code];
    const body = { type: "about:blank", title, status, detail, code, retryable, requestId };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/problem+json", ...headers },
    });
  };
}
