import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Agent,
  hasEnded,
  OrchestratorError,
  type OrchestratorEvent,
  type OutboundMessage,
  type Plugin,
} from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelPlugin, recordingChannel } from "../../harness.js";
import { counts } from "../counts.js";

const team = ["ann", "bob"] as const;
const soak = process.env.SOAK === "1";

const action = fc.oneof(
  fc.record({ do: fc.constant("claim" as const), worker: fc.constantFrom(...team) }),
  fc.record({
    do: fc.constantFrom("reply", "release", "handBack", "resolve", "transfer", "snooze", "decline" as const),
    worker: fc.constantFrom(...team),
  }),
  fc.record({ do: fc.constant("token" as const), which: fc.nat(40) }),
  fc.record({ do: fc.constantFrom("open", "question", "struggle", "write" as const) }),
  fc.record({ do: fc.constant("presence" as const), worker: fc.constantFrom(...team), online: fc.boolean() }),
);
/** What happens at once, how long nothing happens then, and whether another process goes on. */
const moment = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 3 }),
  seconds: fc.constantFrom(0, 1, 7, 35, 70),
  restart: fc.boolean(),
});
const policy = fc.record({
  assign: fc.constantFrom("notify" as const, "offer" as const),
  waitSeconds: fc.constantFrom(10, 60),
  acknowledgeSeconds: fc.constantFrom(null, 20),
});
type Policy = typeof policy extends fc.Arbitrary<infer Value> ? Value : never;

const keys = [{ id: 1, secret: createSecret() }];

interface World {
  readonly clock: VirtualClock;
  readonly path: string;
  readonly policy: Policy;
  orchestrator: Orchestrator;
  session: string;
  /** What left, with the tokens of its buttons, and how often each token did what it says. */
  readonly sent: OutboundMessage[];
  readonly used: Map<string, number>;
}

function start({ path, clock, policy: given, sent }: Omit<World, "orchestrator">): Orchestrator {
  const agent: Agent = {
    name: "eager",
    async analyze() {
      return { action: "prompt_user", message: "Shall I help?", reasoning: "", confidence: 1 };
    },
    async *respond() {
      yield "ok";
    },
  };
  const brings: Plugin = { specVersion: 1, name: "agent:eager", setup: (host) => host.agent(agent) };
  const { acknowledgeSeconds, ...level } = given;
  return createOrchestrator({
    storage: sqliteStorage({ path }),
    clock,
    plugins: [channelPlugin(recordingChannel("test", sent, undefined, { answers: "buttons" })), brings],
    triggers: [
      {
        name: "ask",
        condition: { type: "field_changed", field: "*" },
        action: { type: "ask_agent" },
        maxFires: 1_000,
        cooldownSeconds: 0,
      },
    ],
    escalation: {
      policies: {
        only: {
          levels: [{ targets: [{ queue: "support" }], offerSeconds: 15, ...level }],
          repeat: { times: 1 },
          onExhausted: { action: "back_to_ai" },
          acknowledgeSeconds,
        },
      },
      maxPerHour: 50,
      acknowledge: { keys },
    },
  });
}

async function act(
  world: World,
  one: {
    readonly do: string;
    readonly worker?: string;
    readonly online?: boolean;
    readonly which?: number;
  },
) {
  const { orchestrator, session } = world;
  const { escalations } = orchestrator;
  const worker = one.worker ?? "";
  if (one.do === "token") {
    const tokens = world.sent.flatMap(({ metadata }) =>
      ((metadata.actions ?? []) as readonly { readonly value: string }[]).map(({ value }) => value),
    );
    const token = tokens.at(-1 - ((one.which ?? 0) % Math.max(1, tokens.length))) ?? "none";
    const acknowledged = await escalations.acknowledge(token);
    world.used.set(token, (world.used.get(token) ?? 0) + 1);
    return acknowledged;
  }
  if (one.do === "open") return escalations.open(session, { reason: "stuck" });
  if (one.do === "question")
    return escalations.open(session, { kind: "question", reason: "price", question: "How much?" });
  if (one.do === "struggle")
    return orchestrator.recordActivity(session, { type: "field_change", data: { fieldId: "a", value: "1" } });
  if (one.do === "write")
    return orchestrator.recordActivity(session, { type: "message", data: { text: "hello" } });
  if (one.do === "presence")
    return orchestrator.workers.setPresence(worker, one.online ? "online" : "offline");
  const { items } = await escalations.list({
    sessionId: session,
    status: ["queued", "offered", "claimed", "in_progress", "waiting"],
  });
  const [{ id } = { id: "none" }] = items;
  switch (one.do) {
    case "claim":
      return escalations.claim(id, { worker });
    case "reply":
      return escalations.reply(id, { worker, text: "Here I am." });
    case "release":
      return escalations.release(id, { worker });
    case "handBack":
      return escalations.handBack(id, { worker, note: { text: "done" } });
    case "resolve":
      return escalations.resolve(id, { worker });
    case "transfer":
      return escalations.transfer(id, { worker, to: { worker: worker === "ann" ? "bob" : "ann" } });
    case "snooze":
      return escalations.snooze(id, { worker });
    default:
      return escalations.decline(id, { worker });
  }
}

async function allEvents(orchestrator: Orchestrator): Promise<OrchestratorEvent[]> {
  const events: OrchestratorEvent[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Orchestrator["readEvents"]>> = await orchestrator.readEvents({
      after,
      limit: 500,
    });
    events.push(...page.events);
    if (page.events.length === 0) return events;
    after = page.cursor;
  }
}

/** What the log says must never have been otherwise. */
async function check({ orchestrator, session, used }: World): Promise<void> {
  for (const times of used.values()) expect(times, "how often one token did what it says").toBe(1);
  const events = await allEvents(orchestrator);
  const deliveries = (await orchestrator.listDeliveries({ session, limit: 500 })).items;
  const byAgent = new Set(
    deliveries.filter(({ message }) => message.metadata.agent !== undefined).map(({ id }) => id),
  );
  const fired = new Set<string>();
  const epochs = new Map<string, number>();
  let owner = "ai";
  let epoch = 0;
  let changes = 0;
  const ends = new Map<string, number>();
  for (const event of events) {
    if (event.type === "session.owner_changed") {
      expect(event.data.ownershipEpoch, "the ownership epoch grows by one").toBe(epoch + 1);
      epoch = event.data.ownershipEpoch;
      owner = event.data.to.kind;
      changes += 1;
    } else if (event.type === "delivery.attempted" && byAgent.has(event.data.deliveryId)) {
      expect(owner, "an agent's message begins to leave").not.toBe("human");
    } else if (event.type.startsWith("escalation.") && "escalationId" in event.data) {
      const { escalationId: id, claimEpoch, cycle, level } = event.data;
      expect(claimEpoch, "claim epochs only grow").toBeGreaterThanOrEqual(epochs.get(id) ?? 0);
      epochs.set(id, claimEpoch);
      if (event.type === "escalation.level_fired") {
        expect(fired.has(`${id}:${cycle}:${level}`), `level ${cycle}:${level} fires again`).toBe(false);
        fired.add(`${id}:${cycle}:${level}`);
      }
      if (/\.(resolved|cancelled|expired)$/.test(event.type)) ends.set(id, (ends.get(id) ?? 0) + 1);
    }
  }
  const announced = deliveries.filter(({ message }) => message.metadata.announcement !== undefined);
  expect(announced.length, "one announcement for each change of owner").toBe(changes);
  const { items } = await orchestrator.escalations.list({ sessionId: session, limit: 500 });
  for (const { id, status } of items)
    expect(ends.get(id) ?? 0, `ends of ${id}`).toBe(hasEnded(status) ? 1 : 0);
  const live = items.filter(({ kind, holder }) => kind === "takeover" && holder !== null);
  const now = (await orchestrator.getSession(session)).owner;
  expect(
    live.map(({ holder }) => holder?.worker),
    "who holds it owns it",
  ).toEqual(now.kind === "human" ? [now.worker] : []);
  for (const { id, slots, capacity } of await orchestrator.workers.list()) {
    expect(slots.length, `capacity of ${id}`).toBeLessThanOrEqual(capacity.total);
    for (const slot of slots) {
      const of = items.find((one) => one.id === slot.escalationId);
      expect(of !== undefined && !hasEnded(of.status), `a place of ${id} for what has ended`).toBe(true);
    }
  }
}

describe("random histories of people and agents", () => {
  it(
    "keep what is promised about owners, claims, levels, announcements and capacity",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          policy,
          fc.array(moment, { minLength: 1, maxLength: 12 }),
          async (given, moments) => {
            const folder = await mkdtemp(join(tmpdir(), "histories-"));
            const path = join(folder, "sessions.db");
            const clock = virtualClock(Date.UTC(2026, 0, 5, 9));
            const parts = { clock, path, policy: given, session: "", sent: [], used: new Map() };
            const world: World = { ...parts, orchestrator: start(parts) };
            try {
              await world.orchestrator.start();
              for (const id of team) {
                await world.orchestrator.workers.register({
                  id,
                  name: id,
                  queues: ["support"],
                  capacity: { total: 1 },
                });
                await world.orchestrator.workers.setPresence(id, "online");
              }
              world.session = (
                await world.orchestrator.createSession({ recipient: { id: "user" }, ttlSeconds: null })
              ).id;
              for (const { actions, seconds, restart } of moments) {
                const results = await Promise.allSettled(actions.map((one) => act(world, one)));
                for (const result of results)
                  if (result.status === "rejected" && !OrchestratorError.isInstance(result.reason))
                    throw result.reason;
                if (seconds > 0) await clock.advance(seconds * 1_000);
                if (!restart) continue;
                await world.orchestrator.stop();
                world.orchestrator = start(world);
                await world.orchestrator.start();
              }
              // Whatever is on its way arrives.
              await clock.advance(90_000);
              await check(world);
            } finally {
              await world.orchestrator.stop();
              await rm(folder, { recursive: true, force: true });
            }
          },
        ),
        { numRuns: counts.escalations },
      );
    },
    soak ? 7_200_000 : 120_000,
  );
});
