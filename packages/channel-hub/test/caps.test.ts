import type { DeliveryEffect, JsonObject, SendResult } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressId,
  answeredSession,
  beginAttempt,
  deliveryOfSlot,
  readAddressState,
  reserveSlot,
  settleAttempt,
  settleSlots,
  slotRef,
  suppressed,
  toDocument,
  unsuppressed,
  writtenToBy,
} from "../src/index.js";
import { activeSession, channel, effectOf, hubOf, recipient, start } from "./support.js";

const limit = 2;
const holdMs = 45_000;
const zone = "Europe/Berlin";
const views = hubOf([channel("sms")], { policy: { channels: { sms: { maxPerDay: limit } } } }).views();

const turn = fc.record({
  /** Which of the processes does its next step, and whether it dies instead. */
  process: fc.nat(7),
  dies: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  afterMs: fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 * holdMs }) },
  ),
  outcome: fc.constantFrom("sent", "sent", "permanent", "retryable", "ambiguous", "misconfigured"),
});

/** A database with one address and some deliveries, and processes that take each delivery through, commit by commit. */
function world(deliveries: number) {
  let now = Date.UTC(2026, 2, 28, 22, 58);
  let attempts = 0;
  let body: JsonObject | null = null;
  const effects = new Map<string, DeliveryEffect>();
  for (let n = 0; n < deliveries; n += 1) {
    const made = effectOf(views, { channel: "sms", recipient: recipient({ timeZone: zone }) }, { now });
    effects.set(`d${n}`, { ...made, id: `d${n}` });
  }
  // Asked for after every step, and a calendar is slow.
  const days = new Map<number, string>();
  const dayAt = (at: number, one: DeliveryEffect): string => {
    const day = days.get(at) ?? slotRef(one, at, views).day;
    days.set(at, day);
    return day;
  };
  const effect = (id: string): DeliveryEffect => {
    const found = effects.get(id);
    if (found === undefined) throw new Error(`no delivery ${id}`);
    return found;
  };
  const store = (state: ReturnType<typeof readAddressState>) => {
    body = toDocument(state, now).body;
  };

  /** Each `yield` is a moment at which the process may die, and others may act. */
  function* run(id: string, outcome: () => string): Generator<void> {
    attempts += 1;
    const attemptId = `a${attempts}`;
    const slot = { ...slotRef(effect(id), now, views), attemptId, until: now + holdMs };
    let reserved = reserveSlot(readAddressState(body), slot, { now, limit });
    if (reserved.kind === "full" && reserved.stale.length > 0) {
      for (const key of reserved.stale) {
        store(
          settleSlots(readAddressState(body), effect(deliveryOfSlot(key)), { channel: "sms", views, now }),
        );
        yield;
      }
      reserved = reserveSlot(readAddressState(body), slot, { now, limit });
    }
    if (reserved.kind === "full") return;
    store(reserved.state);
    yield;
    const late = now >= slot.until || slotRef(effect(id), now, views).day !== slot.day;
    const begun = late
      ? null
      : beginAttempt(effect(id), {
          now,
          session: activeSession,
          views,
          holder: "node",
          attemptId,
          busy: [],
        });
    if (begun !== null && begun.kind !== "deferred") effects.set(id, begun.effect);
    yield;
    if (begun?.kind === "send") {
      const result = { outcome: outcome(), reason: "why" } as SendResult;
      effects.set(id, settleAttempt(effect(id), { attemptId, result, now, random: 0.5, views }).effect);
      yield;
    }
    const settled = { channel: "sms", views, now, attemptId: begun?.kind === "send" ? null : attemptId };
    store(settleSlots(readAddressState(body), effect(id), settled));
  }

  return {
    run,
    pass: (ms: number) => {
      now += ms;
    },
    settleAll: () => {
      now += holdMs;
      for (const one of effects.values())
        store(settleSlots(readAddressState(body), one, { channel: "sms", views, now }));
    },
    state: () => readAddressState(body),
    /** By day, the deliveries that have arrived or may have. */
    arrived: () => {
      const sentOn = new Map<string, Set<string>>();
      for (const one of effects.values()) {
        for (const { startedAt, outcome } of one.delivery.attempts) {
          if (outcome !== "sent" && outcome !== "ambiguous" && outcome !== null) continue;
          const day = dayAt(startedAt, one);
          sentOn.set(day, (sentOn.get(day) ?? new Set()).add(one.id));
        }
      }
      return sentOn;
    },
    open: () =>
      [...effects.values()].some((one) => one.delivery.attempts.some(({ endedAt }) => endedAt === null)),
  };
}

describe("a cap", () => {
  it("is never exceeded, whatever is sent at once and whoever dies between two commits; failures use nothing up", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 30, maxLength: 150, size: "max" }), (turns) => {
        const { run, pass, arrived, settleAll, state, open } = world(6);
        const processes = new Map<number, Generator<void>>();
        let outcome = "sent";
        for (const { process, dies, afterMs, outcome: next } of turns) {
          pass(afterMs);
          outcome = next;
          const known = processes.get(process);
          if (known === undefined)
            processes.set(
              process,
              run(`d${process % 6}`, () => outcome),
            );
          else if (dies || known.next().done === true) processes.delete(process);
          for (const [day, sent] of arrived()) expect(sent.size, `on ${day}`).toBeLessThanOrEqual(limit);
        }
        settleAll();
        if (open()) return;
        for (const [day, slots] of Object.entries(state().days)) {
          const used = Object.keys(slots).filter((key) => slots[key]?.state === "used");
          expect(used.length, `used on ${day}`).toBe(arrived().get(day)?.size ?? 0);
          expect(Object.keys(slots), `held on ${day}`).toEqual(used);
        }
      }),
      { numRuns: process.env.SOAK === undefined ? 300 : 50_000 },
    );
  }, 1_200_000);

  it("counts by the day of the recipient, whatever day it is elsewhere", () => {
    const effect = effectOf(views, { recipient: recipient({ timeZone: "Pacific/Auckland" }) });
    expect(slotRef(effect, Date.UTC(2026, 0, 1, 10, 59), views).day).toBe("2026-01-01");
    expect(slotRef(effect, Date.UTC(2026, 0, 1, 11), views).day).toBe("2026-01-02");
  });

  it("lets a delivery find its own slot again, but not take it from an attempt that may still begin", () => {
    const state = readAddressState(null);
    const slot = { day: "2026-01-01", key: "d:1", attemptId: "a1", until: start + holdMs };
    const first = reserveSlot(state, slot, { now: start, limit: 1 });
    if (first.kind !== "reserved") throw new Error(first.kind);
    const again = { ...slot, attemptId: "a2", until: start + 2 * holdMs };
    expect(reserveSlot(first.state, again, { now: start, limit: 1 })).toEqual({
      kind: "full",
      stale: [],
      heldUntil: slot.until,
    });
    expect(reserveSlot(first.state, again, { now: slot.until, limit: 1 }).kind).toBe("reserved");
    expect(reserveSlot(first.state, { ...again, key: "e:1" }, { now: slot.until, limit: 1 })).toEqual({
      kind: "full",
      stale: ["d:1"],
      heldUntil: null,
    });
  });
});

describe("the state of an address", () => {
  it("names nobody, and is kept apart by channel", () => {
    expect(addressId("sms", "+43 660 1234567")).toMatch(/^address:[0-9a-f]{64}$/);
    expect(addressId("sms", "x")).not.toBe(addressId("email", "x"));
    expect(addressId("a", "b:c")).not.toBe(addressId("a:b", "c"));
  });

  it("expires when its last day is over everywhere, unless it says that nothing may be sent", () => {
    const now = Date.UTC(2026, 0, 1);
    const slot = { day: "2026-01-01", key: "d:1", attemptId: "a", until: now + 1 };
    const reserved = reserveSlot(readAddressState(null), slot, { now, limit: 1 });
    if (reserved.kind !== "reserved") throw new Error(reserved.kind);
    expect(toDocument(reserved.state, now).expiresAt).toBe(Date.UTC(2026, 0, 3));
    // Kept for a while, so that versions do not begin anew under somebody who is about to write.
    const empty = {
      body: { suppression: null, lastSession: null, days: {} },
      expiresAt: Date.UTC(2026, 0, 3, 1),
    };
    expect(toDocument(reserved.state, Date.UTC(2026, 0, 3))).toEqual(empty);
    const stopped = suppressed(reserved.state, { reason: "STOP", source: "report", since: now });
    expect(toDocument(stopped, Date.UTC(2026, 0, 3))).toEqual({
      body: { suppression: { reason: "STOP", source: "report", since: now }, lastSession: null, days: {} },
      expiresAt: null,
    });
    expect(suppressed(stopped, { reason: "again", source: "api", since: now + 1 })).toBe(stopped);
    expect(toDocument(unsuppressed(stopped), Date.UTC(2026, 0, 3))).toEqual(empty);
  });

  it("tells for thirty days which session an answer belongs to: the one that wrote last", () => {
    const day = 86_400_000;
    const first = writtenToBy(readAddressState(null), "a", start);
    expect(answeredSession(first, start + 29 * day)).toBe("a");
    expect(answeredSession(first, start + 30 * day)).toBeNull();
    expect(writtenToBy(first, "a", start + day / 2)).toBe(first);
    expect(answeredSession(writtenToBy(first, "a", start + day), start + 30 * day)).toBe("a");
    const second = writtenToBy(first, "b", start + 1);
    expect(answeredSession(second, start + 2)).toBe("b");
    expect(toDocument(second, start + 2).expiresAt).toBe(start + 1 + 30 * day);
    expect(toDocument(second, start + 31 * day).body).toMatchObject({ lastSession: null });
  });
});
