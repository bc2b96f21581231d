import {
  type Escalation,
  type EscalationPolicy,
  escalationPolicySchema,
  type JsonObject,
  OrchestratorError,
  type Storage,
} from "@hybrid-orchestrator/core";
import type { FaultyStorageOptions, VirtualClock } from "@hybrid-orchestrator/testkit";
import type { Acknowledged } from "../invariants.js";
import type { LedgerEntry } from "../ledger.js";
import { commonClock, makeNode, type Node, slowStorage, startNode } from "../nodes.js";
import { type Random, seededRandom } from "../random.js";
import { type Call, refusals } from "./calls.js";
import type { Plan } from "./plan.js";
import { doublesPlugin, optionsOf, type Run } from "./scenario.js";
import { CommitWatch } from "./watch.js";

/** One empty database, open, and as many handles to it as processes would have. */
export interface Database {
  readonly storage: Storage;
  /** For a process that starts; it is not closed by it. */
  connect(): Storage;
  close(): Promise<void>;
}

export interface Shown {
  readonly sessionId: string;
  readonly seqs: readonly number[];
}

/** One database, one time, one team; and the nodes that come and go. */
export interface World {
  readonly plan: Plan;
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly database: Database;
  readonly watch: CommitWatch;
  readonly policies: readonly EscalationPolicy[];
  readonly nodes: { readonly node: Node; readonly version: number }[];
  readonly sessions: string[];
  readonly calls: Call[];
  readonly acknowledged: Acknowledged[];
  readonly ledger: LedgerEntry[];
  readonly shown: Shown[];
  readonly runs: Run[];
  readonly surprises: string[];
  /** Calls to nodes that have not been answered. */
  readonly pending: Set<Promise<unknown>>;
  /** From when to when no node lived. */
  readonly darkness: { readonly from: number; to: number }[];
  readonly fault: FaultyStorageOptions["fault"];
  /** Of the rules that the next node has: the index of its policy. */
  version: number;
  calm: boolean;
  inputs: number;
}

const start = Date.UTC(2026, 0, 5, 9);

export function makeWorld(plan: Plan, database: Database): World {
  const random = seededRandom(plan.seed);
  const clock = commonClock(start);
  // After three conflicts in a row a session is decided under the storage's lock.
  let storm = 0;
  return {
    plan,
    random,
    clock,
    database,
    watch: new CommitWatch(clock.now),
    policies: plan.policies.map((one) => escalationPolicySchema.parse(one)),
    nodes: [],
    sessions: [],
    calls: [],
    acknowledged: [],
    ledger: [],
    shown: [],
    runs: [],
    surprises: [],
    pending: new Set(),
    darkness: [],
    fault({ method }) {
      if (random.chance(plan.death)) return random.pick(["cut", "cut_after"]);
      if (method === "commit" && storm > 0) {
        storm -= 1;
        return "conflict";
      }
      if (!random.chance(plan.failure)) return null;
      if (random.chance(0.2)) storm = 1 + random.below(5);
      return random.pick(["before", "after", "refuse", "conflict"]);
    },
    version: 0,
    calm: true,
    inputs: 0,
  };
}

/** Starts another process; null where it dies or fails while it starts. */
export async function boot(world: World): Promise<Node | null> {
  const { plan, clock, random, database, watch, version } = world;
  const watched = watch.over(database.connect());
  const node = makeNode({
    clock,
    storage: plan.slow ? slowStorage(watched, random) : watched,
    fault: (call) => (world.calm ? null : world.fault(call)),
    options: {
      ...optionsOf(plan.policies[version] as EscalationPolicy, plan.maxPerHour),
      random: random.next,
      maxCacheBytes: plan.smallCache ? 1 : 1_000_000,
      delivery: { deadlineMs: 10 * 60_000, ambiguousWaitMs: 10_000 },
    },
    plugins: (self) => [
      doublesPlugin({
        random,
        clock,
        version,
        write: (entry) => world.ledger.push(entry),
        shown: (sessionId, seqs) => world.shown.push({ sessionId, seqs }),
        ran: (run) => world.runs.push(run),
        isCalm: () => world.calm,
        isDead: () => self.dead,
        die: self.die,
      }),
    ],
    onDeath: (dead) => left(world, dead),
  });
  if (!(await startNode(node))) return null;
  if (world.nodes.length === 0) {
    const dark = world.darkness.at(-1);
    if (dark !== undefined) dark.to = clock.now();
  }
  world.nodes.push({ node, version });
  return node;
}

/** A node that is gone, whether it has died or been asked to stop. */
export function left(world: World, gone: Node): void {
  const index = world.nodes.findIndex(({ node }) => node === gone);
  if (index < 0) return;
  world.nodes.splice(index, 1);
  if (world.nodes.length === 0)
    world.darkness.push({ from: world.clock.now(), to: Number.POSITIVE_INFINITY });
}

export async function someNode(world: World): Promise<World["nodes"][number]> {
  for (;;) {
    const [first, ...others] = world.nodes;
    if (first !== undefined) return world.random.pick([first, ...others]);
    await boot(world);
  }
}

export interface Asked {
  readonly act: string;
  readonly sessionId: string;
  readonly escalationId?: string | null;
  readonly worker?: string | null;
  readonly claimEpoch?: number | undefined;
  readonly marker?: string | null;
  readonly allows?: JsonObject | null;
  readonly call: () => Promise<Escalation | { id: string; seq: number } | unknown>;
}

/** A call to a node; what is answered counts if the node lives to answer. */
export function ask(world: World, node: Node, asked: Asked): void {
  const { watch } = world;
  watch.ticks += 1;
  const askedAt = watch.ticks;
  const { act, sessionId, escalationId = null, worker = null, claimEpoch = null } = asked;
  const { marker = null, allows = null } = asked;
  const tell = (answer: Pick<Call, "outcome" | "code" | "error" | "granted">): void => {
    watch.ticks += 1;
    const told = { act, sessionId, escalationId, worker, claimEpoch, marker, allows, askedAt };
    world.calls.push({ ...told, answeredAt: watch.ticks, ...answer });
  };
  const died = { outcome: "unknown", code: null, error: null, granted: null } as const;
  let known = false;
  const answered = (async () => {
    try {
      const value = await asked.call();
      if (node.dead) return;
      known = true;
      const granted = act === "claim" ? (value as Escalation) : null;
      tell({ outcome: "done", code: null, error: null, granted });
      if (act === "write") acknowledge(world, sessionId, askedAt, value as { id: string; seq: number });
    } catch (error) {
      if (node.dead) return;
      known = true;
      if (!OrchestratorError.isInstance(error) || error.code === "internal") {
        world.surprises.push(`${act}: an answer that no caller should get: ${String(error)}`);
        tell({ ...died, error: String(error) });
        return;
      }
      const outcome = refusals.has(error.code) ? "refused" : "unknown";
      tell({ outcome, code: error.code, error: error.message, granted: null });
    }
  })();
  const ended = Promise.race([answered, node.death]).then(() => {
    if (!known) tell(died);
  });
  world.pending.add(ended);
  void ended.finally(() => world.pending.delete(ended));
}

function acknowledge(
  world: World,
  sessionId: string,
  askedAt: number,
  { id, seq }: { id: string; seq: number },
): void {
  const activities = [{ id, seq }];
  world.acknowledged.push({ sessionId, askedAt, answeredAt: world.watch.ticks, activities });
}
