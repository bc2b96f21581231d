import type { Clock, Plugin, PluginHost, Sleeper, Storage } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import {
  type FaultyStorageOptions,
  faultyStorage,
  type StorageFault,
  type VirtualClock,
  virtualClock,
} from "@hybrid-orchestrator/testkit";
import type { Random } from "./random.js";

/** One process: an orchestrator that can be cut off from its database, its clock and its channels. */
export interface Node {
  readonly orchestrator: Orchestrator;
  /** What its plugins may call; null until it has started. */
  host: PluginHost | null;
  dead: boolean;
  /** Resolves when it dies. */
  readonly death: Promise<void>;
  readonly die: () => void;
}

export interface NodeOptions {
  readonly clock: VirtualClock;
  /** Shared with the other nodes: none of them closes it. */
  readonly storage: Storage;
  readonly fault: FaultyStorageOptions["fault"];
  readonly plugins: (node: Node) => readonly Plugin[];
  readonly options?: Omit<Partial<OrchestratorOptions>, "storage" | "clock" | "plugins">;
  readonly onDeath?: (node: Node) => void;
}

export function makeNode({ clock, fault, plugins, options, onDeath, ...rest }: NodeOptions): Node {
  let declareDead: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    declareDead = resolve;
  });
  const die = (): void => {
    if (node.dead) return;
    node.dead = true;
    storage.cut();
    onDeath?.(node);
    declareDead();
  };
  const storage = faultyStorage(rest.storage, {
    shared: true,
    fault(call) {
      const chosen: StorageFault | null = fault(call);
      if (chosen === "cut") die();
      // It is dead the moment its call has reached the database.
      if (chosen === "cut_after") queueMicrotask(die);
      return chosen;
    },
  });
  const orchestrator = createOrchestrator({
    ...options,
    storage,
    clock: clockOf(clock, () => node),
    plugins: [
      {
        specVersion: 1,
        name: "host",
        async setup(host) {
          node.host = host;
          for (const plugin of plugins(node)) await plugin.setup(host);
        },
      },
    ],
  });
  const node: Node = { orchestrator, host: null, dead: false, death, die };
  return node;
}

/** Starts it; false where it fails or dies on the way. */
export function startNode(node: Node): Promise<boolean> {
  const started = node.orchestrator.start().then(
    () => true,
    () => false,
  );
  return Promise.race([started, node.death.then(() => false)]);
}

/** A storage whose calls reach it late and return late, so that others come in between. */
export function slowStorage(storage: Storage, random: Random): Storage {
  return new Proxy(storage, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== "function" || name === "open" || name === "close") return member;
      return async (...args: unknown[]) => {
        await turns(random.below(3));
        const answer: unknown = await Reflect.apply(member, target, args);
        await turns(random.below(3));
        return answer;
      };
    },
  });
}

/** A virtual clock that wakes all its sleepers at once, so that what they do interleaves as it does between processes. */
export function commonClock(start: number): VirtualClock {
  const clock = virtualClock(start);
  const sleepers = new Set<Sleeper>();
  clock.register({
    async nextWakeAt() {
      const moments = await Promise.all([...sleepers].map((sleeper) => sleeper.nextWakeAt()));
      return moments.reduce((next, at) => (next === null || (at !== null && at < next) ? at : next), null);
    },
    async wake() {
      await Promise.all([...sleepers].map((sleeper) => sleeper.wake()));
    },
  });
  return {
    ...clock,
    register(sleeper) {
      sleepers.add(sleeper);
      return () => void sleepers.delete(sleeper);
    },
  };
}

/** The common time, of which a dead node hears nothing any more. */
function clockOf(clock: VirtualClock, node: () => Node): Clock {
  return {
    now: clock.now,
    setTimeout: (callback, delayMs) =>
      clock.setTimeout(() => {
        if (!node().dead) callback();
      }, delayMs),
    register: (sleeper) =>
      clock.register({
        nextWakeAt: async () =>
          node().dead ? null : Promise.race([sleeper.nextWakeAt(), node().death.then(() => null)]),
        wake: async () => {
          if (!node().dead) await Promise.race([sleeper.wake(), node().death]);
        },
      }),
  };
}

export function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => {
      if (left <= 0) resolve();
      else setImmediate(next, left - 1);
    };
    next(count);
  });
}
