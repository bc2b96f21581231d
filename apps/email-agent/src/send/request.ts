import { domainOf, parseAddress } from "@hybrid-orchestrator/mail";
import { z } from "zod";
import { messageIdOf, threadHeaders, threadIdOf, uniquePartOf } from "../thread.js";

const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** Unknown keys are ignored: clients of other versions may send more. */
export const sendRequestSchema = z.object({
  to: z.string().max(1_000),
  subject: z.string().max(2_000),
  body: z.string(),
  // Empty is none, as it is for the Python client.
  sessionToken: optional(z.string().max(500)).transform((token) => token || undefined),
  metadata: optional(z.record(z.string(), z.unknown())),
});
export type SendRequest = z.output<typeof sendRequestSchema>;

/** A mail, ready to be written. */
export interface OutgoingMail {
  readonly messageId: string;
  readonly threadId: string | null;
  readonly from: { readonly address: string; readonly name: string };
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  readonly inReplyTo?: string;
  readonly references?: string;
}

export interface ComposeOptions {
  readonly from: { readonly address: string; readonly name: string };
  /** What threads and Message-IDs are derived from. */
  readonly key: string;
  readonly idempotencyKey: string | undefined;
  /** For a Message-ID without an idempotency key. */
  readonly newId: () => string;
}

export type Composed =
  | { readonly ok: true; readonly mail: OutgoingMail }
  | { readonly ok: false; readonly reason: string };

/** The mail that a request asks for, or why it cannot be one. */
export function compose(request: SendRequest, options: ComposeOptions): Composed {
  const { from, key, idempotencyKey, newId } = options;
  const to = parseAddress(request.to);
  if (to === undefined) return { ok: false, reason: "to must be exactly one plain address" };
  // A lone CR is what the Python client leaves of a text with CRLF when it makes a subject of it.
  const subject = request.subject.replace(/\r(?!\n)|\t/g, " ").trim();
  if (/\p{Cc}/u.test(subject))
    return { ok: false, reason: "subject must be one line without control characters" };
  if (request.body.includes("\0")) return { ok: false, reason: "body must not hold U+0000" };

  const domain = domainOf(from.address);
  const threadId = request.sessionToken === undefined ? null : threadIdOf(key, request.sessionToken);
  const unique = idempotencyKey === undefined ? newId() : uniquePartOf(key, idempotencyKey);
  return {
    ok: true,
    mail: {
      messageId: messageIdOf(unique, threadId, domain),
      threadId,
      from,
      to,
      subject,
      body: request.body,
      ...threadHeaders(threadId, domain),
    },
  };
}
