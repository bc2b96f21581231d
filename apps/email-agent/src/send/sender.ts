import { createHash } from "node:crypto";
import type { SmtpOutcome } from "@hybrid-orchestrator/mail";
import { createRemembered } from "./remembered.js";
import { type ComposeOptions, compose, type OutgoingMail, type SendRequest } from "./request.js";
import type { Deliver } from "./smtp.js";

export type SendAnswer =
  | { readonly outcome: "sent"; readonly mail: OutgoingMail; readonly replayed?: true }
  | (Exclude<SmtpOutcome, { readonly outcome: "sent" }> & { readonly replayed?: true })
  /** The key was used for another mail. */
  | { readonly outcome: "conflict"; readonly reason: string };

export interface Sender {
  /** Sends once for each idempotency key, however often and however much at the same time it is called. */
  send(request: SendRequest, idempotencyKey: string | undefined): Promise<SendAnswer>;
}

export interface SenderOptions extends Omit<ComposeOptions, "idempotencyKey"> {
  readonly deliver: Deliver;
  readonly maxConcurrent: number;
  readonly now: () => number;
  readonly onSent: (mail: OutgoingMail) => void;
}

const maxWaiting = 100;
const remember = { maxEntries: 10_000, keepMs: 24 * 60 * 60 * 1_000 };

export function createSender(options: SenderOptions): Sender {
  const { deliver, maxConcurrent, now, onSent } = options;
  const limit = createLimit(maxConcurrent, maxWaiting);
  const inProgress = new Map<string, { readonly content: string; readonly answer: Promise<SendAnswer> }>();
  const settled = createRemembered<{ readonly content: string; readonly answer: SendAnswer }>({
    ...remember,
    now,
  });

  async function attempt(request: SendRequest, idempotencyKey: string | undefined): Promise<SendAnswer> {
    const composed = compose(request, { ...options, idempotencyKey });
    if (!composed.ok) return { outcome: "permanent", reason: composed.reason };
    const { mail } = composed;
    const delivered = limit(() => deliver(mail));
    if (delivered === undefined)
      return {
        outcome: "retryable",
        reason: "too many mails are waiting to be sent",
        retryAfterSeconds: 1,
      };
    const outcome = await delivered;
    if (outcome.outcome !== "sent") return outcome;
    onSent(mail);
    return { outcome: "sent", mail };
  }

  return {
    async send(request, key) {
      if (key === undefined) return attempt(request, undefined);
      const content = contentOf(request);
      const earlier = inProgress.get(key) ?? settled.get(key);
      if (earlier !== undefined) {
        if (earlier.content !== content)
          return { outcome: "conflict", reason: "the idempotency key was used for another mail" };
        const answer = await earlier.answer;
        return answer.outcome === "conflict" ? answer : { ...answer, replayed: true };
      }
      const answer = attempt(request, key);
      inProgress.set(key, { content, answer });
      try {
        const ended = await answer;
        if (isFinal(ended)) settled.set(key, { content, answer: ended });
        return ended;
      } finally {
        inProgress.delete(key);
      }
    },
  };
}

/** Whether asking again with the same key must not send. Ambiguous: it may have been sent, so never again. */
function isFinal({ outcome }: SendAnswer): boolean {
  switch (outcome) {
    case "sent":
    case "permanent":
    case "ambiguous":
      return true;
    case "retryable":
    case "misconfigured":
    case "conflict":
      return false;
  }
}

// Without metadata, which hold the time of the attempt.
function contentOf({ to, subject, body, sessionToken }: SendRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([to, subject, body, sessionToken ?? null]))
    .digest("base64");
}

/** Runs at most `concurrent` tasks at a time and lets `waiting` more wait; undefined for any beyond that. */
function createLimit(concurrent: number, waiting: number) {
  let running = 0;
  const queue: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running < concurrent) running += 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  }
  /** The place is handed on, not given back, so that nobody can take it in between. */
  function done(): void {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  }
  return <Value>(task: () => Promise<Value>): Promise<Value> | undefined =>
    running >= concurrent && queue.length >= waiting ? undefined : turn().then(task).finally(done);
}
