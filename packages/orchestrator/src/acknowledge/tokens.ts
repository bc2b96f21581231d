import { type DeliveryEffect, hashParts } from "@hybrid-orchestrator/core";
import { signedTokens, type TokenKey } from "@hybrid-orchestrator/signatures";

const acknowledgements = ["claim", "decline", "approve", "reject"] as const;
/** What a token does: `claim` takes it, `decline` leaves it to others; `approve` and `reject` decide an approval. */
export type Acknowledgement = (typeof acknowledgements)[number];

export interface ReadToken {
  readonly action: Acknowledgement;
  /** The call that it came with. */
  readonly deliveryId: string;
  readonly expiresAt: number;
  /** Tells it from others without being one. */
  readonly id: string;
}

export interface CallTokens {
  /** The same each time, so that a call that is sent again says the same. */
  sign(action: Acknowledgement, call: DeliveryEffect): ReadToken & { readonly token: string };
  /** Null: it is forged. One that has expired is read all the same. */
  read(token: string): ReadToken | null;
}

/**
 * Tokens that name a call by its delivery: which escalation, which worker, and under which claim epoch are what that
 * call says, so that 50 characters are enough (decision 0027).
 * @throws OrchestratorError `invalid_configuration`
 */
export function callTokens(options: {
  readonly keys: readonly TokenKey[];
  readonly ttlSeconds: number;
}): CallTokens {
  const tokens = signedTokens({ keys: options.keys });
  const ttlMs = Math.ceil(options.ttlSeconds * 1_000);

  function read(token: string): ReadToken | null {
    for (const action of acknowledgements) {
      // Whether its time is over is judged by whoever asks, who may want to note whose it was.
      const verdict = tokens.verify(token, { purpose: purposeOf(action), now: 0 });
      if (!verdict.ok) continue;
      return { action, deliveryId: verdict.subject, expiresAt: verdict.expiresAt, id: verdict.id };
    }
    return null;
  }

  return {
    sign(action, { id: subject, delivery }) {
      const expiresAt = delivery.message.createdAt + ttlMs;
      const token = tokens.sign({ purpose: purposeOf(action), subject, expiresAt });
      const made = read(token);
      return { token, action, deliveryId: subject, expiresAt, id: made?.id ?? hashParts(token) };
    },
    read,
  };
}

function purposeOf(action: Acknowledgement): string {
  return `acknowledge-${action}`;
}
