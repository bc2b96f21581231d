import { errorMessage, formatPath, type Logger } from "@hybrid-orchestrator/core";
import { MailboxUnavailable, maskAddresses, parseAddress } from "@hybrid-orchestrator/mail";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Mailbox } from "../mail.js";
import { sendRequestSchema } from "../send/request.js";
import type { Sender } from "../send/sender.js";
import { answerFor } from "./answer.js";

export interface RoutesOptions {
  readonly isAuthorized: (authorization: string | undefined) => boolean;
  readonly isStopping: () => boolean;
  readonly maxBodyBytes: number;
  readonly sender: Sender;
  readonly mailbox: Mailbox | undefined;
  readonly logger: Logger;
  /** Pages of the sandbox, which look after their own access. */
  readonly sandbox: Hono | undefined;
}

const maxInbox = 100;
const maxFound = 50;

const inboxLimit = z
  .string()
  .regex(/^\d{1,6}$/)
  .transform(Number)
  .pipe(z.number().min(1));
const searchRequest = z.object({
  query: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((query) => !/\p{Cc}/u.test(query), "must not hold control characters"),
});
const idempotencyKey = z.string().min(1).max(255);

/** The seed's mail contract over HTTP. */
export function createRoutes(options: RoutesOptions): Hono {
  const { isAuthorized, isStopping, sender, mailbox, logger } = options;
  const app = new Hono();

  app.onError((error, c) => {
    if (error instanceof MailboxUnavailable) {
      c.header("Retry-After", "5");
      return failure(c, 503, "mailbox_unavailable", error.message);
    }
    logger.error("request failed", { path: c.req.path, error: maskAddresses(errorMessage(error)) });
    return failure(c, 500, "internal", "The request failed.");
  });
  app.notFound((c) => failure(c, 404, "not_found", "There is nothing here."));

  app.use("*", async (c, next) => {
    await next();
    // Else a client that keeps its connection open would hold up the end.
    if (isStopping()) c.header("Connection", "close");
  });
  app.get("/api/health", (c) => {
    const inbox = mailbox?.state() ?? "off";
    if (isStopping()) return c.json({ status: "stopping", inbox }, 503);
    return c.json({ status: inbox === "connecting" ? "degraded" : "ok", inbox });
  });
  if (options.sandbox !== undefined) app.route("/sandbox", options.sandbox);

  app.use("*", async (c, next) => {
    c.header("Cache-Control", "no-store");
    if (!isAuthorized(c.req.header("authorization"))) {
      c.header("WWW-Authenticate", "Bearer");
      return failure(
        c,
        401,
        "unauthorized",
        "The Authorization header must carry the service's key as Bearer token.",
      );
    }
    if (isStopping()) {
      c.header("Retry-After", "5");
      return failure(c, 503, "stopping", "The service is stopping.");
    }
    return next();
  });
  app.use(
    "*",
    bodyLimit({
      maxSize: options.maxBodyBytes,
      onError: (c) => failure(c, 413, "too_large", `A request may have ${options.maxBodyBytes} bytes.`),
    }),
  );

  app.post("/api/orchestrator/send", async (c) => {
    const request = await read(c, sendRequestSchema);
    if (!request.ok) return failure(c, 400, "invalid_request", request.reason);
    const key = idempotencyKey
      .optional()
      .safeParse(c.req.header("idempotency-key") ?? request.value.metadata?.idempotencyKey ?? undefined);
    if (!key.success)
      return failure(c, 400, "invalid_request", "The idempotency key must be text of 1 to 255 characters.");
    const answer = await sender.send(request.value, key.data);
    const { status, headers, body } = answerFor(answer);
    logger.info("send", {
      outcome: answer.outcome,
      to: maskAddresses(parseAddress(request.value.to) ?? "not an address"),
      ...("reason" in answer ? { reason: answer.reason } : {}),
      ...("messageId" in body ? { messageId: body.messageId } : {}),
    });
    return c.json(body, status, headers);
  });

  app.get("/api/emails/inbox", async (c) => {
    if (mailbox === undefined) return noMailbox(c);
    const limit = inboxLimit.safeParse(c.req.query("limit") ?? "20");
    if (!limit.success) return failure(c, 400, "invalid_request", "limit must be a whole number from 1.");
    return c.json(await mailbox.newest(Math.min(limit.data, maxInbox)));
  });

  app.post("/api/emails/search", async (c) => {
    if (mailbox === undefined) return noMailbox(c);
    const request = await read(c, searchRequest);
    if (!request.ok) return failure(c, 400, "invalid_request", request.reason);
    return c.json(await mailbox.search(request.value.query, maxFound));
  });

  return app;
}

async function read<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<
  { readonly ok: true; readonly value: z.output<Schema> } | { readonly ok: false; readonly reason: string }
> {
  let json: unknown;
  try {
    json = JSON.parse(await c.req.text());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, reason: "The body must be JSON." };
  }
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, value: result.data };
  const mistakes = result.error.issues.map(
    ({ path, message }) => `${formatPath(path.map(String)) || "body"}: ${message}`,
  );
  return { ok: false, reason: mistakes.join("; ") };
}

function noMailbox(c: Context) {
  return failure(c, 501, "no_mailbox", "No mailbox is configured. Set IMAP_HOST, or use --sandbox.");
}

function failure(c: Context, status: 400 | 401 | 404 | 413 | 500 | 501 | 503, code: string, error: string) {
  return c.json({ success: false, code, error }, status);
}
