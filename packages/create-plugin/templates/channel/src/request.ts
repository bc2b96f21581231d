import type { Settings } from "./config.js";

export interface Page {
  readonly to: string;
  readonly text: string;
  readonly idempotencyKey: string;
}

/** The service takes no longer texts; what is longer is cut. */
const maxLength = 1_000;

/** The request that makes the service write to somebody. */
export function requestFor({ baseUrl, apiKey }: Settings, { to, text, idempotencyKey }: Page) {
  return {
    url: `${baseUrl}/messages`,
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "idempotency-key": idempotencyKey,
    },
    body: JSON.stringify({ to, text: text.slice(0, maxLength) }),
  } as const;
}
