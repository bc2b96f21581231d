import {
  applyReport,
  newDelivery,
  newDeliveryEffect,
  type Preview,
  replay,
  safeReason,
  stoppedBy,
} from "@hybrid-orchestrator/channel-hub";
import {
  type Delivery,
  type DeliveryEffect,
  type DeliveryReport,
  type DeliveryStatus,
  deliveryReportSchema,
  messageSchema,
  type NewMessage,
  OrchestratorError,
  type Page,
  type PageQuery,
  parseWith,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import {
  broadcastMessage,
  defaultRecipient,
  type MessageDraft,
  putStep,
  queueMessage,
} from "../decide/deliveries.js";
import type { SessionWork } from "../decide/work.js";
import { addressOf } from "../delivery/addresses.js";
import { obstaclesFor } from "../delivery/admission.js";
import { maxMessageMetadataBytes } from "../limits.js";
import type { Runtime } from "../runtime.js";
import { readRecord } from "../views.js";
import type { References, SessionRef } from "./refs.js";
import { textProblem } from "./trigger-texts.js";

/** A message that was taken. `pending`: it will leave; `failed`: no channel can take it, and `reason` says why. */
export interface Sent {
  readonly deliveryId: string;
  readonly status: DeliveryStatus;
  /** The channel that is tried first. */
  readonly channel: string | null;
  readonly reason: string | null;
}

export interface DeliveryRecord extends Delivery {
  readonly id: string;
  readonly sessionId: string;
  readonly updatedAt: number;
}

export interface DeliverySearch extends PageQuery {
  readonly session?: SessionRef;
  readonly status?: readonly DeliveryStatus[];
}

export class MessagesApi {
  constructor(
    readonly runtime: Runtime,
    readonly refs: References,
  ) {}

  async send(ref: SessionRef, input: NewMessage): Promise<Sent> {
    const draft = this.#draft(input);
    return this.refs.submit(ref, (work) => toSent(queueMessage(checked(work, draft), draft)));
  }

  async broadcast(
    ref: SessionRef,
    input: NewMessage,
    channels: readonly string[] | null,
  ): Promise<readonly Sent[]> {
    const draft = this.#draft(input);
    return this.refs.submit(ref, (work) =>
      broadcastMessage(checked(work, draft), draft, channels).map(toSent),
    );
  }

  async preview(ref: SessionRef, input: NewMessage): Promise<Preview> {
    const draft = this.#draft(input);
    return this.refs.with(ref, async ({ id }) => {
      const session = await readRecord(this.runtime.storage, id);
      const recipient = draft.recipient ?? defaultRecipient(session, draft);
      const now = this.runtime.settings.clock.now();
      const { hub } = this.runtime;
      const message = { ...draft, id: "preview", recipient, createdAt: now };
      const { effect } = newDeliveryEffect(newDelivery(message, hub.views(), now), {
        id: "preview",
        sessionId: id,
        ownershipEpoch: session.ownershipEpoch,
        now,
      });
      const switches = await this.runtime.killSwitches.list();
      const withheld = stoppedBy(switches, session.workflow, message);
      const obstacles = await obstaclesFor(this.runtime, effect, switches);
      return hub.preview(draft, recipient, { now, session, obstacles, withheld });
    });
  }

  async get(id: string): Promise<DeliveryRecord> {
    const sessionId = await this.#sessionOf(id);
    const effect = await this.runtime.submit(sessionId, (work) => deliveryIn(work, id), { effectIds: [id] });
    return toRecord(effect);
  }

  async list({ session, ...query }: DeliverySearch): Promise<Page<DeliveryRecord>> {
    const find = async (sessionId?: string): Promise<Page<DeliveryRecord>> => {
      const page = await this.runtime.storage.listEffects({
        ...query,
        kind: "delivery",
        ...(sessionId !== undefined && { sessionId }),
      });
      const items = page.items.filter((effect) => effect.kind === "delivery").map(toRecord);
      return { items, nextCursor: page.nextCursor };
    };
    return session === undefined ? find() : this.refs.with(session, ({ id }) => find(id));
  }

  async replay(id: string): Promise<Delivery> {
    const sessionId = await this.#sessionOf(id);
    return this.runtime.submit(
      sessionId,
      (work) => {
        const step = replay(deliveryIn(work, id), { now: work.now, views: work.rulebook.hub.views() });
        putStep(work, step);
        return step.effect.delivery;
      },
      { effectIds: [id] },
    );
  }

  /** Takes in what a vendor reports later. A report about nothing that we know is logged and dropped. */
  async report(input: DeliveryReport): Promise<void> {
    const report = parseWith(deliveryReportSchema, input, { name: "delivery report" });
    const { deliveryId, channel, externalId } = report;
    const found =
      deliveryId !== undefined
        ? await this.runtime.storage.findDelivery({ deliveryId })
        : externalId !== undefined
          ? await this.runtime.storage.findDelivery({ channel, externalId })
          : null;
    if (found === null) {
      this.runtime.logger.warn("A delivery report fits no delivery.", { channel, status: report.status });
      return;
    }
    // Before the report itself: whoever reports tries again until both are durable.
    if (report.suppress === true) await this.#suppress(found, report);
    const reported = await this.runtime.submit(
      found.sessionId,
      (work) => {
        const step = applyReport(deliveryIn(work, found.deliveryId), report, {
          now: work.now,
          views: work.rulebook.hub.views(),
        });
        putStep(work, step);
        return step.effect;
      },
      { effectIds: [found.deliveryId] },
    );
    // What bounced has used nothing up.
    await this.runtime.addresses.settle(reported, channel);
  }

  async #suppress(
    { sessionId, deliveryId }: { readonly sessionId: string; readonly deliveryId: string },
    { channel, reason = "a vendor reported that it must not be written to" }: DeliveryReport,
  ): Promise<void> {
    const view = this.runtime.hub.views().channels.get(channel);
    if (view === undefined) return;
    const effect = await this.runtime.submit(sessionId, (work) => deliveryIn(work, deliveryId), {
      effectIds: [deliveryId],
    });
    await this.runtime.addresses.suppress(addressOf(view, effect.delivery.message.recipient), {
      reason: safeReason(reason),
      source: "report",
      since: this.runtime.settings.clock.now(),
    });
  }

  #draft(input: NewMessage): MessageDraft {
    const message = parseWith(messageSchema, input, { name: "message" });
    const problem = message.template
      ? textProblem(message.content, this.runtime.settings.resumeUrl !== undefined)
      : null;
    if (problem !== null)
      throw new OrchestratorError("invalid_argument", `The message cannot be rendered: ${problem}`);
    return {
      content: message.content,
      template: message.template,
      subject: message.subject ?? null,
      urgency: message.urgency,
      audience: message.audience,
      need: message.need ?? null,
      severity: message.severity ?? null,
      channel: message.channel ?? null,
      validWhile: message.validWhile,
      whileHuman: message.whileHuman,
      kind: message.kind,
      metadata: toJsonObject(message.metadata, {
        name: "message's metadata",
        maxBytes: maxMessageMetadataBytes,
      }),
      recipient: message.recipient ?? null,
      trigger: null,
      reason: null,
      automated: false,
    };
  }

  async #sessionOf(deliveryId: string): Promise<string> {
    const found = await this.runtime.storage.findDelivery({ deliveryId });
    if (found === null) throw new OrchestratorError("not_found", `No delivery has the id ${deliveryId}.`);
    return found.sessionId;
  }
}

/** A message that would be dropped when its time comes is refused now. */
function checked(work: SessionWork, { validWhile }: MessageDraft): SessionWork {
  if (validWhile !== "always" && !validWhile.includes(work.session.status)) {
    throw new OrchestratorError(
      "session_closed",
      `Session ${work.session.id} is ${work.session.status}, and the message is valid only while it is ${validWhile.join(" or ")}. Pass validWhile to send it all the same.`,
    );
  }
  return work;
}

function deliveryIn(work: SessionWork, id: string): DeliveryEffect {
  const effect = work.effect(id);
  if (effect?.kind !== "delivery")
    throw new OrchestratorError("not_found", `Session ${work.session.id} has no delivery ${id}.`);
  return effect;
}

function toSent({ id, delivery }: DeliveryEffect): Sent {
  return { deliveryId: id, status: delivery.status, channel: delivery.nextChannel, reason: delivery.reason };
}

function toRecord({ id, sessionId, updatedAt, delivery }: DeliveryEffect): DeliveryRecord {
  return { id, sessionId, updatedAt, ...delivery };
}
