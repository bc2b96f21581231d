import {
  beginAttempt,
  type DeliveryRef,
  type HubViews,
  idempotencyKey,
  type Outbox,
  type Reservation,
  renderMessage,
  safeReason,
  settleAttempt,
  slotRef,
} from "@hybrid-orchestrator/channel-hub";
import {
  createId,
  createToken,
  type DeliveryEffect,
  hashToken,
  type OutboundMessage,
} from "@hybrid-orchestrator/core";
import { withAnswers } from "../acknowledge/outbound.js";
import { putStep } from "../decide/deliveries.js";
import { rewriteLate } from "../decide/rewrites.js";
import { variablesOf, wantsResumeLink } from "../decide/variables.js";
import type { SessionWork } from "../decide/work.js";
import { type Admission, admit, stoppedMeanwhile } from "../delivery/admission.js";
import {
  awaitAnswer,
  beginThread,
  isThreadBeingBegun,
  threadOn,
  whereTried,
} from "../delivery/conversations.js";
import type { Runtime } from "../runtime.js";

type Begun = Awaited<ReturnType<Outbox["begin"]>>;

/** What the dispatcher needs of us: each call is durable when it resolves. */
export function createOutbox(runtime: Runtime): Outbox {
  return {
    async begin(ref, busy) {
      try {
        return await beginOne(runtime, ref, busy);
      } catch (error) {
        // It is still due, and must not be begun again and again without a pause.
        runtime.effectsLoop.pause(ref.effectId);
        throw error;
      }
    },

    async settle(ref, attemptId, result) {
      const random = runtime.settings.random();
      // Before the session's own commit: a crash in between then costs nothing, and a repetition changes nothing.
      if (result.outcome === "permanent" && result.suppress === true)
        await suppress(runtime, ref, attemptId, result.reason);
      if (result.outcome === "sent" && result.externalId !== undefined)
        await beginThread(runtime, ref, attemptId, result.externalId);
      const settled = await runtime.submit(
        ref.sessionId,
        (work) => {
          const effect = work.effect(ref.effectId);
          if (effect?.kind !== "delivery") return null;
          const { now } = work;
          const step = settleAttempt(effect, {
            attemptId,
            result,
            now,
            random,
            views: work.rulebook.hub.views(),
          });
          putStep(work, step);
          if (result.outcome === "sent") rewriteLate(work, step.effect);
          return step.effect;
        },
        { effectIds: [ref.effectId] },
      );
      const attempt = settled?.delivery.attempts.find(({ id }) => id === attemptId);
      if (settled !== null && attempt !== undefined)
        await runtime.addresses.settle(settled, attempt.channel, attemptId);
    },
  };
}

/**
 * Three commits at most: a slot where there is a cap, the attempt, and the slot again if there was no attempt. What is
 * left behind by a crash between them is found and settled by whoever needs it.
 */
async function beginOne(runtime: Runtime, ref: DeliveryRef, busy: readonly string[]): Promise<Begun> {
  const seen = await look(runtime, ref);
  if (seen === null) return { kind: "closed" };
  // Made before the decision, so that a repetition of it decides the same.
  const attemptId = createId(runtime.settings.clock.now());
  const token = createToken();
  const admission = await admit(runtime, { ...seen, attemptId });
  const seenThread = await threadOn(runtime, seen.effect, seen.effect.lane);
  let begun: Beginning;
  try {
    begun = await runtime.submit(ref.sessionId, (work) =>
      begin(runtime, work, { ...ref, attemptId, token, busy, admission, thread: seenThread }),
    );
  } catch (error) {
    await admission.withdraw(null);
    throw error;
  }
  if (begun.kind !== "send") {
    await admission.withdraw(begun.effect);
    // Nothing has changed; where it is still due, the next look must not follow at once.
    if (begun.kind === "deferred") runtime.effectsLoop.pause(ref.effectId);
    return { kind: begun.kind };
  }
  runtime.effectsLoop.begun(ref.effectId);
  const { effect, ...sending } = begun;
  await awaitAnswer(runtime, effect, sending.channel);
  // Asked for again: whoever began it may have ended between the first look and the commit.
  const thread = await threadOn(runtime, effect, sending.channel);
  const stopped = await stoppedMeanwhile(runtime, effect, { ...seen, channel: sending.channel });
  if (stopped === null)
    return thread === null ? sending : { ...sending, message: { ...sending.message, thread } };
  const result = { outcome: "retryable", reason: `It did not leave: ${stopped}` } as const;
  await createOutbox(runtime).settle(ref, attemptId, result);
  await admission.withdraw(null);
  return { kind: "closed" };
}

interface Look {
  readonly effect: DeliveryEffect;
  readonly workflow: string;
}

/**
 * The delivery as it stands; null where nothing is to be done about it. What is in memory will do, since the attempt's
 * commit decides anew; but that there is nothing to do is believed of what is stored alone.
 */
async function look(runtime: Runtime, { sessionId, effectId }: DeliveryRef): Promise<Look | null> {
  const kept = runtime.shell.kept(sessionId);
  return (kept && lookIn(kept, effectId)) ?? runtime.submit(sessionId, (work) => lookIn(work, effectId));
}

function lookIn(work: SessionWork, effectId: string): Look | null {
  const effect = work.effect(effectId);
  if (effect?.kind !== "delivery" || effect.dueAt === null) return null;
  return { effect, workflow: work.session.workflow };
}

async function suppress(
  runtime: Runtime,
  ref: DeliveryRef,
  attemptId: string,
  reason: string,
): Promise<void> {
  const tried = await whereTried(runtime, ref, attemptId);
  if (tried === null) return;
  const since = runtime.settings.clock.now();
  await runtime.addresses.suppress(tried.address, { reason: safeReason(reason), source: "send", since });
}

type Beginning =
  | (Extract<Begun, { kind: "send" }> & { readonly effect: DeliveryEffect })
  | { readonly kind: "closed" | "deferred"; readonly effect: DeliveryEffect | null };

interface BeginInput {
  readonly effectId: string;
  readonly attemptId: string;
  readonly token: string;
  readonly busy: readonly string[];
  readonly admission: Admission;
  /** Of the session on the channel of its lane, as far as is known. */
  readonly thread: string | null;
}

function begin(
  runtime: Runtime,
  work: SessionWork,
  { effectId, attemptId, token, busy, admission, thread }: BeginInput,
): Beginning {
  const effect = work.effect(effectId);
  if (effect?.kind !== "delivery" || effect.dueAt === null)
    return { kind: "closed", effect: effect?.kind === "delivery" ? effect : null };
  const views = work.rulebook.hub.views();
  const { admitted, reservation, obstacles, withheld } = admission;
  const mayBegin =
    admitted &&
    stillHolds(reservation, effect, { now: work.now, views }) &&
    (thread !== null || !isThreadBeingBegun(work, effect));
  const decided = beginAttempt(effect, {
    now: work.now,
    session: work.session,
    views,
    holder: runtime.node,
    attemptId,
    busy: mayBegin ? busy : [...busy, effect.lane],
    obstacles,
    withheld,
  });
  if (decided.kind === "deferred") return { kind: "deferred", effect };
  putStep(work, decided);
  if (decided.kind !== "send") return { kind: "closed", effect: decided.effect };
  return {
    kind: "send",
    effect: decided.effect,
    channel: decided.channel,
    attemptId,
    message: withAnswers(runtime, work, {
      effect: decided.effect,
      channel: decided.channel,
      message: outbound(runtime, work, decided.effect, token),
    }),
    idempotencyKey: idempotencyKey(decided.effect, decided.channel),
    timeoutMs: decided.timeoutMs,
  };
}

/** Whether the slot is still of this day and this delivery, and nobody may have taken it for left behind. */
function stillHolds(
  reservation: Reservation | null,
  effect: DeliveryEffect,
  { now, views }: { readonly now: number; readonly views: HubViews },
): boolean {
  if (reservation === null) return true;
  const { day, key } = slotRef(effect, now, views);
  return now < reservation.until && day === reservation.day && key === reservation.key;
}

/** The message as it leaves. A resume link's token is made now and stored as its hash in the attempt's own commit. */
function outbound(
  runtime: Runtime,
  work: SessionWork,
  effect: DeliveryEffect,
  token: string,
): OutboundMessage {
  const { message } = effect.delivery;
  let variables = variablesOf(work, message);
  const { resumeUrl, resumeLinkTtlSeconds } = runtime.settings;
  if (message.template && resumeUrl !== undefined && wantsResumeLink(message.content)) {
    const link = resumeUrl.replace("{token}", token);
    work.addToken({
      hash: hashToken(token),
      purpose: "resume",
      expiresAt: work.now + Math.ceil(resumeLinkTtlSeconds * 1_000),
    });
    variables = { ...variables, resumeLink: link, resume_link: link };
  }
  const { locale, timeZone } = message.recipient;
  const text = renderMessage(message.content, {
    template: message.template,
    variables,
    ...(locale !== undefined && { locale }),
    ...(timeZone !== undefined && { timeZone }),
    onMissing: (variable) =>
      runtime.logger.warn("A message names a variable that its session lacks.", {
        deliveryId: effect.id,
        variable,
      }),
  });
  return {
    id: message.id,
    deliveryId: effect.id,
    sessionId: effect.sessionId,
    recipient: message.recipient,
    content: text,
    urgency: message.urgency,
    audience: message.audience,
    metadata: message.metadata,
    createdAt: message.createdAt,
    ...(message.subject !== null && { subject: message.subject }),
    ...(message.trigger !== null && { trigger: message.trigger }),
    ...(message.reason !== null && { reason: message.reason }),
  };
}
