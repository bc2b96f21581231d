import type { StoredEvent } from "@hybrid-orchestrator/core";
import { findViolations } from "../invariants.js";
import { turns } from "../nodes.js";
import { rulesOf } from "../oracle.js";
import { readEverything } from "../read-all.js";
import { idempotentChannels } from "./doubles.js";
import { triggers } from "./rules.js";
import { someNode, step } from "./steps.js";
import { makeRoughWorld, type World } from "./world.js";

const rules = rulesOf(triggers);
/** Longer than every timer, retry, lease and deadline of the scenario. */
const longEnoughMs = 3 * 3_600_000;

/** One random history, the same for the same seed; returns what does not hold at its end. */
export function violationsOf(seed: number): Promise<string[]> {
  return played(seed, judge);
}

/** What happened in a history, without the ids, which are different each time. */
export function traceOf(seed: number): Promise<string[]> {
  return played(seed, async ({ storage, ledger }) => {
    const { events } = await readEverything(storage);
    return [...events.map(tell), ...ledger.map(({ channel }) => channel)];
  });
}

function tell({ type, at, data }: StoredEvent): string {
  const about = "status" in data ? data.status : "seq" in data ? data.seq : "";
  return `${type} at ${at} ${about}`;
}

async function played<Outcome>(seed: number, look: (world: World) => Promise<Outcome>): Promise<Outcome> {
  const world = await makeRoughWorld(seed);
  try {
    await begin(world);
    for (let left = 8 + world.random.below(16); left > 0; left -= 1) {
      await step(world);
      await turns(world.random.below(10));
    }
    await comeToRest(world);
    return await look(world);
  } finally {
    await endWorld(world);
  }
}

/** What does not hold in a world that has come to rest. */
export async function judge(world: World): Promise<string[]> {
  const { storage, acknowledged, ledger, takeovers, sink, clock, surprises, calmSince } = world;
  const now = clock.now();
  const idempotent = idempotentChannels;
  const evidence = { storage, rules, now, acknowledged, ledger, idempotent, takeovers, sink, calmSince };
  const violations = await findViolations(evidence);
  if (world.pending.size > 0) violations.push(`${world.pending.size} calls were never answered`);
  return [...surprises, ...violations];
}

/** The world ends: its nodes fall silent, its database is closed. */
export async function endWorld(world: World): Promise<void> {
  for (const node of [...world.nodes]) node.die();
  await world.storage.close();
}

async function begin(world: World): Promise<void> {
  const { random, sessions } = world;
  for (let wanted = 1 + random.below(2); sessions.length < wanted; ) {
    const node = await someNode(world);
    const ttlSeconds = random.pick([null, null, 20 + random.below(600)]);
    const externalId = `session-${sessions.length}`;
    // A creation that failed may have happened; asked again, it gives what is there.
    const created = node.orchestrator
      .createSession({ externalId, ifExists: "return", ttlSeconds })
      .then(({ id }) => id)
      .catch(() => null);
    const id = await Promise.race([created, node.death.then(() => null)]);
    if (id !== null) sessions.push(id);
  }
}

/** Nothing fails any more, the clock is right again, and everything gets its time. */
export async function comeToRest(world: World): Promise<void> {
  const { clock, storage, sessions } = world;
  world.calm = true;
  // What is still on its way is to arrive before the clock is put right: it may stand later than all that has.
  await turns(200);
  const stands = await Promise.all(
    sessions.map(async (id) => (await storage.getSession(id))?.evaluatedAt ?? 0),
  );
  clock.set(Math.max(clock.now(), ...stands));
  await someNode(world);
  await turns(200);
  world.calmSince = clock.now();
  await clock.advance(longEnoughMs);
  await turns(5);
  // A loop on a clock that is advanced by hand looks for new events only when something wakes it.
  clock.setTimeout(() => undefined, 500);
  await clock.advance(10_000);
}
