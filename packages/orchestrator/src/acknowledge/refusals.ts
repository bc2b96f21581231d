import type { Escalation } from "@hybrid-orchestrator/core";
import { eventData } from "@hybrid-orchestrator/escalation";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { Throttle } from "./throttle.js";
import type { Acknowledgement } from "./tokens.js";

/**
 * - `forged`: not signed by us, or of a call that nobody knows. `foreign`: of another escalation, worker or action.
 * - `used`, `expired`. `stale`: the escalation has changed hands since.
 */
export type TokenRefusal = "forged" | "foreign" | "used" | "expired" | "stale";

/** What an escalation's history says of refusals in an hour. Whoever tries without end must not fill it. */
const mostAnHour = 30;

/** Records what links, buttons and replies were refused, without the token. */
export class Refusals {
  readonly #runtime: Runtime;
  readonly #throttle = new Throttle({ most: mostAnHour, windowMs: 3_600_000 });

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** In the commit of a decision about it. */
  record(
    work: SessionWork,
    escalation: Escalation,
    about: {
      readonly worker: string | null;
      readonly action: Acknowledgement | null;
      readonly reason: TokenRefusal;
    },
  ): void {
    const { worker, action, reason } = about;
    this.#runtime.logger.warn("A worker's token was refused.", { escalationId: escalation.id, reason });
    if (!this.#throttle.allows(escalation.id, work.now)) return;
    work.event({
      type: "escalation.token_refused",
      at: work.session.evaluatedAt,
      data: eventData(escalation, { worker, reason, details: action === null ? {} : { action } }),
    });
  }

  /** One that names no escalation. */
  forged(channel: string | null): void {
    this.#runtime.report("token.refused", { channel, reason: "forged" satisfies TokenRefusal });
  }
}
