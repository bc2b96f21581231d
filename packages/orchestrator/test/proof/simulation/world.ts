import { OrchestratorError, type Plugin, type Storage, type StoredEvent } from "@hybrid-orchestrator/core";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import type { FaultyStorageOptions, VirtualClock } from "@hybrid-orchestrator/testkit";
import { LeaseWatch, StatusWatch, watchCommits } from "../commit-watch.js";
import type { Acknowledged } from "../invariants.js";
import type { LedgerEntry } from "../ledger.js";
import { commonClock, makeNode, type Node, slowStorage, startNode } from "../nodes.js";
import { type Random, seededRandom } from "../random.js";
import { doublesPlugin } from "./doubles.js";
import { LimitWatch } from "./limit-watch.js";
import { triggers } from "./rules.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One database, one time, one outside world; and the nodes that come and go. */
export interface World {
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly storage: Storage;
  readonly nodes: Node[];
  readonly sessions: string[];
  readonly acknowledged: Acknowledged[];
  readonly ledger: LedgerEntry[];
  readonly sink: StoredEvent[];
  readonly takeovers: Set<string>;
  /** Calls to nodes that have not been answered. */
  readonly pending: Set<Promise<unknown>>;
  /** What was seen on the way and should not be: answers that no caller should get, work begun twice. */
  readonly surprises: string[];
  readonly statuses: StatusWatch;
  readonly limits: LimitWatch;
  /** How many messages an address gets in a day on the channel that does not deduplicate; null: any number. */
  readonly maxPerDay: number | null;
  readonly fault: FaultyStorageOptions["fault"];
  /** Channels, agents and actions of a node. */
  readonly doubles: (node: Node) => Plugin;
  /** Calls to the storage take so many turns of the event loop as this says; null: as few as they can. */
  readonly slow: Random | null;
  /** How often a sink fails. */
  readonly sinkFailure: number;
  /** Happens in the middle of somebody's work: at one of the next calls to the storage. */
  ambush: (() => void) | null;
  calm: boolean;
  calmSince: number;
  ticks: number;
  inputs: number;
}

const start = 1_000_000_000_000;
/** In this zone the day ends 13 minutes after the start. */
const timeZone = { name: "Etc/GMT+2", dayBeginsMs: 2 * 3_600_000 };
/** The workflow of sessions that name none. */
export const workflow = "default";

/** A world in which everything goes well, on an empty database. */
export async function makeWorld(
  random: Random,
  { maxPerDay = null }: Partial<Pick<World, "maxPerDay">> = {},
): Promise<Writable<World>> {
  const surprises: string[] = [];
  const leases = new LeaseWatch();
  const statuses = new StatusWatch();
  const limits = new LimitWatch({
    workflow,
    caps: maxPerDay === null ? {} : { plain: maxPerDay },
    dayBeginsMs: timeZone.dayBeginsMs,
  });
  const storage = watchCommits(sqliteStorage({ path: ":memory:" }), ({ id, session, effects }) => {
    world.ticks += 1;
    surprises.push(...leases.see(effects));
    statuses.see(id, session.status, world.ticks);
    limits.see(id, effects, world.ticks);
  });
  await storage.open();
  const world: Writable<World> = {
    random,
    clock: commonClock(start),
    storage,
    nodes: [],
    sessions: [],
    acknowledged: [],
    ledger: [],
    sink: [],
    takeovers: new Set(),
    pending: new Set(),
    surprises,
    statuses,
    limits,
    maxPerDay,
    fault: () => null,
    doubles: () => ({ specVersion: 1, name: "none", setup: () => undefined }),
    slow: null,
    sinkFailure: 0,
    ambush: null,
    calm: false,
    calmSince: Number.POSITIVE_INFINITY,
    ticks: 0,
    inputs: 0,
  };
  return world;
}

/** A world in which anything may fail, more or less often. */
export async function makeRoughWorld(seed: number): Promise<World> {
  const random = seededRandom(seed);
  const world = await makeWorld(random, {
    maxPerDay: random.pick([null, null, 1, 3]),
  });
  const failure = random.pick([0, 0, 0.01, 0.05]);
  const death = random.pick([0, 0, 0.002, 0.01]);
  world.sinkFailure = failure;
  // Others are faster several times in a row: after three times a session is decided under the storage's lock.
  let storm = 0;
  world.fault = ({ method }) => {
    if (world.ambush !== null && random.chance(0.3)) {
      const { ambush } = world;
      world.ambush = null;
      ambush();
    }
    if (random.chance(death)) return random.pick(["cut", "cut_after"]);
    if (method === "commit" && storm > 0) {
      storm -= 1;
      return "conflict";
    }
    if (!random.chance(failure)) return null;
    if (random.chance(0.2)) storm = 1 + random.below(5);
    return random.pick(["before", "after", "refuse", "conflict"]);
  };
  if (random.chance(0.3)) world.slow = random;
  world.doubles = (node) =>
    doublesPlugin({
      random,
      ledger: world.ledger,
      arrives(entry) {
        world.ledger.push(entry);
        world.surprises.push(...world.limits.arrives(entry, world.ticks));
      },
      asked: (sessionId) => world.surprises.push(...world.limits.asked(sessionId, world.ticks)),
      isCalm: () => world.calm,
      isDead: () => node.dead,
      die: node.die,
    });
  return world;
}

/** Starts another process; null where it dies or fails while it starts. */
export async function boot(world: World): Promise<Node | null> {
  const { clock, storage, random } = world;
  const node = makeNode({
    clock,
    storage: world.slow === null ? storage : slowStorage(storage, world.slow),
    fault: (call) => (world.calm ? null : world.fault(call)),
    options: {
      triggers,
      random: random.next,
      sessionTtlSeconds: null,
      maxCacheBytes: random.pick([1, 1_000_000]),
      delivery: {
        deadlineMs: 20 * 60_000,
        ambiguousWaitMs: 60_000,
        onAmbiguous: { high: "fallback" },
        defaultTimeZone: timeZone.name,
        channels: { plain: { maxPerDay: world.maxPerDay } },
      },
    },
    plugins: (self) => [world.doubles(self), sinkPlugin(world, () => self.dead)],
    onDeath() {
      world.nodes.splice(0, world.nodes.length, ...world.nodes.filter((one) => one !== node));
    },
  });
  if (!(await startNode(node))) return null;
  world.nodes.push(node);
  return node;
}

/** Takes some of a batch and fails, now and then. */
function sinkPlugin(world: World, isDead: () => boolean): Plugin {
  return {
    specVersion: 1,
    name: "sink",
    setup(host) {
      host.sink("all", async (events) => {
        if (isDead()) await new Promise(() => undefined);
        const fails = !world.calm && world.random.chance(world.sinkFailure);
        const taken = fails ? events.slice(0, world.random.below(events.length)) : events;
        world.sink.push(...(taken as readonly StoredEvent[]));
        if (fails) throw new Error("the sink is full");
      });
    },
  };
}

const refusals: ReadonlySet<string> = new Set(["session_closed", "session_expired"]);

export type Answer = Partial<Pick<Acknowledged, "activities" | "effectIds" | "repeats">>;

/** A call to a node, whose answer counts if the node lives to give it. */
export function ask(
  world: World,
  node: Node,
  sessionId: string,
  call: () => Promise<Answer>,
): Promise<Answer | null> {
  world.ticks += 1;
  const askedAt = world.ticks;
  const answered = (async () => {
    try {
      const answer = await call();
      if (node.dead) return null;
      world.ticks += 1;
      world.acknowledged.push({
        sessionId,
        askedAt,
        answeredAt: world.ticks,
        activities: [],
        ...answer,
      });
      return answer;
    } catch (error) {
      if (!OrchestratorError.isInstance(error) || error.code === "internal")
        world.surprises.push(`an answer that no caller should get: ${String(error)}`);
      else if (refusals.has(error.code) && !world.statuses.wasClosed(sessionId, askedAt))
        world.surprises.push(`${error.code} was told of session ${sessionId}, which was open all the time`);
      return null;
    }
  })();
  const ended = Promise.race([answered, node.death.then(() => null)]);
  world.pending.add(ended);
  void ended.finally(() => world.pending.delete(ended));
  return ended;
}
