import {
  beginAttempt,
  idempotencyKey,
  type Outbox,
  renderMessage,
  settleAttempt,
} from "@hybrid-orchestrator/channel-hub";
import {
  createId,
  createToken,
  type DeliveryEffect,
  hashToken,
  type OutboundMessage,
} from "@hybrid-orchestrator/core";
import { putStep } from "../decide/deliveries.js";
import { variablesOf, wantsResumeLink } from "../decide/variables.js";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";

type Begun = Awaited<ReturnType<Outbox["begin"]>>;

/** What the dispatcher needs of us: each call is one durable commit. */
export function createOutbox(runtime: Runtime): Outbox {
  return {
    async begin({ sessionId, effectId }, busy) {
      // Made before the decision, so that a repetition of it decides the same.
      const attemptId = createId(runtime.settings.clock.now());
      const token = createToken();
      try {
        return await runtime.submit(sessionId, (work) =>
          begin(runtime, work, { effectId, attemptId, token, busy }),
        );
      } catch (error) {
        // It is still due, and must not be begun again and again without a pause.
        runtime.effectsLoop.pause(effectId);
        throw error;
      }
    },

    async settle({ sessionId, effectId }, attemptId, result) {
      const random = runtime.settings.random();
      await runtime.submit(
        sessionId,
        (work) => {
          const effect = work.effect(effectId);
          if (effect?.kind !== "delivery") return;
          putStep(
            work,
            settleAttempt(effect, {
              attemptId,
              result,
              now: work.now,
              random,
              views: work.rulebook.hub.views(),
            }),
          );
        },
        { effectIds: [effectId] },
      );
    },
  };
}

interface Beginning {
  readonly effectId: string;
  readonly attemptId: string;
  readonly token: string;
  readonly busy: readonly string[];
}

function begin(runtime: Runtime, work: SessionWork, { effectId, attemptId, token, busy }: Beginning): Begun {
  const effect = work.effect(effectId);
  if (effect?.kind !== "delivery" || effect.dueAt === null) return { kind: "closed" };
  const decided = beginAttempt(effect, {
    now: work.now,
    session: work.session,
    views: work.rulebook.hub.views(),
    holder: runtime.node,
    attemptId,
    busy,
  });
  if (decided.kind === "deferred") return decided;
  putStep(work, decided);
  if (decided.kind !== "send") return { kind: "closed" };
  return {
    kind: "send",
    channel: decided.channel,
    attemptId,
    message: outbound(runtime, work, decided.effect, token),
    idempotencyKey: idempotencyKey(decided.effect, decided.channel),
    timeoutMs: decided.timeoutMs,
  };
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
