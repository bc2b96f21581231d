import {
  type Escalation,
  escalationPolicySchema,
  hasEnded,
  OrchestratorError,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addNote,
  advance,
  type Consequence,
  cancel,
  claim,
  decline,
  giveBack,
  handBack,
  nextDueAt,
  offer,
  requestTransfer,
  reserve,
  resolve,
  respond,
  type Staff,
  settle,
  snooze,
  staffChanged,
  userWrote,
  whomToOffer,
} from "../src/index.js";
import { makeStaff, makeWorker, open, seconds } from "./team.js";

const note = { text: "done", facts: [], decisions: [], promises: [], avoid: [] };
const ids = ["ann", "bob", "cyd"] as const;
const who = fc.constantFrom(...ids);

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 90 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const), who }) },
  fc.record({
    do: fc.constantFrom(
      "respond",
      "decline",
      "giveBack",
      "handBack",
      "resolve",
      "note",
      "snooze",
      "snoozeFor",
      "presence" as const,
    ),
    who,
  }),
  fc.record({ do: fc.constant("transfer" as const), who, to: who }),
  fc.record({ do: fc.constantFrom("userWrote", "cancel" as const) }),
);

const target = fc.oneof(
  fc.record({ worker: who }),
  fc.constant({ queue: "support" }),
  fc.constant({ channel: "team" }),
);
const policy = fc
  .record({
    levels: fc.array(
      fc.record({
        targets: fc.array(target, { maxLength: 3 }),
        waitSeconds: fc.integer({ min: 5, max: 60 }),
        onNoTarget: fc.constantFrom("skip" as const, "hold" as const, "fall_back" as const),
        fallback: fc.array(target, { minLength: 1, maxLength: 2 }),
        assign: fc.constantFrom("notify" as const, "offer" as const),
        offerSeconds: fc.integer({ min: 1, max: 40 }),
        parallelOffers: fc.integer({ min: 1, max: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    repeat: fc.record({ times: fc.integer({ min: 0, max: 2 }) }),
    onExhausted: fc.constantFrom(
      { action: "back_to_ai" as const },
      { action: "take_contact" as const },
      { action: "expire" as const },
    ),
    acknowledgeSeconds: fc.constantFrom(null, 20),
    skipSeconds: fc.constantFrom(1, 60),
    ttlSeconds: fc.integer({ min: 30, max: 900 }),
    slas: fc.constantFrom({}, { accept: { seconds: 15 }, resolve: { seconds: 60, pauseWhileWaiting: true } }),
    meanwhile: fc.constantFrom("hold" as const, "assist" as const),
  })
  .map((input) => escalationPolicySchema.parse(input));

/** Plays one escalation as a shell would, and checks what must hold after each step. */
class Play {
  now = 0;
  workers: Map<string, WorkerRecord>;
  escalation: Escalation;
  readonly fired = new Set<string>();
  readonly events: string[] = [];
  owner: { kind: string; worker: string | null } = { kind: "ai", worker: null };
  ends = 0;
  #seeking = false;

  constructor(given: Escalation["policy"]) {
    this.workers = new Map(
      ids.map((id) => [
        id,
        makeWorker({ id, name: id, queues: id === "cyd" ? [] : ["support"], capacity: { total: 1 } }),
      ]),
    );
    const step = open({ policy: given }, this.context);
    this.escalation = step.escalation;
    this.take(step.escalation, step.consequences, null);
  }

  get staff(): Staff {
    return makeStaff([...this.workers.values()]);
  }

  get context() {
    return { now: this.now, staff: this.staff };
  }

  take(next: Escalation, consequences: readonly Consequence[], before: Escalation | null): void {
    if (before !== null) this.compare(before, next, consequences);
    this.escalation = next;
    for (const one of consequences) this.#follow(one);
    // Capacity is settled, and offers are made, as effects of the commit.
    for (const one of consequences) {
      if (one.type === "settle") this.settle(one.worker);
      if (one.type === "seek_offer") this.#seeking = true;
    }
    if (this.#seeking) {
      this.#seeking = false;
      this.#offer();
    }
    this.check();
  }

  settle(id: string): void {
    const worker = this.workers.get(id);
    if (worker !== undefined)
      this.workers.set(
        id,
        settle(
          worker,
          { escalationId: this.escalation.id, escalation: this.escalation },
          { now: this.now, spare: false },
        ),
      );
  }

  #offer(): void {
    const [worker] = whomToOffer(this.escalation, this.context);
    if (worker === undefined) return;
    const reserved = reserve(worker, this.escalation, this.now + 10 * seconds);
    expect(reserved, "room for whoever is offered it").not.toBeNull();
    const { escalation, consequences } = offer(
      this.escalation,
      { id: `offer@${this.now}:${worker.id}`, worker },
      this.context,
    );
    this.take(escalation, consequences, this.escalation);
  }

  #follow(one: Consequence): void {
    if (one.type === "owner") {
      const same = one.owner === this.owner.kind && one.worker === this.owner.worker;
      expect(same && one.owner === "human", "a change of human owner changes the owner").toBe(false);
      this.owner = { kind: one.owner, worker: one.worker };
    }
    if (one.type === "event") {
      this.events.push(one.name);
      if (/resolved|cancelled|expired$/.test(one.name) && one.name !== "escalation.offer_expired")
        this.ends += 1;
      if (one.name === "escalation.level_fired") {
        const key = `${one.data.cycle}:${one.data.level}`;
        const { policy: given } = this.escalation;
        const again = this.fired.has(key) && given.levels[one.data.level]?.onNoTarget !== "fall_back";
        const held = given.levels[one.data.level]?.onNoTarget === "hold";
        expect(again && !held, `level ${key} fired once`).toBe(false);
        this.fired.add(key);
      }
    }
  }

  compare(before: Escalation, next: Escalation, consequences: readonly Consequence[]): void {
    expect(next.claimEpoch, "epochs only grow").toBeGreaterThanOrEqual(before.claimEpoch);
    if (before.holder?.worker !== next.holder?.worker)
      expect(next.claimEpoch, "a change of holder is a new epoch").toBeGreaterThan(before.claimEpoch);
    if (hasEnded(before.status)) expect(next.status, "an end is the end").toBe(before.status);
    const order =
      (next.progress.cycle - before.progress.cycle) * 100 + next.progress.level - before.progress.level;
    expect(order, "levels only go on").toBeGreaterThanOrEqual(0);
    if (before.holder !== null && next.holder !== null)
      expect(
        consequences.some((one) => one.type === "event" && one.name === "escalation.level_fired"),
        "no level fires while it is held",
      ).toBe(false);
  }

  check(): void {
    const { escalation } = this;
    const ended = hasEnded(escalation.status);
    expect(this.ends, "ends").toBe(ended ? 1 : 0);
    const due = nextDueAt(escalation);
    if (ended) {
      expect(due, "no timer after the end").toBeNull();
      expect([escalation.holder, escalation.offers.length, escalation.transfer]).toEqual([null, 0, null]);
      for (const { slots } of this.workers.values()) expect(slots, "capacity after the end").toEqual([]);
    } else {
      expect(due !== null || escalation.holder !== null, "somebody or some time is responsible").toBe(true);
      expect(due === null || due > this.now, `due ${due} after ${this.now}`).toBe(true);
    }
    for (const { slots, capacity } of this.workers.values())
      expect(slots.length).toBeLessThanOrEqual(capacity.total);
    const claimed = escalation.holder !== null;
    expect(this.owner.kind === "human", "a human owns while a human holds").toBe(claimed);
    if (claimed) expect(this.owner.worker).toBe(escalation.holder?.worker);
    expect(escalation.status === "offered").toBe(escalation.offers.length > 0 && !claimed);
  }

  wait(ms: number): void {
    const until = this.now + ms;
    for (let turn = 0; ; turn += 1) {
      const due = nextDueAt(this.escalation);
      if (due === null || due > until) break;
      expect(turn, "looks").toBeLessThan(1_000);
      this.now = due;
      const { escalation, consequences } = advance(this.escalation, this.context);
      this.take(escalation, consequences, this.escalation);
    }
    this.now = until;
  }

  run(given: { do: string; who?: string; to?: string; seconds?: number }): void {
    const { escalation, context } = this;
    const worker = given.who ?? "";
    switch (given.do) {
      case "wait":
        this.wait((given.seconds ?? 1) * seconds);
        return;
      case "presence": {
        const record = this.workers.get(worker) as WorkerRecord;
        this.workers.set(worker, {
          ...record,
          presence: record.presence === "online" ? "offline" : "online",
        });
        const step = staffChanged(escalation, this.context);
        this.take(step.escalation, step.consequences, escalation);
        return;
      }
      case "claim": {
        const record = reserve(this.workers.get(worker) as WorkerRecord, escalation, this.now + 10 * seconds);
        if (record === null) return;
        this.workers.set(worker, record);
        this.attempt(() => claim(escalation, { worker: record }, this.context));
        this.settle(worker);
        this.check();
        return;
      }
      case "transfer":
        this.attempt(() =>
          requestTransfer(
            escalation,
            { worker, to: { worker: given.to ?? "" }, note: null, seconds: 30 },
            context,
          ),
        );
        return;
      case "respond":
        this.attempt(() => respond(escalation, { worker }, context));
        return;
      case "decline":
        this.attempt(() => decline(escalation, { worker, reason: null }, context));
        return;
      case "giveBack":
        this.attempt(() => giveBack(escalation, { worker, reason: "no time" }, context));
        return;
      case "handBack":
        this.attempt(() =>
          handBack(escalation, { worker, note, mode: "continue", disposition: "needed" }, context),
        );
        return;
      case "resolve":
        this.attempt(() =>
          resolve(escalation, { by: { worker }, outcome: "done", disposition: null, next: "ai" }, context),
        );
        return;
      case "note":
        this.attempt(() => addNote(escalation, { worker, text: "hm" }, context));
        return;
      case "snooze":
        this.attempt(() => snooze(escalation, { worker, until: null }, context));
        return;
      case "snoozeFor":
        this.attempt(() => snooze(escalation, { worker, until: this.now + 25 * seconds }, context));
        return;
      case "userWrote": {
        if (hasEnded(escalation.status)) return;
        const step = userWrote(escalation, "hello", context);
        this.take(step.escalation, step.consequences, escalation);
        return;
      }
      case "cancel":
        this.attempt(() => cancel(escalation, { reason: "no longer" }, context));
        return;
    }
  }

  attempt(act: () => { escalation: Escalation; consequences: readonly Consequence[] }): void {
    const before = this.escalation;
    try {
      const step = act();
      this.take(step.escalation, step.consequences, before);
    } catch (error) {
      if (!OrchestratorError.isInstance(error)) throw error;
    }
  }
}

describe("an escalation", () => {
  it(
    "keeps its promises in whatever order things happen",
    () => {
      fc.assert(
        fc.property(policy, fc.array(command, { maxLength: 40 }), (given, commands) => {
          const play = new Play(given);
          for (const one of commands) play.run(one);
          // Left alone without its holder, it ends by itself.
          for (const [id, worker] of play.workers) play.workers.set(id, { ...worker, presence: "offline" });
          play.wait(10_000 * seconds);
          expect(hasEnded(play.escalation.status), "it has ended").toBe(true);
        }),
        { numRuns: process.env.SOAK === "1" ? 100_000 : 300 },
      );
    },
    process.env.SOAK === "1" ? 3_600_000 : 60_000,
  );
});
