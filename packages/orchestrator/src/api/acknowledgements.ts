import { type Escalation, hasEnded, OrchestratorError } from "@hybrid-orchestrator/core";
import { isTransferredTo } from "@hybrid-orchestrator/escalation";
import { act } from "../acknowledge/act.js";
import { type Call, callIn, findDelivery } from "../acknowledge/calls.js";
import type { TokenRefusal } from "../acknowledge/refusals.js";
import { workerText } from "../acknowledge/texts.js";
import type { Acknowledgement, CallTokens, ReadToken } from "../acknowledge/tokens.js";
import type { Runtime } from "../runtime.js";

/** What whoever hands in a token knows besides; a token that does not fit does nothing. */
export interface Expected {
  readonly escalation?: string;
  /** Needed where the call went to a place that many read. */
  readonly worker?: string;
  readonly action?: Acknowledgement;
}

/** What a token would do, for a page that asks before it does it. */
export interface TokenView {
  readonly action: Acknowledgement;
  readonly escalation: Escalation;
  /** Null: whoever reads where the call went. */
  readonly worker: string | null;
  readonly expiresAt: number;
  /** Why it would do nothing now; null: it would do it. */
  readonly refused: Exclude<TokenRefusal, "forged" | "foreign"> | "taken" | "ended" | null;
}

/** What tokens do, for the API, the page of links, and what comes in over channels. */
export class Acknowledgements {
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async acknowledge(
    token: string,
    expected: Expected,
    how: { readonly channel: string | null; readonly idempotencyKey?: string } = { channel: null },
  ): Promise<{ readonly escalation: Escalation; readonly action: Acknowledgement; readonly worker: string }> {
    const { read, call } = await this.#known(token, how.channel);
    const { action, id: tokenId, expiresAt } = read;
    const worker = call.worker ?? expected.worker;
    if (worker === undefined)
      throw new OrchestratorError(
        "invalid_argument",
        "The call went to a place that many read. Pass the worker who answers it.",
      );
    const now = this.#runtime.settings.clock.now();
    const isForeign =
      (expected.escalation ?? call.escalationId) !== call.escalationId ||
      (expected.worker ?? worker) !== worker ||
      (expected.action ?? action) !== action;
    if (isForeign || now >= expiresAt) {
      const reason = isForeign ? "foreign" : "expired";
      await this.refuse(call, { worker: expected.worker ?? worker, action, reason });
      throw refusal(reason);
    }
    const acted = await act(this.#runtime, this.#runtime.refusals, {
      ...{ call, action, worker, tokenId },
      ...(how.idempotencyKey !== undefined && { idempotencyKey: how.idempotencyKey }),
    });
    if (acted.kind === "refused") throw refusal(acted.reason);
    return { escalation: acted.escalation, action, worker };
  }

  async read(token: string): Promise<TokenView> {
    const { read, call } = await this.#known(token, null);
    const escalation = await this.#runtime.storage.getEscalation(call.escalationId);
    if (escalation === null) throw refusal("forged");
    const { action, expiresAt } = read;
    return {
      action,
      escalation,
      worker: call.worker,
      expiresAt,
      refused: this.#seen(escalation, read, call),
    };
  }

  /** The token by which the same call is answered otherwise; null where the action does not belong to it. */
  async sibling(token: string, action: Acknowledgement): Promise<string> {
    const { call } = await this.#known(token, null);
    return this.#tokens().sign(action, call.delivery).token;
  }

  /** Records that something was tried about a call and did nothing. */
  async refuse(
    call: Call,
    about: {
      readonly worker: string | null;
      readonly action: Acknowledgement | null;
      readonly reason: TokenRefusal;
    },
  ): Promise<void> {
    const { escalationId, sessionId } = call;
    await this.#runtime.submit(
      sessionId,
      (work) => {
        const escalation = work.escalation(escalationId);
        if (escalation !== undefined) this.#runtime.refusals.record(work, escalation, about);
      },
      { escalationIds: [escalationId] },
    );
  }

  #seen(escalation: Escalation, { id, expiresAt, action }: ReadToken, call: Call): TokenView["refused"] {
    const { holder, status, usedTokens, claimEpoch, transfer } = escalation;
    if (usedTokens.includes(id)) return "used";
    if (this.#runtime.settings.clock.now() >= expiresAt) return "expired";
    if (hasEnded(status)) return "ended";
    const worker =
      call.worker === null ? undefined : this.#runtime.directory.staff().workers.get(call.worker);
    const accepts = transfer !== null && worker !== undefined && isTransferredTo(transfer, worker);
    const isMine = holder !== null && holder.worker === call.worker;
    if (holder !== null && !accepts && !isMine) return "taken";
    if (claimEpoch === call.claimEpoch || (isMine && action !== "decline")) return null;
    return "stale";
  }

  async #known(
    token: string,
    channel: string | null,
  ): Promise<{ readonly read: ReadToken; readonly call: Call }> {
    const read = this.#tokens().read(token);
    const delivery =
      read === null ? null : await findDelivery(this.#runtime, { deliveryId: read.deliveryId });
    const call = delivery === null ? null : callIn(delivery);
    if (read !== null && call !== null) return { read, call };
    this.#runtime.refusals.forged(channel);
    throw refusal("forged");
  }

  #tokens(): CallTokens {
    const { callTokens } = this.#runtime;
    if (callTokens !== null) return callTokens;
    throw new OrchestratorError(
      "invalid_configuration",
      "Nothing can be acknowledged by a token here. Pass escalation.acknowledge.keys to createOrchestrator.",
    );
  }
}

function refusal(reason: TokenRefusal): OrchestratorError {
  return reason === "stale"
    ? new OrchestratorError("stale_epoch", workerText("stale", undefined))
    : new OrchestratorError("invalid_token", workerText(reason, undefined));
}
