import {
  type Attempt,
  type Channel,
  type DeliveryEffect,
  OrchestratorError,
  type SendResult,
  silentLogger,
} from "@hybrid-orchestrator/core";
import { sendingChannel, virtualClock } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChannelHub, createDispatcher } from "../src/index.js";
import { memoryOutbox } from "./outbox.js";
import { start } from "./support.js";

/** What a channel does when it is asked: whether the message arrives, and what it says of that, if anything. */
const behaviours = {
  takes: { arrives: true, says: { outcome: "sent" } },
  "refuses for now": { arrives: false, says: { outcome: "retryable", reason: "503" } },
  "refuses for good": { arrives: false, says: { outcome: "permanent", reason: "400" } },
  "throws before": { arrives: false, says: "throw" },
  "throws after": { arrives: true, says: "throw" },
  "hangs before": { arrives: false, says: "nothing" },
  "hangs after": { arrives: true, says: "nothing" },
  "answers late": { arrives: true, says: "late" },
  "answers nonsense": { arrives: true, says: { outcome: "perhaps" } as unknown as SendResult },
} as const satisfies Record<string, { arrives: boolean; says: SendResult | "throw" | "nothing" | "late" }>;
type Behaviour = keyof typeof behaviours;

const setting = fc.record({
  behaviours: fc.array(fc.constantFrom(...(Object.keys(behaviours) as Behaviour[])), {
    minLength: 1,
    maxLength: 12,
  }),
  crashes: fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 4 }),
  storageFails: fc.array(fc.boolean(), { maxLength: 20, size: "max" }),
  onAmbiguous: fc.constantFrom("dead_letter" as const, "fallback" as const),
});
type Setting = typeof setting extends fc.Arbitrary<infer Value> ? Value : never;

async function simulate({ behaviours: script, crashes, storageFails, onAmbiguous }: Setting) {
  const clock = virtualClock(start);
  let calls = 0;
  /** `delivery channel`, once for each time a message arrived. */
  const arrivals: string[] = [];
  const keys = new Set<string>();

  function channel(name: string, idempotent: boolean): Channel {
    return {
      ...sendingChannel({ name, capabilities: { idempotent } }),
      async send({ deliveryId }, { idempotencyKey }) {
        const { arrives, says } = behaviours[script[calls++ % script.length] ?? "takes"];
        if (arrives && !(idempotent && keys.has(idempotencyKey))) arrivals.push(`${deliveryId} ${name}`);
        if (arrives) keys.add(idempotencyKey);
        if (says === "throw") throw new Error("broken");
        if (says === "nothing") return new Promise(() => undefined);
        if (says === "late") {
          return new Promise((resolve) => void clock.setTimeout(() => resolve({ outcome: "sent" }), 31_000));
        }
        return says;
      },
    };
  }

  const hub = createChannelHub({ policy: { onAmbiguous, deadlineMs: 600_000 } });
  for (const name of ["email", "slack"]) hub.register(channel(name, false), { concurrency: 2 });
  hub.register(channel("dashboard", true), { concurrency: 2 });

  const effects = new Map<string, DeliveryEffect>();
  let settles = 0;
  function startProcess(holder: string) {
    const outbox = memoryOutbox(hub, clock, { holder, effects });
    let alive = true;
    outbox.beforeSettle = () => {
      if (!alive) throw new OrchestratorError("storage_closed", "this process is dead");
      if (storageFails[settles++] === true) throw new OrchestratorError("storage_busy", "locked");
    };
    const dispatcher = createDispatcher({ hub, outbox, clock, logger: silentLogger });
    function kill(): void {
      alive = false;
    }
    return { outbox, pump: () => outbox.pump(dispatcher), kill };
  }

  let running = startProcess("node_0");
  for (let count = 0; count < 5; count += 1) running.outbox.add();
  const crashesAt = crashes.map((after) => start + after).sort((a, b) => a - b);
  for (let rounds = 0; [...effects.values()].some((effect) => effect.dueAt !== null); rounds += 1) {
    if (rounds > 2_000) throw new Error(`it does not end: ${JSON.stringify([...effects.values()])}`);
    running.pump();
    await clock.advance(1_000);
    while (crashesAt[0] !== undefined && crashesAt[0] <= clock.now()) {
      crashesAt.shift();
      running.kill();
      running = startProcess(`node_${rounds}`);
    }
  }
  return { arrivals, effects: [...effects.values()] };
}

/** A throw of a channel that deduplicates is on record as retryable, since it can be tried again without harm. */
function isDoubtful({ channel, outcome, reason }: Attempt): boolean {
  return outcome === "ambiguous" || (channel === "dashboard" && reason === "the channel failed: broken");
}

describe("channels, processes and a storage that fail at any moment", () => {
  const runs = process.env.SOAK === undefined ? 150 : 5_000;

  it("never make a message arrive twice on one channel, nor count as sent what did not arrive", async () => {
    await fc.assert(
      fc.asyncProperty(setting, async (history) => {
        const { arrivals, effects } = await simulate(history);
        expect(new Set(arrivals).size, arrivals.join(", ")).toBe(arrivals.length);
        for (const { id, delivery } of effects) {
          const arrived = arrivals.some((arrival) => arrival.startsWith(id));
          if (delivery.status === "sent") expect(arrived, JSON.stringify(delivery)).toBe(true);
          // What arrived and is not known as sent is known as doubtful: it is never silently lost.
          else if (arrived) expect(delivery.attempts.some(isDoubtful), JSON.stringify(delivery)).toBe(true);
          expect(["sent", "failed"]).toContain(delivery.status);
        }
      }),
      { numRuns: runs },
    );
  }, 600_000);
});
