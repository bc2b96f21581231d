import type { Channel, SendOptions, SendResult } from "@hybrid-orchestrator/core";
import type { LedgerEntry } from "./ledger.js";

export interface ChannelDoubleOptions {
  readonly name: string;
  readonly idempotent: boolean;
  /** Writes an effect down; what is written survives the process. */
  readonly write: (entry: LedgerEntry) => void;
  /** Answers, after having called `take` for each effect. */
  readonly behave: (take: () => void, options: SendOptions) => SendResult | Promise<SendResult>;
}

/** A channel whose effects can be counted afterwards. */
export function channelDouble({ name, idempotent, write, behave }: ChannelDoubleOptions): Channel {
  return {
    name,
    capabilities: { idempotent, twoWay: false, statusCallbacks: true, richText: false, audience: "both" },
    async send(message, options) {
      const entry: LedgerEntry = {
        channel: name,
        key: options.idempotencyKey,
        sessionId: message.sessionId,
        effectId: message.deliveryId,
      };
      return behave(() => write(entry), options);
    },
  };
}

export function sent({ idempotencyKey }: SendOptions): SendResult {
  return { outcome: "sent", externalId: `ext:${idempotencyKey}` };
}
