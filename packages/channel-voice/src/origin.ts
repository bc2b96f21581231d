import { createHash } from "node:crypto";
import { signedTokens } from "@hybrid-orchestrator/signatures";

/** What a call was placed for. */
export interface Origin {
  readonly sessionId: string;
  readonly deliveryId: string;
  /** It was a worker who was called: what is said there is not the user's. */
  readonly toWorker: boolean;
}

export interface Origins {
  /** To go along with a call as one of its variables. */
  sign(origin: Origin, now: number): string;
  /** What a call says of itself; null unless it was placed by us. */
  read(token: string | undefined, now: number): Origin | null;
}

const purpose = "voice-call";
const dayMs = 86_400_000;

/**
 * A call carries what it was placed for, so that every node knows it. Whoever begins a call in a browser may choose its
 * variables, and Vapi repeats them in what it signs: so they count only with a token of ours.
 */
export function createOrigins(apiKey: string): Origins {
  const bytes = createHash("sha256").update(`hybrid-orchestrator/${purpose}\0${apiKey}`).digest("base64");
  const tokens = signedTokens({ keys: [{ id: 1, secret: `whsec_${bytes}` }] });
  return {
    sign: ({ sessionId, deliveryId, toWorker }, now) =>
      tokens.sign({
        purpose,
        subject: `${sessionId} ${deliveryId}${toWorker ? " worker" : ""}`,
        expiresAt: now + dayMs,
      }),
    read(token, now) {
      if (token === undefined) return null;
      const verdict = tokens.verify(token, { purpose, now });
      if (!verdict.ok) return null;
      const [sessionId = "", deliveryId = "", audience] = verdict.subject.split(" ");
      return { sessionId, deliveryId, toWorker: audience === "worker" };
    },
  };
}
