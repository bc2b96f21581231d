import {
  floodingChannel,
  hangingChannel,
  lyingChannel,
  sendingChannel,
  type TestChannel,
  throwingChannel,
  twiceAnsweringChannel,
} from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "./ledger.js";
import { seededRandom } from "./random.js";
import { comeToRest, endWorld, judge } from "./simulation/history.js";
import { someNode } from "./simulation/steps.js";
import { ask, makeWorld } from "./simulation/world.js";

type Options = { readonly name: string; readonly capabilities: { readonly idempotent: boolean } };

const faulty: Readonly<Record<string, (options: Options) => TestChannel>> = {
  "hangs until it is aborted": (options) => hangingChannel(options),
  "hangs and ignores the abort": (options) => hangingChannel({ ...options, ignoresAbort: true }),
  "throws before it sends": (options) => throwingChannel(options),
  "throws after it has sent": (options) => throwingChannel({ ...options, afterSending: true }),
  "answers twice": (options) => twiceAnsweringChannel(options),
  "answers what is no answer": (options) => lyingChannel([undefined, "sent", { outcome: "lost" }], options),
  floods: (options) => floodingChannel(options),
};

/** Sends three messages on the faulty channel and three on one that works. */
async function sendOn(make: (options: Options) => TestChannel, idempotent: boolean) {
  const name = idempotent ? "dedup" : "plain";
  const channel = make({ name, capabilities: { idempotent } });
  const other = sendingChannel({ name: "other" });
  // The other of the two that the scenario's triggers name.
  const third = sendingChannel({ name: idempotent ? "plain" : "dedup" });
  const world = await makeWorld(seededRandom(1));
  world.doubles = () => ({
    specVersion: 1,
    name: "channels",
    setup(host) {
      host.channel(channel);
      host.channel(other);
      host.channel(third);
      host.agent({
        name: "advisor",
        analyze: () => Promise.reject(new Error("unused")),
        async *respond() {},
      });
      host.action("log", () => undefined);
    },
  });
  try {
    const node = await someNode(world);
    const { id } = await node.orchestrator.createSession({ ttlSeconds: null });
    world.sessions.push(id);
    for (const through of [name, "other", name, "other", name, "other"]) {
      await ask(world, node, id, async () => {
        const sent = await node.orchestrator.broadcast(id, { content: "Hello" }, { channels: [through] });
        return { effectIds: sent.map(({ deliveryId }) => deliveryId) };
      });
    }
    await world.clock.advance(1_000);
    const othersAfterASecond = other.effects.length;
    await comeToRest(world);
    world.ledger.push(...[channel, other, third].flatMap(entriesOf));
    const { items } = await node.orchestrator.listDeliveries({ limit: 50 });
    const statuses = items
      .filter(({ message }) => message.channel === name && !message.automated)
      .map(({ status }) => status);
    return { violations: await judge(world), statuses, othersAfterASecond };
  } finally {
    await endWorld(world);
  }
}

function entriesOf({ name, effects }: TestChannel): LedgerEntry[] {
  return effects.map(({ sessionId, deliveryId }) => ({
    channel: name,
    key: `${deliveryId}:1:${name}`,
    sessionId,
    effectId: deliveryId,
  }));
}

describe("a channel that", () => {
  for (const [behaviour, make] of Object.entries(faulty)) {
    for (const idempotent of [true, false]) {
      it(`${behaviour} and ${idempotent ? "deduplicates" : "does not"} breaks no promise and holds nobody up`, async () => {
        const { violations, statuses, othersAfterASecond } = await sendOn(make, idempotent);
        expect(violations).toEqual([]);
        expect(othersAfterASecond).toBe(3);
        expect(statuses).toHaveLength(3);
        const ended = behaviour === "answers twice" ? "sent" : "failed";
        expect(new Set(statuses)).toEqual(new Set([ended]));
      });
    }
  }
});
