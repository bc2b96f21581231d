import { errorMessage } from "@hybrid-orchestrator/core";
import { findViolations } from "../invariants.js";
import { turns } from "../nodes.js";
import { rulesOf } from "../oracle.js";
import { begin } from "./acts.js";
import type { Moment, Plan } from "./plan.js";
import { violationsOfPlaces } from "./promises/places.js";
import { violationsOfPresence } from "./promises/presence.js";
import { violationsOfPromises } from "./promises/promises.js";
import { violationsOfRefusals } from "./promises/refusals.js";
import { channel, queuesOf, team, triggers } from "./scenario.js";
import { boot, type Database, left, makeWorld, someNode, type World } from "./world.js";

const rules = rulesOf(triggers);
const idempotent: ReadonlySet<string> = new Set([channel]);
/** Longer than every lease and reservation. */
const restMs = 150_000;
/** Longer than every policy, its time to live and the deadline of a message. */
const endMs = 15 * 60_000;

/** Plays one history on an empty database, and returns what did not hold. */
export async function play(plan: Plan, database: Database): Promise<string[]> {
  const world = makeWorld(plan, database);
  try {
    await prepare(world);
    for (const moment of plan.moments) await live(world, moment);
    await comeToRest(world);
    const found = violationsOfPlaces(world);
    await goHome(world);
    return [...found, ...(await judge(world))];
  } catch (error) {
    return [`the history broke off: ${errorMessage(error)}`];
  } finally {
    for (const { node } of [...world.nodes]) node.die();
  }
}

async function prepare(world: World): Promise<void> {
  const { plan, sessions } = world;
  while (world.nodes.length < plan.nodes) await boot(world);
  const { orchestrator } = (await someNode(world)).node;
  for (const id of team) {
    await orchestrator.workers.register({
      id,
      name: id,
      queues: queuesOf(id),
      capacity: { total: plan.capacity },
    });
    await orchestrator.workers.setPresence(id, "online");
  }
  while (sessions.length < plan.sessions) {
    const recipient = { id: `user-${sessions.length}` };
    sessions.push((await orchestrator.createSession({ recipient })).id);
  }
  world.calm = false;
}

async function live(world: World, moment: Moment): Promise<void> {
  const { sessions, clock } = world;
  const sessionId = sessions[moment.session % sessions.length] as string;
  for (const act of moment.acts) await begin(world, sessionId, act);
  await turns(moment.turns);
  if (moment.change !== "nothing") await change(world, moment.change);
  if (moment.seconds > 0) await clock.advance(moment.seconds * 1_000);
}

async function change(world: World, what: Exclude<Moment["change"], "nothing">): Promise<void> {
  switch (what) {
    case "crash":
      (await someNode(world)).node.die();
      return;
    case "stop":
      stop(world, (await someNode(world)).node);
      return;
    case "boot":
      if (world.nodes.length < 3) await boot(world);
      return;
    case "new policy":
      // Some of the old ones live on beside it for a while.
      world.version = 1 - world.version;
      if (world.random.chance(0.7)) for (const { node } of [...world.nodes]) stop(world, node);
      await boot(world);
  }
}

/** Asked to stop, it ends what it can in its own time, while the world goes on. */
function stop(world: World, node: World["nodes"][number]["node"]): void {
  left(world, node);
  const stopped = Promise.race([node.orchestrator.stop(), node.death]).then(node.die);
  world.pending.add(stopped);
  void stopped.finally(() => world.pending.delete(stopped));
}

/** Nothing fails any more, and everything gets its time. */
async function comeToRest(world: World): Promise<void> {
  world.calm = true;
  await answered(world);
  await someNode(world);
  await turns(20);
  await world.clock.advance(restMs);
  await answered(world);
  // A loop on a clock that is advanced by hand looks around only when something wakes it.
  world.clock.setTimeout(() => undefined, 1_000);
  await world.clock.advance(2_000);
}

/** The day is over: everybody goes, and what is open ends as its policy says. */
async function goHome(world: World): Promise<void> {
  const [first, ...others] = world.nodes;
  // One does what all have begun.
  for (const { node } of others) node.die();
  const { orchestrator } = (first ?? (await someNode(world))).node;
  for (const id of team) await orchestrator.workers.setPresence(id, "offline");
  await world.clock.advance(endMs);
}

async function answered({ pending }: World): Promise<void> {
  for (let turn = 0; pending.size > 0 && turn < 1_000; turn += 1) await turns(1);
}

async function judge(world: World): Promise<string[]> {
  const { database, acknowledged, ledger, clock, surprises, watch, pending } = world;
  const unanswered = pending.size > 0 ? [`${pending.size} calls were never answered`] : [];
  const { storage } = database;
  const now = clock.now();
  return [
    ...surprises,
    ...watch.surprises,
    ...unanswered,
    ...(await findViolations({
      storage,
      rules,
      now,
      acknowledged,
      ledger,
      idempotent,
      takeovers: new Set(),
    })),
    ...(await violationsOfPromises({
      storage,
      calls: world.calls,
      policies: world.policies,
      maxPerHour: world.plan.maxPerHour,
      shown: world.shown,
      runs: world.runs,
      now,
    })),
    ...violationsOfRefusals(world),
    ...violationsOfPresence(world),
  ];
}
