import type { StorageCall, StorageFault } from "@hybrid-orchestrator/testkit";
import type { Node } from "../nodes.js";
import { seededRandom } from "../random.js";
import { comeToRest, endWorld, judge } from "../simulation/history.js";
import { someNode } from "../simulation/steps.js";
import { type Answer, ask, makeWorld, type World } from "../simulation/world.js";
import { scriptedDoubles } from "./doubles.js";

/** The fault that strikes at the n-th call to the storage, over all nodes; null: none. */
export interface Strike {
  readonly number: number;
  readonly fault: StorageFault;
}

export interface Played {
  readonly violations: readonly string[];
  /** The methods of the storage that were called, in order. */
  readonly calls: readonly StorageCall["method"][];
  /** What happened in the world. */
  readonly effects: number;
}

/** A session in which everything is used once, by a client that asks again until it is answered. */
export async function play(strike: Strike | null): Promise<Played> {
  const world = await makeWorld(seededRandom(1));
  const calls: StorageCall["method"][] = [];
  world.fault = ({ method }) => {
    calls.push(method);
    return strike !== null && calls.length === strike.number ? strike.fault : null;
  };
  world.doubles = (node) => scriptedDoubles(world.ledger, () => node.dead);
  try {
    await story(world);
    await comeToRest(world);
    return { violations: await judge(world), calls, effects: world.ledger.length };
  } finally {
    await endWorld(world);
  }
}

async function story(world: World): Promise<void> {
  const { clock } = world;
  const id = await begun(world);
  const record = (...activities: readonly Record<string, string | number>[]): Promise<Answer> => {
    const inputs = activities.map(({ type, ...data }) => {
      world.inputs += 1;
      return { type: String(type), data: { ...data, input: world.inputs } };
    });
    const idempotencyKey = `key-${world.inputs}`;
    return call(world, id, async ({ orchestrator }) => ({
      activities: await orchestrator.recordActivity(id, inputs, { idempotencyKey }),
    }));
  };
  const change = (fieldId: string, value: string) => ({ type: "field_change", fieldId, value });
  await record(change("a", "1"));
  await record(change("a", "2"), change("a", "1"), change("b", "3"));
  await call(world, id, async ({ orchestrator }) => {
    const first = await orchestrator.send(id, { content: "Hello", channel: "broken" });
    const second = await orchestrator.send(id, { content: "Hello", channel: "plain" });
    return { effectIds: [first.deliveryId, second.deliveryId] };
  });
  await clock.advance(2_000);
  await record({ type: "quote" });
  await call(world, id, async ({ orchestrator }) => {
    await orchestrator.updateSession(id, { metadata: { blocked: true } });
    return {};
  });
  await clock.advance(32_000);
  await call(world, id, async ({ orchestrator }) => {
    await orchestrator.queueUiAction(id, { type: "look" });
    for (const { id: action } of await orchestrator.takeUiActions(id))
      await orchestrator.acknowledgeUiAction(id, action);
    return {};
  });
  for (const status of ["pause", "resume"] as const) {
    await call(world, id, async ({ orchestrator }) => {
      await orchestrator[status](id);
      return {};
    });
  }
  await record({ type: "finish" });
  await record({ type: "finish" });
  await clock.advance(60_000);
}

async function begun(world: World): Promise<string> {
  for (;;) {
    const node = await someNode(world);
    const created = node.orchestrator
      .createSession({ externalId: "session", ifExists: "return", ttlSeconds: 3_600 })
      .then(({ id }) => id)
      .catch(() => null);
    const id = await Promise.race([created, node.death.then(() => null)]);
    if (id === null) continue;
    world.sessions.push(id);
    return id;
  }
}

/** Asks whichever node there is until one answers. */
async function call(world: World, sessionId: string, work: (node: Node) => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < 5; tries += 1) {
    const node = await someNode(world);
    const answer = await ask(world, node, sessionId, () => work(node));
    if (answer !== null) return answer;
  }
  throw new Error("A call failed five times, with one fault in the storage.");
}
