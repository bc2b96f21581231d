import type { DeliveryEffect, Effect } from "@hybrid-orchestrator/core";
import type { LedgerEntry } from "../ledger.js";

/** What a channel says of an address that opts out; the report that says so has other words. */
export const optOut = "STOP";

const dayMs = 86_400_000;

export interface LimitWatchOptions {
  readonly workflow: string;
  /** By channel, how many messages an address may get in a day. */
  readonly caps: Readonly<Record<string, number>>;
  /** When the day begins, after midnight in UTC. */
  readonly dayBeginsMs: number;
}

/** An attempt or a call as it was committed, with the moment of that. */
interface Begun {
  readonly tick: number;
  readonly at: number;
  readonly address: string;
  readonly automated: boolean;
  readonly agent: unknown;
}

/** What was to stop: when that was asked for and promised, and when somebody let it go on again. Moments are counted. */
interface Stop {
  readonly promises: { readonly askedAt: number; readonly since: number }[];
  readonly lifts: { readonly from: number; until: number }[];
}

/**
 * Knows who was promised that nothing leaves any more, and who has got how much today; finds what leaves all the same.
 * What was promised while somebody took it back counts for nothing: nobody can tell which of the two came last.
 */
export class LimitWatch {
  readonly #options: LimitWatchOptions;
  readonly #stops = new Map<string, Stop>();
  readonly #begun = new Map<string, Begun>();
  /** Attempts whose begin, and those whose end, has been seen. */
  readonly #seen = { begins: new Set<string>(), ends: new Set<string>() };
  /** By channel, address and day, the keys of what arrived. */
  readonly #arrived = new Map<string, Set<string>>();

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  /** What a session's commit says: what has begun, who has opted out, what has bounced and so counts no more. */
  see(sessionId: string, effects: readonly Effect[] = [], tick: number): void {
    for (const effect of effects) {
      if (effect.kind === "delivery") this.#seeDelivery(effect, tick);
      else if (effect.kind === "agent" && effect.call.status === "running")
        this.#begun.set(callOf(sessionId), {
          tick,
          at: effect.updatedAt,
          address: "",
          automated: true,
          agent: effect.call.agent,
        });
    }
  }

  /** A caller who had asked at one moment was promised that nothing of it begins to leave from here on. */
  stopped(target: string, askedAt: number, tick: number): void {
    this.#stopOf(target).promises.push({ askedAt, since: tick });
  }

  /** Somebody takes it back; the returned function says that this has ended, one way or the other. */
  lifting(target: string, tick: number): (tick: number) => void {
    const lift = { from: tick, until: Number.POSITIVE_INFINITY };
    this.#stopOf(target).lifts.push(lift);
    return (ended) => {
      lift.until = ended;
    };
  }

  /** What is wrong with a message that arrives now. */
  arrives({ channel, effectId, key }: LedgerEntry, tick: number): string[] {
    const begun = this.#begun.get(effectId);
    if (begun === undefined) return [`${key} arrives, and nobody has begun it`];
    const targets = [channelTarget(channel), addressTarget(channel, begun.address)];
    const found = [...targets, ...this.#automationOf(begun)].flatMap((target) =>
      this.#stands(target, begun.tick, tick) ? [`${key} left although ${target} was stopped`] : [],
    );
    const cap = this.#options.caps[channel];
    if (cap === undefined) return found;
    const today = this.#arrivedOn(channel, begun);
    today.add(key);
    return today.size > cap ? [...found, `${key} is one more than ${cap} of its day`] : found;
  }

  /** What is wrong with an agent that is asked now. */
  asked(sessionId: string, tick: number): string[] {
    const begun = this.#begun.get(callOf(sessionId));
    if (begun === undefined) return [`the agent of ${sessionId} is asked, and nobody has begun it`];
    return this.#automationOf(begun).flatMap((target) =>
      this.#stands(target, begun.tick, tick) ? [`an agent was asked although ${target} was stopped`] : [],
    );
  }

  #seeDelivery({ id, delivery }: DeliveryEffect, tick: number): void {
    const { recipient, automated, metadata } = delivery.message;
    for (const attempt of delivery.attempts) {
      const { channel, outcome, reason } = attempt;
      const begun = {
        tick,
        at: attempt.startedAt,
        address: recipient.id,
        automated,
        agent: metadata.agent,
      };
      if (attempt.endedAt === null && !this.#seen.begins.has(attempt.id)) {
        this.#seen.begins.add(attempt.id);
        this.#begun.set(id, begun);
      }
      if (outcome !== "permanent" || this.#seen.ends.has(attempt.id)) continue;
      this.#seen.ends.add(attempt.id);
      // What the channel said took effect at some moment after its attempt had begun.
      const beganAt = this.#begun.get(id)?.tick ?? tick;
      if (reason === optOut) this.stopped(addressTarget(channel, recipient.id), beganAt, tick);
      if (reason?.startsWith("bounced"))
        this.#arrivedOn(channel, begun).delete(`${id}:${attempt.generation}:${channel}`);
    }
  }

  /** Whether it was stopped before `begun` and nobody has touched that since it was asked for. */
  #stands(target: string, begun: number, now: number): boolean {
    const stop = this.#stops.get(target);
    return (
      stop?.promises.some(
        ({ askedAt, since }) =>
          since < begun && !stop.lifts.some(({ from, until }) => from <= now && until >= askedAt),
      ) ?? false
    );
  }

  #stopOf(target: string): Stop {
    const known = this.#stops.get(target);
    if (known !== undefined) return known;
    const stop: Stop = { promises: [], lifts: [] };
    this.#stops.set(target, stop);
    return stop;
  }

  #automationOf({ automated, agent }: Begun): string[] {
    if (!automated) return [];
    const byAgent = typeof agent === "string" ? [agentTarget(agent)] : [];
    return [workflowTarget(this.#options.workflow), ...byAgent];
  }

  #arrivedOn(channel: string, { at, address }: Begun): Set<string> {
    const day = `${channel} ${address} ${Math.floor((at - this.#options.dayBeginsMs) / dayMs)}`;
    const known = this.#arrived.get(day);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#arrived.set(day, keys);
    return keys;
  }
}

const callOf = (sessionId: string): string => `agent of ${sessionId}`;
export const channelTarget = (name: string): string => `channel ${name}`;
export const workflowTarget = (name: string): string => `workflow ${name}`;
export const agentTarget = (name: string): string => `agent ${name}`;
export const addressTarget = (channel: string, recipientId: string): string => `${channel} to ${recipientId}`;
