import type { KillSwitchTarget } from "@hybrid-orchestrator/channel-hub";
import type { NewActivity } from "@hybrid-orchestrator/core";
import type { Node } from "../nodes.js";
import { addressTarget, agentTarget, channelTarget, workflowTarget } from "./limit-watch.js";
import { ask, boot, type World, workflow } from "./world.js";

type Step = (world: World, node: Node, sessionId: string) => void | Promise<void>;

const minute = 60_000;

/** What may happen next, each as often as it stands here. */
const steps: readonly [Step, ...Step[]] = [
  record,
  record,
  record,
  burst,
  burst,
  pass,
  pass,
  pass,
  passLong,
  jump,
  crash,
  restart,
  secondNode,
  changeStatus,
  flip,
  changeMetadata,
  send,
  send,
  uiActions,
  takeOver,
  report,
  replay,
  check,
  killSwitch,
  killSwitch,
  optOut,
];

export async function step(world: World): Promise<void> {
  const node = await someNode(world);
  const [first = "", ...others] = world.sessions;
  await world.random.pick(steps)(world, node, world.random.pick([first, ...others]));
}

export async function someNode(world: World): Promise<Node> {
  for (;;) {
    const [first, ...others] = world.nodes;
    if (first !== undefined) return world.random.pick([first, ...others]);
    await boot(world);
  }
}

function someActivity({ random, clock, ...world }: World, input: number): NewActivity {
  const type = random.pick([
    "field_change",
    "field_change",
    "field_change",
    "quote",
    "signed",
    "finish",
    "x",
  ]);
  const data = {
    input,
    fieldId: random.pick(["a", "b"]),
    value: random.pick(["1", "2", "3"]),
    step: random.below(2),
  };
  const ago = random.chance(0.3) && world.sessions.length > 0 ? random.below(40_000) : 0;
  return { type, data, occurredAt: clock.now() - ago };
}

/** One call; half of them carry a key and are asked again, of whichever node, until they are answered. */
function record(world: World, node: Node, sessionId: string): void {
  const activities = Array.from({ length: 1 + world.random.below(3) }, () => {
    world.inputs += 1;
    return someActivity(world, world.inputs);
  });
  if (world.random.chance(0.5)) {
    void recordOnce(world, node, sessionId, activities, {});
    return;
  }
  const again = async (at: Node, idempotencyKey: string, tries: number): Promise<void> => {
    const answer = await recordOnce(world, at, sessionId, activities, {
      idempotencyKey,
      tries,
    });
    const repeats = world.random.chance(0.2) ? 1 : 0;
    const [next] = world.nodes;
    if ((answer === null || repeats > 0) && tries < 3 && next !== undefined)
      await again(next, idempotencyKey, tries + 1);
  };
  const repeating = again(node, `key-${world.inputs}`, 1);
  world.pending.add(repeating);
  void repeating.finally(() => world.pending.delete(repeating));
}

function recordOnce(
  world: World,
  node: Node,
  sessionId: string,
  activities: readonly NewActivity[],
  { tries = 1, ...options }: { readonly idempotencyKey?: string; readonly tries?: number },
) {
  return ask(world, node, sessionId, async () => ({
    activities: await node.orchestrator.recordActivity(sessionId, activities, options),
    repeats: tries > 1,
  }));
}

/** All nodes at once into one session. */
function burst(world: World, _node: Node, sessionId: string): void {
  for (const node of world.nodes)
    for (let count = 1 + world.random.below(3); count > 0; count -= 1) record(world, node, sessionId);
}

async function pass({ clock, random }: World): Promise<void> {
  await clock.advance(random.below(60_000));
}

async function passLong({ clock, random }: World): Promise<void> {
  await clock.advance(random.below(10 * minute));
}

function jump({ clock, random }: World): void {
  clock.set(clock.now() + Math.floor((random.next() - 0.5) * random.pick([2_000, 2 * minute, 120 * minute])));
}

function crash(_world: World, node: Node): void {
  node.die();
}

/** Asked to stop, it ends what it can in its own time, while the world goes on. */
function restart(world: World, node: Node): void {
  world.nodes.splice(world.nodes.indexOf(node), 1);
  const stopped = Promise.race([node.orchestrator.stop(), node.death]).then(node.die);
  world.pending.add(stopped);
  void stopped.finally(() => world.pending.delete(stopped));
}

async function secondNode(world: World): Promise<void> {
  if (world.nodes.length < 3) await boot(world);
}

function changeStatus(world: World, node: Node, sessionId: string): void {
  const change = world.random.pick(["pause", "resume", "resume", "abandon", "complete", "cancel"]);
  void ask(world, node, sessionId, async () => {
    await node.orchestrator[change](sessionId);
    return {};
  });
}

/** Closed here, opened again there, and used here at once, where it was closed when last heard of. */
async function flip(world: World, node: Node, sessionId: string): Promise<void> {
  const other = await someNode(world);
  const change = (at: Node, how: "abandon" | "resume") =>
    ask(world, at, sessionId, async () => {
      await at.orchestrator[how](sessionId);
      return {};
    });
  await change(node, "abandon");
  await change(other, "resume");
  record(world, node, sessionId);
}

function changeMetadata(world: World, node: Node, sessionId: string): void {
  const blocked = world.random.chance(0.7);
  void ask(world, node, sessionId, async () => {
    await node.orchestrator.updateSession(sessionId, { metadata: { blocked } });
    return {};
  });
}

function send(world: World, node: Node, sessionId: string): void {
  const { random } = world;
  const channel = random.pick(["dedup", "plain"]);
  const urgency = random.pick(["low", "normal", "high", "critical"]);
  void ask(world, node, sessionId, async () => {
    const message = {
      content: "Hello",
      channel,
      urgency,
      validWhile: ["active" as const, "paused" as const],
    };
    const { deliveryId } = await node.orchestrator.send(sessionId, message);
    return { effectIds: [deliveryId] };
  });
}

function uiActions(world: World, node: Node, sessionId: string): void {
  void ask(world, node, sessionId, async () => {
    await node.orchestrator.queueUiAction(sessionId, { type: "look" });
    const [first] = await node.orchestrator.takeUiActions(sessionId);
    if (first !== undefined) await node.orchestrator.acknowledgeUiAction(sessionId, first.id);
    return {};
  });
}

/** A human becomes the owner: written straight into the storage, as another program would. */
async function takeOver(world: World, _node: Node, sessionId: string): Promise<void> {
  if (world.random.chance(0.5)) return;
  const session = await world.storage.getSession(sessionId);
  if (session === null) return;
  const revision = session.revision + 1;
  const [result] = await world.storage.commit([
    {
      aggregate: "session",
      id: sessionId,
      expectedVersion: session.version,
      session: {
        owner: { kind: "human", worker: "w" },
        ownershipEpoch: session.ownershipEpoch + 1,
        revision,
      },
      events: [{ type: "session.updated", at: world.clock.now(), data: { revision } }],
    },
  ]);
  if (result?.ok) world.takeovers.add(`${sessionId}:${revision}`);
}

/** A vendor's callback about something that arrived. */
function report(world: World, node: Node): void {
  const entries = world.ledger.filter(({ channel }) => !channel.startsWith("action:"));
  const [first, ...others] = entries;
  if (first === undefined) return;
  const { channel, key, effectId, sessionId } = world.random.pick([first, ...others]);
  const status = world.random.pick(["sent", "delivered", "read", "bounced"]);
  const suppress = world.random.chance(0.1);
  void ask(world, node, sessionId, async () => {
    const askedAt = world.ticks;
    const about = { deliveryId: effectId, channel, externalId: `ext:${key}` };
    await node.host?.reportStatus({
      ...about,
      status,
      ...(suppress && { suppress }),
    });
    if (suppress) {
      const effect = (await node.orchestrator.getDelivery(effectId)).message;
      world.limits.stopped(addressTarget(channel, effect.recipient.id), askedAt, world.ticks);
    }
    return {};
  });
}

/** Somebody stops everything of a kind, or lets it go on. */
function killSwitch(world: World, node: Node, sessionId: string): void {
  const { target, name } = world.random.pick<{ target: KillSwitchTarget; name: string }>([
    { target: { channel: "plain" }, name: channelTarget("plain") },
    { target: { channel: "dedup" }, name: channelTarget("dedup") },
    { target: { workflow }, name: workflowTarget(workflow) },
    { target: { agent: "advisor" }, name: agentTarget("advisor") },
  ]);
  const { killSwitches } = node.orchestrator;
  stopOrLift(world, node, {
    sessionId,
    name,
    stop: () => killSwitches.engage({ ...target, reason: "a test" }),
    lift: () => killSwitches.release(target),
  });
}

/** Somebody opts out by the telephone, or in again. */
function optOut(world: World, node: Node, sessionId: string): void {
  const channel = world.random.pick(["dedup", "plain"]);
  const target = { channel, address: sessionId };
  const { suppressions } = node.orchestrator;
  stopOrLift(world, node, {
    sessionId,
    name: addressTarget(channel, sessionId),
    stop: () => suppressions.add({ ...target, reason: "a test" }),
    lift: () => suppressions.remove(target),
  });
}

function stopOrLift(
  world: World,
  node: Node,
  how: {
    readonly sessionId: string;
    readonly name: string;
    readonly stop: () => Promise<unknown>;
    readonly lift: () => Promise<unknown>;
  },
): void {
  const lifts = world.random.chance(0.5);
  const go = () =>
    void ask(world, node, how.sessionId, async () => {
      if (lifts) {
        const lifted = world.limits.lifting(how.name, world.ticks);
        // Of a node that has died nobody knows when its call is over.
        await how.lift().finally(() => {
          if (!node.dead) lifted(world.ticks);
        });
      } else {
        const askedAt = world.ticks;
        await how.stop();
        world.limits.stopped(how.name, askedAt, world.ticks);
      }
      return {};
    });
  // Half of them while somebody is at work and has looked already.
  if (world.random.chance(0.5)) go();
  else world.ambush = go;
}

/** Somebody sets a dead letter free. */
async function replay(world: World, node: Node): Promise<void> {
  const { items } = await world.storage.listEffects({
    kind: "delivery",
    status: ["failed"],
    limit: 10,
  });
  const [first, ...others] = items;
  if (first === undefined) return;
  const { id, sessionId } = world.random.pick([first, ...others]);
  void ask(world, node, sessionId, async () => {
    await node.orchestrator.replayDelivery(id);
    return {};
  });
}

function check(world: World, node: Node, sessionId: string): void {
  void ask(world, node, sessionId, async () => {
    await node.orchestrator.checkTriggers();
    return {};
  });
}
